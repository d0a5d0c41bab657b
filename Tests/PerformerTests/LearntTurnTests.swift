import Performer
import Ports
import Representation
import Testing

/// The take-over by hands, pedal and rhythm.
@Suite struct LearntTurnTests {
    private static let second = TurnRehearsal.sampleRate

    private static func values(patience: Float = 1400) -> ParameterValues {
        var values = ParameterValues()
        (values[.turnTaking], values[.patience]) = (1, patience)
        return values
    }

    /// Milliseconds, and what happens.
    private typealias Played = (time: Int64, kind: HeardEvent.Kind, key: UInt8)

    /// Forty short notes, four a second; the next would come at 10 s.
    private static let steady: [Played] = (0..<40).flatMap { index -> [Played] in
        let (time, key) = (Int64(250 * index), UInt8(60 + index % 5))
        return [(time, .noteOn, key), (time + 200, .noteOff, key)]
    }

    /// Seconds from the last onset, at 10 s, to the take-over.
    private static func delay(_ ending: [Played], _ values: ParameterValues = values()) -> Double {
        var rehearsal = TurnRehearsal(values)
        for event in steady + ending {
            let velocity: UInt8 = event.kind == .noteOn ? 70 : 0
            rehearsal.hear(
                HeardEvent(tick: 0, kind: event.kind, key: event.key, velocity: velocity),
                at: event.time * second / 1000)
        }
        return Double(rehearsal.takeover - 10 * second) / Double(second)
    }

    private static let heldChord: [Played] = [48, 52, 55, 60].map { (10_000, .noteOn, $0) }
    private static let travellingHand: [Played] = [
        (9_990, .pedalDown, 0), (10_000, .noteOn, 60), (10_100, .noteOff, 60),
    ]

    /// A chord that is held is a fermata; hands in the air over a pedal are on their way.
    @Test func theHandsTell() {
        let (fermata, travel) = (Self.delay(Self.heldChord), Self.delay(Self.travellingHand))
        #expect(fermata < travel - 0.2, "\(fermata) \(travel)")
        for delay in [fermata, travel] { #expect(0.4...2 ~= delay) }
        // The plain rule has it the other way round.
        var plain = ParameterValues()
        (plain[.turnTaking], plain[.patience], plain[.hold]) = (0, 600, 2)
        #expect(Self.delay(Self.heldChord, plain) > Self.delay(Array(Self.travellingHand.dropFirst()), plain))
    }

    @Test func whoIsPatientWaitsLonger() {
        let delays = [500, 1000, 1400, 1700, 2000].map { Self.delay(Self.heldChord, Self.values(patience: $0)) }
        #expect(delays == delays.sorted() && delays.first! < delays.last!, "\(delays)")
        #expect(Self.delay(Self.travellingHand, Self.values(patience: 5000)) <= 5)
        #expect(Self.delay(Self.travellingHand, Self.values(patience: 10_000)) > 2)
    }

    /// Keys and pedals that come before the model would take over put it off, or bring it nearer, but never into the past.
    @Test func neverBeforeWhatWasHeard() {
        for time in stride(from: Int64(10_050), through: 11_950, by: 50) {
            let delay = Self.delay(Self.heldChord + [(time, .noteOff, 48)])
            #expect(delay >= Double(time - 10_000) / 1000 && delay <= 2, "\(time) \(delay)")
        }
    }

    /// The instrument does what the rehearsal says.
    @Test func theInstrumentTakesOverAtThatInstant() throws {
        let rig = TurnTests.rig {
            ($0[.turnTaking], $0[.patience], $0[.entry]) = (1, 1400, 0)
        }
        func message(_ event: Played) -> TimedMessage {
            switch event.kind {
            case .noteOn: rig.on(event.time, event.key)
            default: rig.off(event.time, event.key)
            }
        }
        rig.play((Self.steady + Self.heldChord).map(message), until: rig.frame(milliseconds: 13_000))
        // The rig strikes harder than the steady notes above, all of them alike: asked again with its velocity.
        var rehearsal = TurnRehearsal(Self.values())
        for message in (Self.steady + Self.heldChord).map(message) {
            let isOn = message.status & 0xF0 == 0x90
            rehearsal.hear(
                HeardEvent(
                    tick: 0, kind: isOn ? .noteOn : .noteOff, key: message.data1, velocity: isOn ? message.data2 : 0),
                at: message.frame)
        }
        let first = try #require(rig.machine().first { $0.status == 0x91 }).frame
        #expect(first >= rehearsal.takeover && first < rehearsal.takeover + 480, "\(first) \(rehearsal.takeover)")
    }
}
