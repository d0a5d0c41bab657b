import Performer
import Ports
import Testing

/// What the machine is to the player, and how it gives the turn back. The player is on channel 0, the machine on channel 1.
@Suite struct ModeTests {
    /// A reply that lasts, at three seconds.
    private static func replying(_ change: (inout ParameterValues) -> Void) -> Rig {
        let rig = TurnTests.rig {
            $0[.shortest] = 20
            change(&$0)
        }
        rig.play(TurnTests.call(rig), until: rig.frame(milliseconds: 3000))
        #expect(!soundingNotes(after: rig.machine()).isEmpty)
        return rig
    }

    private static func strike(_ rig: Rig, _ key: UInt8 = 1) -> Int64 {
        let frame = rig.port.now + 10
        rig.play([rig.on(frame: frame, key)], until: frame + rig.frame(milliseconds: 1200))
        return frame
    }

    private static func strikes(_ rig: Rig, after frame: Int64) -> [TimedMessage] {
        rig.machine().filter { $0.frame > frame && $0.status == 0x91 }
    }

    // MARK: Yielding

    @Test(arguments: [Float(2), 3]) func aMachineThatYieldsGentlyEndsWhatSoundsAndStrikesNothing(kind: Float) throws {
        for seed in 0..<8 {
            let rig = Self.replying { ($0[.yield], $0[.seed]) = (kind, Float(seed)) }
            try rig.performer.set(.patience, to: 5000)
            let sounding = soundingNotes(after: rig.machine())
            let frame = Self.strike(rig)
            rig.play(until: frame + rig.frame(milliseconds: 3500))
            #expect(Self.strikes(rig, after: frame).isEmpty)
            let ends = rig.machine().filter { $0.frame >= frame }
            #expect(Set(ends.map { 128 + Int($0.data1) }) == sounding)
            #expect(soundingNotes(after: rig.machine()).isEmpty)
            let limit = frame + rig.frame(milliseconds: kind == 2 ? 2020 : 420)
            #expect(ends.allSatisfy { $0.frame > frame && $0.frame <= limit })
            if kind == 3 { #expect(ends.map(\.data1) == ends.map(\.data1).sorted()) }
            #expect(rig.performer.counters.yields.value == 1)
        }
    }

    @Test func whoYieldedGentlyAnswersWhatThePlayerThenPlayed() throws {
        let rig = Self.replying { $0[.yield] = 3 }
        let frame = Self.strike(rig)
        rig.play([rig.off(frame: rig.port.now + 1, 1)], until: rig.port.now + rig.frame(milliseconds: 2500))
        #expect(!Self.strikes(rig, after: frame).isEmpty)
        #expect(rig.performer.counters.takeovers.value == 2)
    }

    @Test func aReplyThatIsCutAsSoonAsItSoundsIsCountedAsABlip() throws {
        for (milliseconds, blips) in [(1600, 1), (3000, 0)] as [(Int64, Int)] {
            let rig = TurnTests.rig { ($0[.shortest], $0[.entry]) = (20, 150) }
            rig.play(
                TurnTests.call(rig) + [rig.on(milliseconds, 60)], until: rig.frame(milliseconds: milliseconds + 500))
            #expect(rig.performer.counters.yields.value == 1)
            #expect(rig.performer.counters.blips.value == blips)
        }
    }

    // MARK: Modes

    @Test func anEndlessReplyGoesOnUntilThePlayerTakesItBack() {
        let rig = TurnTests.rig { ($0[.mode], $0[.longest], $0[.patience]) = (1, 2, 600) }
        rig.play(TurnTests.call(rig), until: rig.frame(milliseconds: 60_000))
        for second in 2..<51 {
            let from = rig.frame(milliseconds: Int64(second) * 1000)
            let span = from..<(from + rig.frame(milliseconds: 9000))
            #expect(rig.machine().contains { span.contains($0.frame) }, "\(second)")
        }
        #expect(rig.performer.phase == .replying)
        rig.play([rig.on(frame: rig.port.now + 9, 60)], until: rig.port.now + 256)
        #expect(soundingNotes(after: rig.machine()).isEmpty)
    }

    /// A scale of two notes a second.
    private static func scale(_ rig: Rig, from start: Int64, _ count: Int64) -> [TimedMessage] {
        (0..<count).flatMap { i -> [TimedMessage] in
            let key = UInt8(40 + i % 24)
            return [rig.on(start + 500 * i, key), rig.off(start + 500 * i + 400, key)]
        }
    }

    @Test func aDuetPlaysAlongAndRestsWithThePlayer() throws {
        let rig = TurnTests.rig { $0[.mode] = 2 }
        rig.play(Self.scale(rig, from: 100, 10), until: rig.frame(milliseconds: 12_000))
        let onsets = rig.machine().filter { $0.status == 0x91 }.map(\.frame)
        // While the player plays, until five seconds.
        #expect(onsets.count { $0 < rig.frame(milliseconds: 5000) } > 5)
        #expect(try #require(onsets.last) < rig.frame(milliseconds: 6500))
        #expect(rig.performer.phase == .listening)
        #expect(soundingNotes(after: rig.output).isEmpty)
    }

    @Test func eachKeyIsFollowedAtOnce() throws {
        let rig = TurnTests.rig { $0[.mode] = 3 }
        let strikes = (0..<12).map { 500 + 700 * Int64($0) }
        rig.play(
            strikes.flatMap { [rig.on($0, 60), rig.off($0 + 200, 60)] }, until: rig.frame(milliseconds: 12_000))
        let onsets = rig.machine().filter { $0.status == 0x91 }.map(\.frame)
        for strike in strikes {
            let (from, to) = (rig.frame(milliseconds: strike), rig.frame(milliseconds: strike + 50))
            #expect(onsets.contains { $0 > from && $0 <= to }, "\(strike)")
        }
        // And nothing else is struck.
        for onset in onsets {
            #expect(
                strikes.contains { onset > rig.frame(milliseconds: $0) && onset <= rig.frame(milliseconds: $0 + 150) })
        }
        #expect(soundingNotes(after: rig.output).isEmpty)
    }

    @Test(arguments: [Float(4), 5]) func aMachineThatIsToListenNeverPlays(mode: Float) throws {
        let rig = TurnTests.rig { ($0[.mode], $0[.attract]) = (mode, 1) }
        rig.play(TurnTests.call(rig), until: rig.frame(milliseconds: 4000))
        try rig.performer.command(.takeover)
        rig.play(until: rig.frame(milliseconds: 8000))
        #expect(rig.machine().isEmpty)
        // It has heard the call, or not.
        #expect(rig.performer.counters.heard.value == (mode == 4 ? 4 : 0))
        // What the player plays goes through.
        #expect(rig.output.count == 4)
    }

    @Test func aModeThatDoesNotPlaySilencesTheMachineInTheNextCycle() throws {
        for mode in [Float(4), 5] {
            let rig = Self.replying { _ in }
            try rig.performer.set(.mode, to: mode)
            let now = rig.port.now
            rig.play(until: now + 256)
            #expect(soundingNotes(after: rig.machine()).isEmpty)
            rig.play(until: now + rig.frame(milliseconds: 5000))
            #expect(Self.strikes(rig, after: now).isEmpty)
            // Back to replies, with what was heard before.
            try rig.performer.set(.mode, to: 0)
            rig.play(
                [rig.on(frame: rig.port.now + 9, 60), rig.off(frame: rig.port.now + 9000, 60)],
                until: rig.port.now + rig.frame(milliseconds: 2000))
            #expect(!Self.strikes(rig, after: now).isEmpty)
        }
    }

    // MARK: An empty room

    @Test func inAnEmptyRoomItBeginsAndRestsAgain() throws {
        let rig = TurnTests.rig { ($0[.attract], $0[.longest], $0[.shortest]) = (5, 3, 2) }
        rig.play(until: rig.frame(milliseconds: 30_000))
        let onsets = rig.machine().filter { $0.status == 0x91 }.map(\.frame)
        #expect(try #require(onsets.first) >= rig.frame(milliseconds: 5000))
        #expect(onsets.first! <= rig.frame(milliseconds: 5200))
        // Three seconds of music, five of rest.
        let gaps = zip(onsets, onsets.dropFirst()).map { $1 - $0 }.filter { $0 >= rig.frame(milliseconds: 5000) }
        #expect(gaps.count == rig.performer.counters.takeovers.value - 1 && gaps.count >= 2)
        // Who holds a key is there.
        let held = TurnTests.rig { $0[.attract] = 5 }
        held.play([held.on(100, 60)], until: held.frame(milliseconds: 1000))
        try held.performer.command(.yield)
        held.play(until: held.frame(milliseconds: 20_000))
        #expect(held.machine().isEmpty)
        held.play([held.off(20_000, 60)], until: held.frame(milliseconds: 27_000))
        #expect(!held.machine().isEmpty)
    }

    @Test func nothingIsLouderThanTheCeiling() throws {
        let rig = TurnTests.rig { ($0[.ceiling], $0[.shortest]) = (40, 20) }
        rig.play(TurnTests.call(rig), until: rig.frame(milliseconds: 8000))
        let loud = rig.machine().filter { $0.status == 0x91 }.map(\.data2)
        #expect(loud.count > 10 && loud.allSatisfy { $0 <= 40 } && Set(loud).count > 3)
        try rig.performer.set(.ceiling, to: 1)
        let now = rig.port.now
        rig.play(until: now + rig.frame(milliseconds: 4000))
        let soft = Self.strikes(rig, after: now).map(\.data2)
        #expect(soft.count > 3 && soft.allSatisfy { $0 == 1 })
    }
}
