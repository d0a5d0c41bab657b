import Foundation
import Kernels
import Network
import Representation
import Score
import Testing
import Training

@Suite struct EvaluationTests {
    private let weights = Weights.initial(performanceLayout(), seed: 3, embeddingDeviation: 0.5)

    /// The trainer's arithmetic and the instrument's one-token steps are two programs; they must agree, from the first
    /// token on, which is predicted from the opening state.
    @Test func nothingButOneTokenSteps() throws {
        let folder = try TemporaryFolder()
        try writeMaestro(folder.path)
        let files = ["c.midi", "f.midi", "a, b.midi"].map { "\(folder.path)/\($0)" }
        let result = try Evaluation.run(weights, on: files)
        let network = Network(weights, kernels: try .best())
        var nats = [0.0, 0.0, 0.0]
        var hits = [0, 0, 0]
        for file in files {
            let memory = NetworkMemory(network)
            var tracker = Performance()
            for token in Performance.encode(try MIDIFile(path: file).playedEvents()) {
                for k in 0..<3 where token[k] >= 0 {
                    network.logits(k, given: token, state: memory.state, scratch: memory.scratch, into: memory.logits)
                    let mask = tracker.mask(k, given: token, within: .corpus)
                    let legal = (0..<Performance.fields[k].classes).filter(mask.contains)
                    let total = legal.reduce(0) { $0 + exp(Double(memory.logits[$1])) }
                    nats[k] += log(total) - Double(memory.logits[Int(token[k])])
                    if legal.allSatisfy({ memory.logits[$0] <= memory.logits[Int(token[k])] }) { hits[k] += 1 }
                }
                tracker.emit(token) { _ in }
                network.step(memory.state, token, scratch: memory.scratch)
            }
        }
        #expect(result.pieces == 3 && result.notes == 21 + 24 + 20)
        for (field, (nats, hits)) in zip(result.fields, zip(nats, hits)) {
            #expect(abs(field.nats - nats) < 1e-4 * nats)
            #expect(field.hits == hits)
        }
        #expect(result.fields.map(\.count) == [result.tokens, result.tokens, result.notes])
    }

    /// 20 notes of one velocity: 40 note events, 39 shifts, one velocity.
    @Test func countsEventsOfTheLiterature() throws {
        let folder = try TemporaryFolder()
        try writeScale(from: 60, notes: 20, to: "\(folder.path)/a.mid")
        #expect(try Evaluation.run(weights, on: [folder.path]).performanceRNNEvents == 40 + 39 + 1)
    }

    @Test func filesOfFoldersAndSplits() throws {
        let folder = try TemporaryFolder()
        let maestro = folder.path + "/maestro"
        let other = folder.path + "/other"
        try FileManager.default.createDirectory(atPath: other + "/x", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: maestro, withIntermediateDirectories: true)
        try writeMaestro(maestro)
        for name in ["b.MID", "x/a.midi", "notes.txt"] {
            try "".write(toFile: "\(other)/\(name)", atomically: false, encoding: .utf8)
        }
        #expect(
            try Corpus.files([maestro, other], split: .validation)
                == [maestro + "/e.midi", maestro + "/f.midi", other + "/b.MID", other + "/x/a.midi"])
        #expect(try Corpus.files([maestro], split: .train).first == maestro + "/a, b.midi")
        #expect(throws: TrainingError.self) { try Corpus.files([maestro], split: .test) }
        #expect(throws: TrainingError.self) { try Corpus.files([folder.path + "/lost"], split: .train) }
    }

    @Test func unreadableFilesAreNamedAndLeftOut() throws {
        let folder = try TemporaryFolder()
        try writeScale(from: 60, notes: 9, to: "\(folder.path)/b.mid")
        let broken = try folder.write("no music", "a.mid")
        let result = try Evaluation.run(weights, on: [folder.path])
        #expect(result.pieces == 1 && result.notes == 9)
        #expect(result.skipped.map(\.path) == [broken])
        #expect("\(result.skipped[0])".contains("a.mid: byte 0"))
        #expect(throws: TrainingError.self) { try Evaluation.run(weights, on: [broken]) }
    }

    @Test func strangeRepresentationsAreRefused() {
        let strange = Weights.initial(
            ParameterLayout(Configuration(representation: "performance", fields: [Field("x", classes: 3)], hidden: 16)),
            seed: 1, embeddingDeviation: 1)
        #expect(throws: TrainingError.self) { try Evaluation.run(strange, on: ["x"]) }
    }
}
