import Glibc
import Hostile
import Instrument
import OSC
import Performer
import Presets
import Synchronization
import Testing

/// An instrument on which something happens at each look.
private final class Busy: ControlTarget {
    let looks = Mutex(0)

    func value(of parameter: Parameter) -> Float { 0 }
    func set(_ parameter: Parameter, to value: Float) throws(ControlError) {}
    func command(_ command: Command) throws(ControlError) {}
    func loadPreset(named name: String) throws(ControlError) -> String { name }
    func status() -> [Figure] { [Figure("late", .whole(0))] }
    func histogram(named name: String) -> [Octave]? {
        name == "step" ? [Octave(upTo: 7.5, 3), Octave(upTo: 15.5, 1)] : nil
    }
    func heard(from number: Int64) -> (events: [FeedEvent], next: Int64) {
        let next = Int64(
            looks.withLock { looks in
                looks += 1
                return looks
            })
        // The first look says where it begins.
        let events = (number == .max ? next : number)..<next
        return (
            events.map {
                FeedEvent(isMachine: $0 % 2 == 0, kind: .on, channel: 1, key: Int($0), velocity: 64, seconds: -0.25)
            },
            next
        )
    }
    func planned() -> (events: [FeedEvent], version: Int) {
        let plan = [(60, 70, 0.5), (60, 0, 1)].map {
            FeedEvent(isMachine: true, kind: .on, channel: 0, key: $0.0, velocity: $0.1, seconds: $0.2)
        }
        // It changes once.
        return (plan, looks.withLock { $0 > 4 ? 2 : 1 })
    }
}

@Suite struct FeedTests {
    private func served(_ body: (OSCClient, UInt16) throws -> Void) throws {
        let server = try OSCServer(port: 0, target: Busy(), version: "1")
        defer { server.stop() }
        try body(try OSCClient(port: server.port), server.port)
    }

    private func ask(_ client: OSCClient, _ address: String, _ arguments: [OSCMessage.Argument]) -> OSCMessage? {
        client.ask(OSCMessage("/continuo/" + address, arguments))
    }

    /// What comes within so many milliseconds.
    private func messages(_ client: OSCClient, within milliseconds: Int) -> [OSCMessage] {
        var messages: [OSCMessage] = []
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let end = time.tv_sec * 1000 + time.tv_nsec / 1_000_000 + milliseconds
        while true {
            clock_gettime(CLOCK_MONOTONIC, &time)
            let left = end - time.tv_sec * 1000 - time.tv_nsec / 1_000_000
            guard left > 0 else { return messages }
            if let message = client.next(within: left) { messages.append(message) }
        }
    }

    @Test func notesComeOnceEachAndInOrder() throws {
        try served { client, _ in
            #expect(
                ask(client, "subscribe", [.string("notes"), .int(5)])
                    == OSCMessage("/continuo/reply", [.string("/continuo/subscribe"), .string("notes"), .float(5)]))
            let notes = messages(client, within: 600)
            #expect(notes.count > 4 && notes.allSatisfy { $0.address == "/continuo/notes" })
            let keys = notes.compactMap { if case .int(let key) = $0.arguments[3] { Int(key) } else { nil } }
            #expect(keys == Array(keys[0]..<keys[0] + notes.count), "each once, none left out: \(keys)")
            let first = notes[0].arguments
            #expect(first[0] == .string(keys[0] % 2 == 0 ? "machine" : "human") && first[1] == .string("on"))
            #expect(first[5] == .float(-0.25))
        }
    }

    @Test func aPlanComesWhenItChanges() throws {
        try served { client, _ in
            _ = ask(client, "subscribe", [.string("plan")])
            _ = ask(client, "subscribe", [.string("notes")])
            let plans = messages(client, within: 800).filter { $0.address == "/continuo/plan" }
            let plan = OSCMessage("/continuo/plan", [.int(60), .int(70), .float(0.5), .int(60), .int(0), .float(1)])
            // The first may have come before the answer to the second question.
            #expect((1...2).contains(plans.count) && plans.allSatisfy { $0 == plan }, "\(plans)")
        }
    }

    @Test func statusComesTwiceASecondLikeItsAnswer() throws {
        try served { client, _ in
            _ = ask(client, "subscribe", [.string("status")])
            let answers = messages(client, within: 1200)
            let name = OSCMessage.Argument.string("/continuo/status")
            let ends = answers.filter { $0 == OSCMessage("/continuo/reply", [name]) }
            #expect((2...4).contains(ends.count) && answers.count >= 2 * ends.count - 1, "\(answers)")
            #expect(answers.contains(OSCMessage("/continuo/reply", [name, .string("late"), .int(0)])))
        }
    }

    @Test func aSubscriptionEnds() throws {
        try served { client, port in
            _ = ask(client, "subscribe", [.string("notes"), .float(1)])
            #expect(!messages(client, within: 500).isEmpty)
            usleep(600_000)
            client.drain()
            #expect(messages(client, within: 300).isEmpty, "after its second")
            for feed in Feed.allCases { _ = ask(client, "subscribe", [.string(feed.rawValue)]) }
            #expect(!messages(client, within: 300).isEmpty)
            // One's own only.
            client.send(OSCMessage("/continuo/unsubscribe", [.string("notes")]))
            client.send(OSCMessage("/continuo/unsubscribe", [.string("status")]))
            client.drain()
            #expect(messages(client, within: 300).allSatisfy { $0.address == "/continuo/plan" })
            let other = try OSCClient(port: port)
            _ = ask(other, "subscribe", [.string("notes")])
            client.send(OSCMessage("/continuo/unsubscribe"))
            client.drain()
            #expect(messages(client, within: 300).isEmpty && !messages(other, within: 300).isEmpty)
        }
    }

    @Test func saysWhatIsWrong() throws {
        try served { client, port in
            for (address, arguments, mentions) in [
                ("subscribe", [], "status, notes, plan"), ("subscribe", [.string("everything")], "status, notes, plan"),
                ("subscribe", [.string("notes"), .float(0)], "1…3600"),
                ("subscribe", [.string("notes"), .float(.nan)], "1…3600"),
                ("subscribe", [.string("notes"), .float(1e9)], "1…3600"),
                ("subscribe", [.string("notes"), .string("x")], "1…3600"),
                ("unsubscribe", [.int(1)], "status, notes, plan"), ("histogram", [.string("steps")], "such as step"),
            ] as [(String, [OSCMessage.Argument], String)] {
                guard case .string(let text)? = ask(client, address, arguments)?.arguments.last else {
                    Issue.record("no answer to \(address)")
                    continue
                }
                #expect(text.contains(mentions), "\(address): \(text)")
            }
            // One more than there may be, each from a port of its own.
            let many = try (0..<33).map { _ in try OSCClient(port: port) }
            let answers = many.map { ask($0, "subscribe", [.string("plan"), .int(3600)])?.address }
            #expect(answers == Array(repeating: "/continuo/reply", count: 32) + ["/continuo/error"])
        }
    }

    @Test func histogramsAreListed() throws {
        try served { client, _ in
            client.send(OSCMessage("/continuo/histogram", [.string("step")]))
            let name = OSCMessage.Argument.string("/continuo/histogram")
            let answers = [
                [name, .string("step"), .float(7.5), .int(3)], [name, .string("step"), .float(15.5), .int(1)], [name],
            ]
            #expect(messages(client, within: 200) == answers.map { OSCMessage("/continuo/reply", $0) })
        }
    }
}
