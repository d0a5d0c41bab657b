import Instrument
import Performer
import Presets
import Synchronization
import Testing

/// An instrument that does as it is told, and hears a note at each look.
private final class Puppet: ControlTarget {
    struct State {
        var values = ParameterValues()
        var commands: [Command] = []
        var heard: Int64 = 0
    }

    let state = Mutex(State())

    func value(of parameter: Parameter) -> Float { state.withLock { $0.values[parameter] } }
    func set(_ parameter: Parameter, to value: Float) throws(ControlError) {
        state.withLock { $0.values[parameter] = value }
    }
    func command(_ command: Command) throws(ControlError) {
        if command == .takeover { throw .refused("not now") }
        state.withLock { $0.commands.append(command) }
    }
    func loadPreset(named name: String) throws(ControlError) -> String { name }
    func status() -> [Figure] { [Figure("late", .whole(0))] }
    func heard(from number: Int64) -> (events: [FeedEvent], next: Int64) {
        let next = state.withLock { state in
            state.heard += 1
            return state.heard
        }
        let first = number == .max ? next : number
        return ((first..<next).map { FeedEvent(key: Int($0)) }, next)
    }
    func planned() -> (events: [FeedEvent], version: Int) { ([FeedEvent(key: 60)], 1) }
}

extension FeedEvent {
    fileprivate init(key: Int) {
        self.init(isMachine: false, kind: .on, channel: 1, key: key, velocity: 64, seconds: 0)
    }
}

/// Requests and replies without any protocol.
@Suite struct ControlDeskTests {
    private let puppet = Puppet()
    private let one = Subscriber(number: 1)

    @Test func setsWithinTheRangeAndAnswersWhatIsSet() throws {
        var desk = ControlDesk(puppet, version: "1")
        #expect(try desk.handle(.version, from: one) == .version("1"))
        let set = ControlReply.value(ParameterValue(.patience, 800))
        #expect(try desk.handle(.set(.patience, to: 800), from: one) == set)
        #expect(try desk.handle(.value(of: .patience), from: one) == set)
        // The nearest whole number.
        #expect(try desk.handle(.set(.polyphony, to: 3.4), from: one) == .value(ParameterValue(.polyphony, 3)))
        for value in [-1, 1e9, .nan, .infinity] as [Double] {
            #expect(throws: ControlError.self) { try desk.handle(.set(.patience, to: value), from: one) }
        }
        #expect(puppet.value(of: .patience) == 800, "what is refused changes nothing")
        let reply = try desk.handle(.parameters, from: one)
        guard case .parameters(let values) = reply else {
            Issue.record("\(reply)")
            return
        }
        #expect(values.map(\.parameter) == Parameter.allCases && values.contains(ParameterValue(.patience, 800)))
    }

    @Test func passesCommandsAndRefusalsOn() throws {
        var desk = ControlDesk(puppet, version: "")
        #expect(try desk.handle(.command(.yield), from: one) == .done)
        #expect(puppet.state.withLock { $0.commands } == [.yield])
        #expect(throws: ControlError.refused("not now")) { try desk.handle(.command(.takeover), from: one) }
        #expect(try desk.handle(.loadPreset(named: "night"), from: one) == .preset("night"))
        #expect(try desk.handle(.histogram(named: "step"), from: one) == .histogram(named: "step", nil))
        #expect(try desk.handle(.status, from: one) == .status([Figure("late", .whole(0))]))
    }

    /// A subscriber is a number: each is told of its own feeds only, until it wants no more.
    @Test func reportsToEachSubscriberWhatItSubscribedTo() throws {
        var desk = ControlDesk(puppet, version: "")
        let two = Subscriber(number: .max)
        #expect(desk.rest == -1 && desk.news().isEmpty)
        #expect(try desk.handle(.subscribe(.plan, seconds: 5), from: one) == .subscribed(.plan, seconds: 5))
        _ = try desk.handle(.subscribe(.status, seconds: 5), from: two)
        let news = desk.news()
        #expect(news.map(\.subscriber) == [one, two])
        #expect(news.map(\.news) == [.plan([FeedEvent(key: 60)]), .status([Figure("late", .whole(0))])])
        #expect(desk.rest >= 0 && desk.news().isEmpty, "not before its time")
        // Everything at once for a new one; the plan only once while it stays as it is.
        _ = try desk.handle(.unsubscribe(from: nil), from: two)
        _ = try desk.handle(.subscribe(.notes, seconds: 5), from: two)
        #expect(desk.news().isEmpty, "the first look says where notes begin")
        _ = try desk.handle(.subscribe(.notes, seconds: 5), from: two)
        #expect(desk.news().map(\.news) == [.note(FeedEvent(key: 1))])
        _ = try desk.handle(.unsubscribe(from: .plan), from: one)
        _ = try desk.handle(.unsubscribe(from: nil), from: two)
        #expect(desk.rest == -1)
    }

    @Test func refusesSubscriptionsWithoutEndOrNumber() throws {
        var desk = ControlDesk(puppet, version: "")
        for seconds in [0, 3601, .nan, .infinity, -1] as [Double] {
            #expect(throws: ControlError.self) { try desk.handle(.subscribe(.plan, seconds: seconds), from: one) }
        }
        for number in 0..<32 {
            _ = try desk.handle(.subscribe(.plan, seconds: 60), from: Subscriber(number: UInt64(number)))
        }
        #expect(throws: ControlError.self) {
            try desk.handle(.subscribe(.plan, seconds: 60), from: Subscriber(number: 32))
        }
        // One that has it may go on.
        #expect(try desk.handle(.subscribe(.plan, seconds: 9), from: one) == .subscribed(.plan, seconds: 9))
    }
}
