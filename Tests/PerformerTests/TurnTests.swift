import Network
import Performer
import Ports
import Representation
import Testing

/// Call and response, as the parameters promise it. The player is on channel 0, the machine on channel 1.
@Suite struct TurnTests {
    static func rig(_ change: (inout ParameterValues) -> Void = { _ in }) -> Rig {
        Rig {
            $0[.channel] = 2
            change(&$0)
        }
    }

    /// A call of two notes, over at 800 ms.
    static func call(_ rig: Rig) -> [TimedMessage] {
        [rig.on(100, 60), rig.off(400, 60), rig.on(500, 64), rig.off(800, 64)]
    }

    @Test func theReplyBeginsWithinEntryOfTheTakeOver() throws {
        let rig = Self.rig()
        rig.play(Self.call(rig), until: rig.frame(milliseconds: 3000))
        let first = try #require(rig.machine().first)
        // 600 ms after the last key-up, and at most 150 ms later.
        #expect(first.frame >= rig.frame(milliseconds: 1400) && first.frame <= rig.frame(milliseconds: 1550))
        #expect(first.status == 0x91)
    }

    @Test func withoutEntryTimeItBeginsAtTheTakeOverItself() throws {
        let rig = Self.rig {
            $0[.entry] = 0
            $0[.patience] = 333
        }
        rig.play(Self.call(rig), until: rig.frame(milliseconds: 3000), cycle: 64)
        // The first tick from 1133 ms on.
        #expect(try #require(rig.machine().first).frame == rig.frame(milliseconds: 1140))
    }

    @Test func theFirstNoteIsOnTheStageBeforeTheTakeOver() {
        let rig = Self.rig()
        rig.play(Self.call(rig), until: rig.frame(milliseconds: 1300))
        // From here on the improviser sleeps: what is on the stage is all that can sound.
        rig.laziness = { true }
        rig.play(until: rig.frame(milliseconds: 1560))
        #expect(!rig.machine().isEmpty)
        #expect(rig.performer.stageCounters.late.value == 0)
    }

    @Test func patienceCountsFromTheLastKeyUpAndTheLastNoteOn() throws {
        let rig = Self.rig { $0[.patience] = 1000 }
        rig.play(
            [rig.on(100, 60), rig.on(150, 64), rig.off(200, 64), rig.off(900, 60)],
            until: rig.frame(milliseconds: 3000))
        #expect(try #require(rig.machine().first).frame >= rig.frame(milliseconds: 1900))
    }

    @Test func heldKeysCountAsRestingAfterHold() throws {
        let rig = Self.rig { $0[.hold] = 1.5 }
        rig.play([rig.on(100, 60)], until: rig.frame(milliseconds: 3000))
        let first = try #require(rig.machine().first).frame
        #expect(first >= rig.frame(milliseconds: 1600) && first <= rig.frame(milliseconds: 1760))
        let pedalled = Self.rig { $0[.hold] = 1.5 }
        pedalled.play(
            [pedalled.on(100, 60), pedalled.pedal(150, down: true), pedalled.off(200, 60)],
            until: pedalled.frame(milliseconds: 3000))
        #expect(try #require(pedalled.machine().first).frame >= pedalled.frame(milliseconds: 1650))
    }

    @Test func theReplyIsAsLongAsTheCallWithinItsBounds() throws {
        for (length, expected) in [(500, 2000), (3000, 3000), (9000, 4000)] as [(Int64, Int64)] {
            let rig = Self.rig { $0[.longest] = 4 }
            let call = stride(from: 0, to: length, by: 100).flatMap {
                [rig.on(100 + $0, 60), rig.off(190 + $0, 60)]
            }
            rig.play(call, until: rig.frame(milliseconds: 100 + length + 8000))
            let onsets = rig.machine().filter { $0.status == 0x91 }.map(\.frame)
            // The call ends with its last key-up, 10 ms before its length is full.
            let end = rig.frame(milliseconds: 90 + length + 600 + expected)
            #expect(try #require(onsets.last) < end && onsets.last! > end - rig.frame(milliseconds: 1500))
            #expect(soundingNotes(after: rig.output).isEmpty)
            #expect(rig.performer.phase == .listening)
        }
    }

    @Test func theMachineFallsSilentOnTheFrameOfTheInterruption() throws {
        for offset in [0, 1, 77, 255] as [Int64] {
            let rig = Self.rig { $0[.shortest] = 10 }
            rig.play(Self.call(rig), until: rig.frame(milliseconds: 3000))
            let strike = rig.port.now + offset
            let before = soundingNotes(after: rig.machine())
            #expect(!before.isEmpty)
            rig.play(
                [TimedMessage(frame: strike, status: 0x90, data1: 70, data2: 90)], until: rig.port.now + 256)
            let now = rig.output.filter { $0.frame >= strike }
            // Our note-offs first, then the player's note, all on its frame; after it nothing.
            #expect(now.allSatisfy { $0.frame == strike } && now.last?.data1 == 70)
            #expect(soundingNotes(after: rig.machine()).isEmpty)
            rig.play(until: rig.port.now + rig.frame(milliseconds: 500))
            #expect(rig.output.filter { $0.frame > strike }.isEmpty)
        }
    }

    @Test func playingOnInsteadOfYielding() {
        let rig = Self.rig {
            $0[.yield] = 0
            $0[.shortest] = 5
        }
        rig.play(Self.call(rig), until: rig.frame(milliseconds: 2500))
        let strike = rig.port.now + 10
        rig.play([TimedMessage(frame: strike, status: 0x90, data1: 1, data2: 90)], until: strike + 48_000)
        #expect(rig.machine().contains { $0.frame > strike && $0.status == 0x91 })
        #expect(rig.performer.counters.yields.value == 0)
        #expect(rig.performer.counters.revisions.value == 1)
    }

    @Test func aKeyLetGoDuringTheReplyIsHeardAndChangesNothingElse() {
        let rig = Self.rig { $0[.hold] = 0.5 }
        rig.play([rig.on(100, 60)], until: rig.frame(milliseconds: 1500))
        #expect(rig.performer.phase == .replying)
        rig.play([rig.off(1600, 60)], until: rig.frame(milliseconds: 2400))
        #expect(rig.performer.phase == .replying)
        #expect(rig.performer.counters.revisions.value == 1)
        #expect(RandomProgramTests.faultInTokens(rig) == nil)
    }

    @Test func withAutoOffTheMachineWaitsForTheCommand() throws {
        let rig = Self.rig { $0[.auto] = 0 }
        rig.play(Self.call(rig), until: rig.frame(milliseconds: 4000))
        #expect(rig.machine().isEmpty)
        try rig.performer.command(.takeover)
        rig.play(until: rig.frame(milliseconds: 5000))
        #expect(!rig.machine().isEmpty)
    }

    @Test func itAlsoBeginsAfterARestInWhichTheListenerFellAsleep() throws {
        let commanded = Self.rig { $0[.auto] = 0 }
        commanded.play(Self.call(commanded), until: commanded.frame(milliseconds: 12_000))
        try commanded.performer.command(.takeover)
        commanded.play(until: commanded.frame(milliseconds: 14_000))
        #expect(commanded.machine().count > 2)
        let patient = Self.rig { $0[.patience] = 10_000 }
        patient.play(Self.call(patient), until: patient.frame(milliseconds: 13_000))
        #expect(try #require(patient.machine().first).frame >= patient.frame(milliseconds: 10_800))
        #expect(patient.machine().count > 2)
    }

    @Test func aTakeOverByCommandStandsUntilAKeyIsStruck() throws {
        for strikes in [false, true] {
            let rig = Self.rig { $0[.auto] = 0 }
            rig.play([rig.on(100, 60)], until: rig.frame(milliseconds: 1000), cycle: 48)
            try rig.performer.command(.takeover)
            rig.cycle(48)
            try rig.performer.set(.polyphony, to: 5)
            rig.cycle(48, [TimedMessage(frame: rig.port.now, status: strikes ? 0x90 : 0x80, data1: 60, data2: 64)])
            rig.play(until: rig.frame(milliseconds: 2000), cycle: 48)
            #expect(rig.machine().isEmpty == strikes)
        }
    }

    @Test func aPhraseBeginsAnewAfterAPause() throws {
        let rig = Self.rig { $0[.auto] = 0 }
        rig.play(Self.call(rig), until: rig.frame(milliseconds: 20_000))
        let second = [rig.on(20_000, 60), rig.off(20_500, 60), rig.on(20_600, 64), rig.off(23_000, 64)]
        rig.play(second, until: rig.frame(milliseconds: 23_100))
        try rig.performer.command(.takeover)
        rig.play(until: rig.frame(milliseconds: 30_000))
        // Three seconds as the second phrase had, not the twenty since the first.
        let onsets = rig.machine().filter { $0.status == 0x91 }.map(\.frame)
        #expect(try #require(onsets.last) < rig.frame(milliseconds: 23_120 + 3000))
    }

    @Test func whatIsForgottenDoesNotShapeTheReply() throws {
        func reply(to key: UInt8, forget: Float) throws -> [TimedMessage] {
            let rig = Self.rig {
                $0[.auto] = 0
                $0[.forget] = forget
            }
            rig.play([rig.on(100, key), rig.off(400, key)], until: rig.frame(milliseconds: 5000))
            try rig.performer.command(.takeover)
            rig.play(until: rig.frame(milliseconds: 8000))
            #expect(RandomProgramTests.faultInTokens(rig) == nil)
            return rig.machine()
        }
        #expect(try reply(to: 50, forget: 2) == reply(to: 70, forget: 2))
        // A key may happen to shape it no otherwise than another.
        let remembered = try [50, 60, 70, 80].map { try reply(to: $0, forget: 20) }
        #expect(remembered.contains { $0 != remembered[0] })
    }

    /// What holds the notes that come is no memory.
    @Test func aPedalThatIsDownOutlastsForgetting() {
        let rig = Self.rig {
            $0[.auto] = 0
            $0[.forget] = 2
        }
        rig.play(
            [
                rig.pedal(100, down: true), rig.on(200, 60), rig.off(300, 60), rig.on(5000, 62), rig.off(5100, 62),
            ], until: rig.frame(milliseconds: 5400))
        let end = Int16(128 + 62)
        #expect(!rig.recorder.tokens.contains { $0[1] == end })
        rig.play([rig.pedal(5500, down: false)], until: rig.frame(milliseconds: 6000))
        #expect(rig.recorder.tokens.contains { $0[1] == end })
        #expect(RandomProgramTests.faultInTokens(rig) == nil)
    }

    /// It was primed with what was forgotten before it came.
    @Test func aNewMindHasNotHeardWhatIsForgotten() throws {
        func reply(primed: Bool) throws -> [TimedMessage] {
            let rig = Self.rig { $0[.auto] = 0 }
            rig.play(
                [rig.on(100, 60), rig.off(400, 60), rig.on(500, 64), rig.off(700, 64)],
                until: rig.frame(milliseconds: 900))
            let heard = rig.recorder.heard
            let mind = TinyModel.mind(TinyModel.performance)
            if primed { mind.prime(with: heard, sampleRate: rig.sampleRate) }
            try rig.performer.command(.reset)
            rig.cycle(256)
            try rig.adopt(mind, heard: heard.last!.number + 1)
            rig.cycle(256)
            try rig.performer.command(.takeover)
            rig.play(until: rig.frame(milliseconds: 4000))
            return rig.machine()
        }
        let fresh = try reply(primed: false)
        #expect(try !fresh.isEmpty && reply(primed: true) == fresh)
    }

    @Test func theSeedChoosesTheReplyAndNothingElseDoes() {
        func reply(seed: Float, cycle: Int) -> [TimedMessage] {
            let rig = Self.rig { $0[.seed] = seed }
            rig.play(Self.call(rig), until: rig.frame(milliseconds: 5000), cycle: cycle)
            return rig.machine()
        }
        let first = reply(seed: 1, cycle: 256)
        #expect(first == reply(seed: 1, cycle: 64))
        #expect(first != reply(seed: 2, cycle: 256))
    }

    @Test func aParameterActsBeyondTheLeadAndNotBefore() throws {
        func reply(change: Bool) throws -> [TimedMessage] {
            let rig = Self.rig { $0[.shortest] = 5 }
            rig.play(Self.call(rig), until: rig.frame(milliseconds: 2000) / 256 * 256)
            if change { try rig.performer.set(.temperatureKey, to: 0.05) }
            rig.play(until: rig.frame(milliseconds: 4000))
            return rig.machine()
        }
        let (plain, changed) = (try reply(change: false), try reply(change: true))
        #expect(plain != changed)
        // Stamped with the cycle's first frame; 10 ms later the plan is another.
        let settled = Int64(2000 * 48) / 256 * 256 + 480
        #expect(plain.filter { $0.frame <= settled } == changed.filter { $0.frame <= settled })
    }

    /// A fader sends hundreds of values a second: what the last one replaces in the same cycle is not planned, in the middle of a
    /// reply or while the player is waited for, whose long rest would be several steps.
    @Test(arguments: [2000, 900]) func manyChangesInACycleTakeAsManyStepsAsOne(milliseconds: Int64) throws {
        func reply(_ values: [Float]) throws -> (steps: Int, output: [TimedMessage]) {
            let rig = Self.rig {
                $0[.shortest] = 5
                $0[.patience] = milliseconds == 2000 ? 600 : 5000
            }
            rig.play(Self.call(rig), until: rig.frame(milliseconds: milliseconds) / 256 * 256)
            let before = rig.performer.counters.steps.value
            for value in values { try rig.performer.set(.temperatureKey, to: value) }
            rig.play(until: rig.port.now + 256)
            let steps = rig.performer.counters.steps.value - before
            rig.play(until: rig.frame(milliseconds: 8000))
            return (steps, rig.machine())
        }
        let (one, many) = (try reply([0.5]), try reply((1...40).map { 0.05 * Float($0) } + [0.5]))
        #expect(many == one)
        #expect(one.steps > 2 && !one.output.isEmpty, "\(one.steps) steps")
    }

    /// What a parameter takes back is drawn anew at once or, if the improviser sleeps, after the note that comes next: a token
    /// may hold ends of notes that were struck before.
    @Test(arguments: [TinyModel.performance, TinyModel.dyads, TinyModel.sonority])
    func anImproviserThatSleepsAfterAParameterPlaysTheSame(network: Network) throws {
        func session(_ cycles: Int64, isAwake: Bool) throws -> [TimedMessage] {
            let rig = Rig(network) {
                $0[.channel] = 2
                $0[.yield] = 0
            }
            try rig.performer.command(.takeover)
            rig.play(until: 64 * cycles, cycle: 64)
            try rig.performer.set(.temperatureKey, to: 0.5)
            rig.laziness = { !isAwake }
            rig.cycle(64)
            rig.laziness = { false }
            rig.cycle(64, [rig.on(frame: rig.port.now + 20, 30)])
            rig.play(until: 64 * cycles + 24_000, cycle: 64)
            return rig.output
        }
        for cycles: Int64 in 400..<600 {
            let (awake, asleep) = (try session(cycles, isAwake: true), try session(cycles, isAwake: false))
            #expect(awake == asleep, "in cycle \(cycles)")
        }
    }

    @Test(arguments: [(from: Float(60), to: Float(2)), (from: 2, to: 60)])
    func theLengthOfAReplyCanBeChangedWhileItSounds(from: Float, to: Float) throws {
        let rig = Self.rig {
            $0[.shortest] = 0.5
            $0[.longest] = from
        }
        // Without a call, a reply is as long as it may be.
        try rig.performer.command(.takeover)
        rig.play(until: rig.frame(milliseconds: 1000))
        try rig.performer.set(.longest, to: to)
        rig.play(until: rig.frame(milliseconds: 8000))
        let last = try #require(rig.machine().last { $0.status == 0x91 }).frame
        #expect((last > rig.frame(milliseconds: 2100)) == (to > 2), "\(last)")
    }

    /// Who played along with a reply is answered two cycles later, where those are long: as long as they were then, not
    /// as long as they are when the improviser looks.
    @Test func anImproviserThatWakesLateCountsTheSameCycles() {
        func session(isLate: Bool) -> [TimedMessage] {
            let rig = Self.rig {
                $0[.yield] = 0
                $0[.shortest] = 1
                $0[.longest] = 1
            }
            let along = (0..<40).map { (index: Int64) in rig.on(2000 + 200 * index, UInt8(50 + index % 5)) }
            let hands = Self.call(rig) + along
            while rig.port.now < rig.frame(milliseconds: 12_000) {
                for frames in [16_384, 64, 64] {
                    rig.laziness = { isLate && frames > 64 }
                    rig.play(
                        hands.filter { $0.frame >= rig.port.now }, until: rig.port.now + Int64(frames), cycle: frames)
                }
            }
            #expect(rig.performer.counters.takeovers.value > 1)
            return rig.output
        }
        #expect(session(isLate: false) == session(isLate: true))
    }

    /// What it was primed with, and what it missed since, make it the same mind, but for what the old one had learnt.
    @Test func aNewMindThatHasHeardItAllRepliesAsTheOldOne() throws {
        func reply(adopting: Bool, primed: Bool = true) throws -> [TimedMessage] {
            let rig = Self.rig { $0[.learning] = 0 }
            let call = Self.call(rig)
            rig.play(call.filter { $0.frame < 24_000 }, until: rig.frame(milliseconds: 490), cycle: 48)
            let mind = TinyModel.mind(TinyModel.performance)
            let heard = rig.recorder.heard
            #expect(heard.count == 2)
            if primed { mind.prime(with: heard, sampleRate: rig.sampleRate) }
            rig.play(call.filter { $0.frame >= 24_000 }, until: rig.frame(milliseconds: 900), cycle: 48)
            if adopting { try rig.adopt(mind, heard: heard.last!.number + 1) }
            rig.play(until: rig.frame(milliseconds: 5000))
            return rig.machine()
        }
        let old = try reply(adopting: false)
        #expect(try !old.isEmpty && reply(adopting: true) == old)
        #expect(try reply(adopting: true, primed: false) != old)
    }
}
