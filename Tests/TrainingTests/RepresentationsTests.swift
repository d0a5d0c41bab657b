import Foundation
import Kernels
import Network
import Representation
import Score
import TestSupport
import Testing
import Training

/// A representation that training has never heard of, but for one line that registers it, is learnt, evaluated and exported
/// as `performance` is.
@Suite(.serialized) struct RepresentationsTests {
    private struct Index: Decodable {
        struct Field: Decodable {
            let name: String
            let classes: Int
        }
        struct Piece: Decodable {
            let name: String
            let tokens: Int
            let notes: Int
        }
        let representation: String
        let fields: [Field]
        let pieces: [Piece]
    }

    private static func recipe(_ type: any Representation.Type, _ more: String = "") -> String {
        tinyRecipe.replacing("\"performance\"", with: "\"\(type.name)\"") + more
    }

    private func options(_ output: String, _ folder: String) -> Training.Options {
        var options = Training.Options(output: folder + "/" + output)
        options.data = [folder + "/music"]
        options.cache = folder + "/cache"
        return options
    }

    private func learnt<R: Representation>(_: R.Type) throws {
        Representations.register(R.self)
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/music", withIntermediateDirectories: false)
        try writeMaestro(folder.path + "/music")
        let recall = "\n[recall]\nwidth = 16\nlength = 64\npieces = 3\nrate = 0.02\n"
        let recipe = try folder.write(Self.recipe(R.self, recall), "tiny.toml")
        let outcome = try #require(try Training.run(recipePath: recipe, options("run", folder.path)))
        #expect(outcome.fields == R.fields.map(\.name))
        // A scale.
        #expect(outcome.trainingKeys(0).prefix(4) == [48, 50, 52, 53] && outcome.trainingKeys(0).count == 20)

        // With a recall of all that the representation wants remembered, whatever validation chose.
        let model = try Model.load(outcome.model).weights
        let shape = Configuration.Recall(
            field: R.recalled.field, classes: R.recalled.classes, width: 16, length: 64)
        let kernels = try KernelTable.best()
        let fit = RecallFit(shape: shape, pieces: 3, rate: 0.02, seed: 1)
        let recalling = try #require(
            fit.run(R.self, model.withoutRecall, outcome.training, Workers(1), kernels) { _, _ in true })
        let file = folder.path + "/recalling.safetensors"
        try Model.save(recalling, notes: [:], to: file)
        let loaded = try Model.load(file).weights
        #expect(loaded.layout.configuration.recall == shape)

        let evaluation = try Evaluation.run(loaded, on: [folder.path + "/music"])
        #expect(evaluation.fields.map(\.name) == R.fields.map(\.name))
        #expect(evaluation.pieces == 2 && evaluation.notes == 23 + 24 && evaluation.nats.isFinite)
        #expect(evaluation.performanceRNNEvents == nil, "no figure of a vocabulary that it has not")
        #expect(!Evaluation.Report(evaluation).table.contains("388"))

        _ = try TokenExport.write(recipePath: recipe, options("tokens", folder.path))
        let index = try JSONDecoder().decode(
            Index.self, from: Data(contentsOf: URL(fileURLWithPath: folder.path + "/tokens/tokens.json")))
        #expect(index.representation == R.name && index.fields.map(\.classes) == R.fields.map(\.classes))
        #expect(index.pieces.map(\.notes) == [20, 21, 22, 23])
        let words = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/tokens/pieces.tokens")).withUnsafeBytes {
            Array($0.bindMemory(to: SIMD4<Int16>.self))
        }
        let first = folder.path + "/music/a, b.midi"
        let tokens = R.encode(try MIDIFile(path: first).playedEvents())
        #expect(Array(words[5..<5 + index.pieces[0].tokens]) == tokens)
    }

    @Test func oneOfTestsIsLearnt() throws { try learnt(Dyads.self) }

    /// A stream by itself is learnt and evaluated.
    @Test func aStreamIsLearnt() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/music", withIntermediateDirectories: false)
        try writeMaestro(folder.path + "/music")
        let recipe = try folder.write(Self.recipe(SonorityStream<DurationStream>.self), "tiny.toml")
        let outcome = try #require(try Training.run(recipePath: recipe, options("run", folder.path)))
        let evaluation = try Evaluation.run(Model.load(outcome.model).weights, on: [folder.path + "/music"])
        #expect(evaluation.fields.map(\.name) == ["duration"] && evaluation.notes == evaluation.tokens)
    }

    @Test func chordsAreLearnt() throws { try learnt(Sonority.self) }

    /// 641 classes in a field, 512 of them recalled.
    @Test func aFieldMayHaveAnyNumberOfClasses() throws { try learnt(Wide.self) }

    /// Gradients of masks beyond the first words: what is learnt is what is there.
    @Test func aWideFieldIsLearntByHeart() throws {
        var corpus = Corpus()
        let events = (0..<40 as Range<Int64>).flatMap { i in
            [
                PlayedEvent(
                    time: i * 200_000_000, kind: .noteOn, channel: 0, key: UInt8(60 + 7 * (i % 9)), value: 100),
                PlayedEvent(
                    time: i * 200_000_000 + 150_000_000, kind: .noteOff, channel: 0, key: UInt8(60 + 7 * (i % 9)),
                    value: 0),
            ]
        }
        corpus.append(name: "a", Wide.encode(events))
        let layout = ParameterLayout(
            Configuration(
                representation: Wide.name, fields: Wide.fields.map { Field($0.name, classes: $0.classes) },
                embedding: 16, hidden: 32, layers: 1, headWidth: 16))
        let learner = Learner<Wide>(
            layout: layout, initial: Weights.initial(layout, seed: 1, embeddingDeviation: 1).values, corpus: corpus,
            augmentation: Augmentation(), settings: .init(streams: 2, steps: 40), workers: Workers(1),
            kernels: try KernelTable.best())
        let first = learner.update(rate: 0.01).tally.nats.reduce(0, +)
        for _ in 0..<150 { _ = learner.update(rate: 0.01) }
        #expect(learner.update(rate: 0.01).tally.nats.reduce(0, +) < first / 10)
    }

    /// The representation says which files it reads.
    @Test func filesOfItsOwnAreRead() throws {
        Representations.register(Dyads.self)
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/music", withIntermediateDirectories: false)
        for name in ["a", "b", "c"] {
            let lines = (0..<30).map { "17 \(60 + $0 % 5) \($0 % 2 * 4) 3" }
            let text = (["0 \(name == "a" ? 50 : 40) 0 3"] + lines).joined(separator: "\n")
            _ = try folder.write(text, "music/\(name).dyads")
        }
        let recipe = try folder.write(Self.recipe(Dyads.self), "tiny.toml")
        let outcome = try #require(try Training.run(recipePath: recipe, options("run", folder.path)))
        #expect(outcome.training.pieces.count == 2 && outcome.held.pieces.count == 1)
        let weights = try Model.load(outcome.model).weights
        #expect(try Evaluation.run(weights, on: [folder.path + "/music"]).pieces == 3)
        // `performance` does not.
        let other = try folder.write(tinyRecipe, "other.toml")
        let error = #expect(throws: TrainingError.self) {
            _ = try Training.run(recipePath: other, options("other", folder.path))
        }
        #expect("\(error!)".contains("no MIDI file"))
    }

    @Test func anUnknownOneIsRefusedByName() throws {
        let folder = try TemporaryFolder()
        let recipe = try folder.write(tinyRecipe.replacing("\"performance\"", with: "\"tablature\""), "tiny.toml")
        let error = #expect(throws: TrainingError.self) {
            _ = try Training.run(recipePath: recipe, options("run", folder.path))
        }
        #expect("\(error!)".contains("tablature") && "\(error!)".contains("performance"))
    }

    /// A name is known once.
    @Test func whatIsRegisteredStays() {
        Representations.register(Dyads.self)
        Representations.register(Dyads.self)
        #expect(Representations.names.count { $0 == Dyads.name } == 1)
        #expect(Representations.named(Dyads.name) == Dyads.self && Representations.named("") == nil)
        #expect(Representations.names.first == Performance.name)
    }
}
