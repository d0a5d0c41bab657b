import Files
import Foundation
import Score
import TestSupport
import Testing
import Training

@Suite struct CheckpointTests {
    @Test func aFileHoldsAll() throws {
        let folder = try TemporaryFolder()
        let learner = try tinyLearner()
        for _ in 0..<3 { _ = learner.update(rate: 1e-2) }
        let checkpoint = learner.checkpoint(recipe: "früh")
        try checkpoint.write("\(folder.path)/c")
        #expect(try Checkpoint(path: "\(folder.path)/c") == checkpoint)
        #expect(checkpoint.updates == 3)
        #expect(checkpoint.states.contains { $0 != 0 })
    }

    @Test(arguments: [false, true]) func trainingGoesOnBitForBit(sequences: Bool) throws {
        let whole = try tinyLearner(sequences: sequences)
        for _ in 0..<10 { _ = whole.update(rate: 1e-2) }
        let first = try tinyLearner(sequences: sequences)
        for _ in 0..<4 { _ = first.update(rate: 1e-2) }
        let second = try tinyLearner(sequences: sequences)
        try second.restore(first.checkpoint(recipe: ""), path: "c")
        for _ in 0..<6 { _ = second.update(rate: 1e-2) }
        #expect(second.checkpoint(recipe: "") == whole.checkpoint(recipe: ""))
    }

    @Test func damagedFilesAreRefused() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/c"
        let learner = try tinyLearner()
        try learner.checkpoint(recipe: "recipe").write(path)
        let bytes = try readFile(path, limit: 1 << 30)
        func refused(_ bytes: [UInt8]) throws {
            try writeAtomically(bytes, to: path)
            let error = #expect(throws: TrainingError.self) { try Checkpoint(path: path) }
            #expect(try #require(error).description.hasPrefix("checkpoint \(path): byte "))
        }
        for length in [0, 7, 8, 20, 30, 100, bytes.count / 2, bytes.count - 1] { try refused(Array(bytes[..<length])) }
        try refused(bytes + [0])
        // The magic number and every count, made huge and negative.
        for offset in [0, 8, 8 + 8 + 6 + 8 + 8, bytes.count / 2, bytes.count - 8] {
            for value: UInt8 in [0x7f, 0xff] {
                var damaged = bytes
                for i in offset..<offset + 8 { damaged[i] = value }
                try refused(damaged)
            }
        }
        #expect(throws: FileError.self) { try Checkpoint(path: path + "-lost") }
    }

    @Test func checkpointsOfOtherTrainingsAreRefused() throws {
        let learner = try tinyLearner()
        let own = learner.checkpoint(recipe: "")
        func refused(_ change: (inout Checkpoint) -> Void) {
            var checkpoint = own
            change(&checkpoint)
            #expect(throws: TrainingError.self) { try learner.restore(checkpoint, path: "c") }
        }
        refused { $0.weights.removeLast() }
        refused { $0.secondMoment.append(0) }
        refused { $0.states.removeLast() }
        refused { $0.positions = [] }
        refused { $0.positions.append(0) }
        refused { $0.positions[2] = .max }
        refused { $0.positions[0] = -1 }
        refused { $0.averaged = $0.weights }
        refused { $0.best.weights = [0] }
        _ = learner.update(rate: 1e-2)
        let later = learner.checkpoint(recipe: "")
        for i in later.positions.indices {
            var checkpoint = later
            checkpoint.positions[i] = 1 << 40
            // Only the number of the epoch may be large.
            if i > 0 { #expect(throws: TrainingError.self) { try learner.restore(checkpoint, path: "c") } }
        }
    }
}
