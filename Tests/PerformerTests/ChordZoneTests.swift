import Performer
import Ports
import Session
import Testing

/// The chord hand, and the player heard in another key.
@Suite struct ChordZoneTests {
    /// The machine on channel 2, the split at 55.
    private static func rig(_ change: (inout ParameterValues) -> Void = { _ in }) -> Rig {
        Rig {
            ($0[.channel], $0[.chordSplit], $0[.scale]) = (2, 55, Parameter.scale.value("held"))
            ($0[.shortest], $0[.longest]) = (20, 20)
            change(&$0)
        }
    }

    private static func onsets(_ rig: Rig, from milliseconds: Int64, until end: Int64 = .max) -> [TimedMessage] {
        let last = end == .max ? .max : rig.frame(milliseconds: end)
        return rig.machine().filter {
            $0.status & 0xF0 == 0x90 && $0.frame >= rig.frame(milliseconds: milliseconds) && $0.frame < last
        }
    }

    private static func classes(_ messages: [TimedMessage]) -> Set<UInt8> { Set(messages.map { $0.data1 % 12 }) }

    /// A melody is answered; chords struck meanwhile let the machine play on, and each is kept to from its own frame on.
    @Test func chordsAreKeptToAndInterruptNothing() {
        let rig = Self.rig()
        let melody = [rig.on(0, 72), rig.off(200, 72), rig.on(200, 76), rig.off(400, 76)]
        let chord = [
            rig.on(4000, 36), rig.on(4010, 40), rig.on(4020, 43), rig.off(6000, 36), rig.off(6030, 40),
            rig.off(6060, 43),
        ]
        let other = [rig.on(8000, 41), rig.on(8000, 45)]
        rig.play(melody + chord + other, until: rig.frame(milliseconds: 12_000))
        #expect(rig.performer.counters.yields.value == 0 && rig.performer.phase == .replying)
        // Without a chord, as it likes.
        #expect(Self.classes(Self.onsets(rig, from: 0, until: 4000)).count > 5)
        // What is held; after that the chord as it was struck.
        #expect(Self.classes(Self.onsets(rig, from: 4020, until: 6000)).isSubset(of: [0, 4, 7]))
        #expect(Self.classes(Self.onsets(rig, from: 6060, until: 8000)).isSubset(of: [0, 4, 7]))
        #expect(Self.classes(Self.onsets(rig, from: 8000)).isSubset(of: [5, 9]))
        for (from, until) in [(4020, 6000), (6060, 8000), (8000, 12_000)] as [(Int64, Int64)] {
            #expect(Self.onsets(rig, from: from, until: until).count > 1)
        }
        // It is heard, and goes through.
        #expect(rig.recorder.human.count == 4 + 6 + 2)
        #expect(rig.output.contains { $0.status == 0x90 && $0.data1 == 36 })
    }

    @Test func aChordIsNoCall() {
        let rig = Self.rig()
        rig.play(
            [rig.on(0, 40), rig.on(0, 44), rig.off(500, 40), rig.off(500, 44)], until: rig.frame(milliseconds: 6000))
        #expect(rig.performer.counters.takeovers.value == 0)
        // Nor does a chord that is held, or struck in the pause, put the answer to a melody off.
        let answered = Self.rig()
        answered.play(
            [answered.on(0, 72), answered.off(200, 72), answered.on(300, 40), answered.on(500, 44)],
            until: answered.frame(milliseconds: 1200))
        #expect(answered.performer.counters.takeovers.value == 1)
    }

    @Test func aKeyAboveTheSplitInterrupts() {
        let rig = Self.rig()
        rig.play([rig.on(0, 72), rig.off(200, 72), rig.on(3000, 72)], until: rig.frame(milliseconds: 3100))
        #expect(rig.performer.counters.yields.value == 1)
    }

    /// A key that was struck as a chord's ends as one, though the split has moved.
    @Test func aKeyEndsWhereItBegan() throws {
        let rig = Self.rig()
        rig.play([rig.on(0, 40)], until: rig.frame(milliseconds: 100))
        try rig.performer.set(.chordSplit, to: 0)
        rig.play([rig.off(200, 40)], until: rig.frame(milliseconds: 5000))
        #expect(rig.performer.counters.takeovers.value == 0)
        try rig.performer.command(.takeover)
        rig.play(until: rig.frame(milliseconds: 9000))
        // The last chord.
        #expect(Self.classes(Self.onsets(rig, from: 0)) == [4])
        try rig.performer.command(.reset)
        try rig.performer.command(.takeover)
        rig.play(until: rig.frame(milliseconds: 15_000))
        #expect(Self.classes(Self.onsets(rig, from: 9100)).count > 5)
    }

    // MARK: Transpose

    @Test(arguments: [-24, -5, 7, 24]) func itContinuesInAnotherKey(semitones: Int) throws {
        func machine(_ raised: Int, _ transpose: Int) throws -> [UInt8] {
            var values = ParameterValues()
            values[.transpose] = Float(transpose)
            let seed = GenerationTests.seed.map { event in
                var event = event
                event.key = UInt8(Int(event.key) + raised)
                return event
            }
            return try Generation(
                continuing: seed, with: TinyModel.mind(TinyModel.performance), values, seconds: 20
            ).machine.map(\.key)
        }
        // As if the player had played there.
        #expect(try machine(0, semitones) == machine(semitones, 0))
        #expect(try machine(0, semitones) != machine(0, 0))
    }

    /// What the player did is recorded as they played it, and ends as it began.
    @Test func aKeyEndsAsItWasHeard() throws {
        let rig = Rig { $0[.transpose] = 7 }
        rig.play([rig.on(0, 60)], until: rig.frame(milliseconds: 100))
        try rig.performer.set(.transpose, to: -3)
        rig.play([rig.off(200, 60), rig.on(300, 126), rig.off(400, 126)], until: rig.frame(milliseconds: 500))
        #expect(rig.recorder.heard.map(\.event.key) == [60, 60, 126, 126])
        #expect(rig.recorder.heard.map(\.heardEvent.key) == [67, 67, 123, 123])
        #expect(rig.output.map(\.data1) == [60, 60, 126, 126])
    }

    @Test func atTheEndsOfTheKeyboardItIsHeardAnOctaveAway() {
        let rig = Rig { $0[.transpose] = 24 }
        rig.play([rig.on(0, 127), rig.off(100, 127)], until: rig.frame(milliseconds: 200))
        #expect(rig.recorder.heard.map(\.heardEvent.key) == [127, 127])
    }
}
