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

    @Test(arguments: [1, 2, 3, 4, 5]) func lateEventsReplayAsTheyWere(seed: UInt64) throws {
        let rig = StageTests.replying {
            ($0[.yield], $0[.shortest]) = (0, 60)
            // Many notes.
            ($0[.temperatureTime], $0[.minNote]) = (0.1, 10)
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
        let replay = try Self.replay(rig)
        #expect(replay.isSame && replay.output == rig.output, "\(replay)")
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
        let replay = try Self.replay(rig)
        #expect(replay.isSame && replay.output == rig.output && replay.lapses > 0, "\(replay)")
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
        let replay = try Self.replay(rig)
        #expect(replay.isSame && replay.output == rig.output && replay.lapses > 0, "\(replay)")
    }

    @Test func aCommandThatCannotBeToldReplaysAsItWas() throws {
        let rig = FullRingTests.standingStill()
        FullRingTests.flood(rig, records: 16_380)
        try rig.performer.command(.yield)
        rig.play(until: rig.port.now + 1024)
        rig.laziness = { false }
        rig.play(until: rig.port.now + 48_000)
        let replay = try Self.replay(rig)
        #expect(replay.isSame && replay.output == rig.output && replay.lapses > 0, "\(replay)")
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
        let replay = try Self.replay(rig)
        #expect(replay.isSame && replay.output == rig.output, "\(replay)")
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
        var values = tape.header.values
        values[.seed] = 99
        #expect(try !Replay(tape, .own, values: values, kernels: kernels) { TinyModel.network($0) }.isSame)
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
        #expect(errors < 1200)
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

    @Test func aHeaderThatCannotBeIsAnError() {
        func error(_ text: String) -> TapeError? {
            do {
                _ = try Tape(Array(text.utf8), from: "x.tape")
                return nil
            } catch { return error }
        }
        #expect(error("") == .notATape("x.tape"))
        #expect(error("MThd") == .notATape("x.tape"))
        #expect(error("continuo tape 2\n\n") == .newer("continuo tape 2"))
        #expect(error("continuo tape 1\nrate = 0\n\n") == .header("rate = 0"))
        #expect(error("continuo tape 1\nrate = 48000\npatience = -1\n\n") == .header("patience = -1"))
        #expect(error("continuo tape 1\n\n") == .header("no rate"))
        #expect(error("continuo tape 1\nrate = 48000\nlater = 1\n\n") == nil)
    }
}
