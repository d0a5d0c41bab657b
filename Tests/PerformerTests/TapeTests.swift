import Performer
import Ports
import Representation
import Session
import TestSupport
import Testing

/// Tapes of what random programs do not do: an improviser that comes too late, fails, or misses something.
@Suite struct TapeTests {
    private static func replay(_ rig: Rig, _ whose: ReplayedPlan = .taped) throws -> Replay {
        try Replay(Tape(rig.tapeFile, from: "a test"), whose, kernels: kernels) { TinyModel.network($0) }
    }

    @discardableResult private static func replaySame(_ rig: Rig) throws -> Replay {
        let replay = try replay(rig)
        #expect(replay.isSame && replay.output == rig.output, "\(replay)")
        return replay
    }

    /// Learning makes this music so dense that the plan is as long as it may be.
    @Test(arguments: [1, 2, 3, 4, 5], [0, 1]) func lateEventsReplayAsTheyWere(seed: UInt64, learning: Float) throws {
        let rig = StageTests.replying {
            ($0[.yield], $0[.shortest], $0[.learning]) = (0, 60, learning)
            // Many notes.
            ($0[.topPTime], $0[.minNote]) = (0.1, 10)
        }
        var dice = Dice(seed: seed)
        for round in 0..<20 {
            // What is played along has all planned anew, by an improviser that sleeps.
            rig.laziness = { true }
            let now = rig.port.now
            let along = [rig.on(frame: now + 9, 100), rig.off(frame: now + 99, 100)]
            rig.play(along, until: now + rig.frame(milliseconds: .random(in: 20...185, using: &dice)))
            if round % 5 == 3 { try rig.performer.set(.temperatureKey, to: Float(round) / 10) }
            if round % 7 == 6 { try rig.performer.command(.yield) }
            rig.laziness = { false }
            if round % 7 == 6 { try rig.performer.command(.takeover) }
            rig.play(until: rig.port.now + rig.frame(milliseconds: 300))
        }
        #expect(rig.performer.stageCounters.late.value > 0)
        try Self.replaySame(rig)
        // By a plan that is in time something else sounds.
        #expect(try !Self.replay(rig, .own).isSame)
    }

    @Test func aSilencedMachineReplaysAsItWas() throws {
        let rig = StageTests.replying()
        rig.laziness = { true }
        rig.play(until: rig.port.now + 48_000)
        rig.laziness = { false }
        rig.play([rig.on(frame: rig.port.now + 99, 60)], until: rig.port.now + 96_000)
        #expect(rig.performer.stageCounters.silenced.value > 0)
        #expect(try Self.replaySame(rig).lapses > 0)
    }

    @Test func lostRecordsReplayAsTheyWere() throws {
        let rig = FullRingTests.standingStill()
        FullRingTests.flood(rig, records: 20_000)
        // Neither is there room for what control sends, until the improviser is back.
        try rig.performer.set(.auto, to: 0)
        try rig.performer.command(.yield)
        rig.play(until: rig.port.now + 1024)
        rig.laziness = { false }
        rig.play([rig.on(frame: rig.port.now + 2000, 60)], until: rig.port.now + 4800)
        try rig.performer.command(.takeover)
        rig.play(until: rig.port.now + 96_000)
        #expect(rig.performer.stageCounters.lost.value > 0)
        #expect(try Self.replaySame(rig).lapses > 0)
    }

    @Test func aCommandThatCannotBeToldReplaysAsItWas() throws {
        let rig = FullRingTests.standingStill()
        FullRingTests.flood(rig, records: 16_380)
        try rig.performer.command(.yield)
        rig.play(until: rig.port.now + 1024)
        rig.laziness = { false }
        rig.play(until: rig.port.now + 48_000)
        #expect(try Self.replaySame(rig).lapses > 0)
    }

    /// Who does not read the tape in time has a tape that ends there.
    @Test func aTapeThatIsReadTooLateHasAGap() throws {
        let rig = FullRingTests.standingStill()
        FullRingTests.flood(rig, records: 70_000)
        rig.laziness = { false }
        rig.play(until: rig.port.now + 4800)
        let replay = try Self.replay(rig)
        #expect(replay.ending == .gap)
    }

    @Test func aFullOutputReplaysAsItWas() throws {
        let rig = Rig(TinyModel.performance, room: 3) { $0[.patience] = 300 }
        for round in 0..<6 {
            let now = rig.port.now
            rig.cycle(256, (0..<9).map { rig.on(frame: now + $0, UInt8(50 + $0)) })
            rig.play(until: now + Int64(round) * 20_000)
            rig.cycle(256, (0..<9).map { rig.off(frame: rig.port.now, UInt8(50 + $0)) })
            rig.play(until: rig.port.now + 30_000)
        }
        #expect(rig.performer.stageCounters.overflows.value > 0)
        try Self.replaySame(rig)
    }

    /// What is told is not always "the same".
    @Test func whatDiffersIsSaid() throws {
        let rig = StageTests.replying()
        rig.play(until: rig.port.now + 96_000)
        let tape = try Tape(rig.tapeFile, from: "a test")
        let other = try Replay(tape, .taped, kernels: kernels) { _ in TinyModel.dyads }
        #expect(!other.isSame && other.unplanned != nil && other.differing == 0)
        let own = try Replay(tape, .own, kernels: kernels) { _ in TinyModel.dyads }
        #expect(!own.isSame && own.differing > 0 && own.first != nil)
        let seeded = try Replay(tape, .own, overrides: [.seed: 99], kernels: kernels) { TinyModel.network($0) }
        #expect(!seeded.isSame)
    }

    /// A file that was cut off anywhere is whole up to its last cycle; damage is an error or another tape, never a crash.
    @Test func aDamagedTapeIsAnError() throws {
        let rig = StageTests.replying()
        let file = rig.tapeFile
        var (cycles, errors) = (0, 0)
        var whole = try Tape(file, from: "a test")
        while try whole.next() != nil { cycles += 1 }
        #expect(whole.ending == .end && cycles > 100)
        for length in 0..<file.count {
            do {
                var tape = try Tape(Array(file[..<length]), from: "a test")
                var count = 0
                while try tape.next() != nil { count += 1 }
                #expect(count <= cycles)
            } catch { errors += 1 }
        }
        // Within the header only.
        #expect(try errors <= #require(file.firstRange(of: Array("\n\n".utf8))).upperBound)
        var dice = Dice(seed: 5)
        for _ in 0..<3000 {
            var bytes = file
            for _ in 0..<Int.random(in: 1...3, using: &dice) {
                bytes[Int.random(in: 0..<bytes.count, using: &dice)] = .random(in: 0...255, using: &dice)
            }
            guard var tape = try? Tape(bytes, from: "a test") else { continue }
            var left = 100_000
            while left > 0, (try? tape.next()) ?? nil != nil { left -= 1 }
        }
    }

    /// What overrides a parameter holds although the tape sets it, and all others are set as they were.
    @Test func anOverrideHoldsForTheWholeTape() throws {
        func tape(_ seed: Float) throws -> Rig {
            let rig = StageTests.replying { $0[.yield] = 0 }
            try rig.performer.set(.temperatureKey, to: 2)
            try rig.performer.set(.seed, to: seed)
            rig.play(until: rig.port.now + 96_000)
            return rig
        }
        let (first, second) = (try tape(7), try tape(8))
        #expect(first.output != second.output)
        let replay = try Replay(Tape(first.tapeFile, from: "a test"), .own, overrides: [.seed: 8], kernels: kernels) {
            TinyModel.network($0)
        }
        #expect(replay.output.suffix(20) != first.output.suffix(20))
        let other = try Replay(
            Tape(first.tapeFile, from: "a test"), .own, overrides: [.temperatureKey: 2, .seed: 8], kernels: kernels
        ) { TinyModel.network($0) }
        let same = try Replay(
            Tape(second.tapeFile, from: "a test"), .own, overrides: [.temperatureKey: 2, .seed: 8], kernels: kernels
        ) { TinyModel.network($0) }
        #expect(other.output == same.output && !other.output.isEmpty)
    }

    /// A tape from a stranger is played without harm: it is an error, or plays something.
    @Test func aDamagedTapeCanBePlayed() throws {
        let rig = StageTests.replying()
        try rig.performer.set(.temperatureKey, to: 1.2)
        rig.play([rig.on(frame: rig.port.now + 99, 60)], until: rig.port.now + 20_000)
        try rig.performer.command(.panic)
        rig.play(until: rig.port.now + 4800)
        let file = rig.tapeFile
        let body = file.count - rig.tapeBody.count
        var dice = Dice(seed: 6)
        var played = 0
        for _ in 0..<400 {
            var bytes = file
            for _ in 0..<Int.random(in: 1...3, using: &dice) {
                bytes[Int.random(in: body..<bytes.count, using: &dice)] = .random(in: 0...255, using: &dice)
            }
            let whose: ReplayedPlan = Bool.random(using: &dice) ? .taped : .own
            let replay = try? Replay(Tape(bytes, from: "a test"), whose, kernels: kernels) { _ in TinyModel.performance
            }
            if replay != nil { played += 1 }
        }
        #expect(0..<400 ~= played && played > 10)
    }

    /// The header says which parameter an index means: in another version the table is another.
    @Test func aParameterIsTheOneOfTheHeader() throws {
        let head = Array(
            "\(TapeHeader.firstLine)\nrate = 48000\nset thru = 1\nset later = 5\nset patience = 600\n\n".utf8)
        func control(_ index: Int32) throws -> [TapeItem]? {
            var encoder = TapeEncoder()
            encoder.append(.cycle(start: 0, frames: 64, room: 8))
            encoder.append(.parameter(index, 800))
            var tape = try Tape(head + encoder.bytes, from: "a test")
            return try tape.next()?.control
        }
        #expect(try control(2) == [.parameter(Int32(Parameter.patience.rawValue), 800)])
        #expect(try control(1) == [])
        #expect(throws: TapeError.self) { try control(0) }
        #expect(throws: TapeError.self) { try control(3) }
    }

    /// Numbers at the ends of their range.
    @Test func extremeNumbersAreErrors() throws {
        let head = Array("\(TapeHeader.firstLine)\nrate = 48000\n\n".utf8)
        let most: [UInt8] = Array(repeating: 0xFF, count: 9) + [0x01]
        let cycle: [UInt8] = [1, 0, 64, 8]
        for items in [
            cycle + [11, 1, 60, 60, 0] + most, cycle + [12] + most, cycle + [7, 0] + most, cycle + [0] + most,
            [1] + most + [64, 8], [1, 0] + most + [8], [1, 0, 64] + most, cycle + [5] + most + [0],
            cycle + [4, 0, 3, 0x90, 200, 0],
        ] {
            #expect(throws: TapeError.self, "\(items)") {
                var tape = try Tape(head + items, from: "a test")
                while try tape.next() != nil {}
            }
        }
    }

    @Test func aHeaderThatCannotBeIsAnError() {
        func error(_ text: String) -> TapeError? {
            do {
                _ = try Tape(Array(text.utf8), from: "x.tape")
                return nil
            } catch { return error }
        }
        #expect(error("") == .notATape("x.tape"))
        #expect(error("MThd") == .notATape("x.tape"))
        #expect(error("continuo tape 1\n\n") == .otherVersion("continuo tape 1"))
        #expect(error("\(TapeHeader.firstLine)\nrate = 0\n\n") == .header("rate = 0"))
        #expect(error("\(TapeHeader.firstLine)\nrate = 48000\nset patience = -1\n\n") == .header("set patience = -1"))
        #expect(error("\(TapeHeader.firstLine)\n\n") == .header("no rate"))
        #expect(error("\(TapeHeader.firstLine)\nrate = 48000\nlater = 1\n\n") == nil)
    }
}
