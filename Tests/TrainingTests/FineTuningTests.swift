import Foundation
import Network
import TestSupport
import Testing
import Training

/// Trainings that begin from a model, and those that end when they get no better.
@Suite(.serialized) final class FineTuningTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try writeMaestro(folder.path)
    }

    /// - Parameter name: of the output folder.
    private func train(
        _ name: String, _ settings: [String] = [], data: String? = nil, resume: Bool = false, named: Bool = false
    ) throws -> Model {
        var options = Training.Options(output: "\(folder.path)/\(name)")
        options.data = [data ?? folder.path]
        options.cache = folder.path + "/cache"
        options.settings = settings
        options.resume = resume
        let recipe = try folder.write(tinyRecipe, "tiny.toml")
        _ = try Training.run(recipePath: resume && !named ? nil : recipe, options)
        return try Model.load("\(folder.path)/\(name)/model.safetensors")
    }

    private func from(_ name: String) -> String { "from.model=\(folder.path)/\(name)/model.safetensors" }

    /// A model that this training did not make.
    private func save(
        _ layout: ParameterLayout, _ name: String, notes: [String: String] = [:]
    ) throws -> Weights {
        let weights = Weights.initial(layout, seed: 4, embeddingDeviation: 0.5)
        try FileManager.default.createDirectory(atPath: "\(folder.path)/\(name)", withIntermediateDirectories: true)
        try Model.save(weights, notes: notes, to: "\(folder.path)/\(name)/model.safetensors")
        return try Model.load("\(folder.path)/\(name)/model.safetensors").weights
    }

    @Test func itBeginsFromTheModelAndHandsOnItsLicence() throws {
        let notes = ["licence": "only for friends", "training_data": "my piano"]
        let base = try save(performanceLayout(hidden: 48), "base", notes: notes)
        // The recipe says 32. A rate so small that half precision forgets it.
        let model = try train("on", [from("base"), "optimiser.rate=1e-9"])
        #expect(model.weights.layout == base.layout)
        let distance = zip(model.weights.values, base.values).map { abs($0 - $1) }.max()!
        #expect(distance < 1e-3)
        #expect(model.notes["licence"]?.contains("only for friends") == true)
        #expect(model.notes["training_data"]?.contains("begun from a model of: my piano") == true)
        let resumed = try train("on", ["training.tokens=960"], resume: true)
        #expect(resumed.notes["licence"] == model.notes["licence"])
    }

    /// The recall is learnt in the end, by the training or by a later one of no tokens, and handed on to what begins from it.
    @Test func aRecallIsLearntInTheEnd() throws {
        let base = try save(performanceLayout(), "base")
        let recall = ["recall.width=16", "recall.length=64", "recall.pieces=9", "recall.rate=0.02"]
        let model = try train("recalling", [from("base"), "training.tokens=0"] + recall)
        #expect(model.weights.withoutRecall.values == base.values)
        let shape = Configuration.Recall(field: 1, classes: 128, width: 16, length: 64)
        #expect(model.weights.layout.configuration.recall == shape)
        func nats(_ name: String) throws -> Double {
            let weights = try Model.load("\(folder.path)/\(name)/model.safetensors").weights
            return try Evaluation.run(weights, on: [folder.path]).natsPerNote
        }
        #expect(try nats("recalling") < nats("base") - 0.2)

        let plain = try train("plain", [from("base")])
        let on = try train("on", [from("recalling"), "recall.pieces=9", "recall.rate=0.02"])
        #expect(on.weights.layout.configuration.recall == shape)
        #expect(on.weights.withoutRecall.values == plain.weights.values)
        let resumed = try train("on", ["recall.pieces=9", "recall.rate=0.02"], resume: true, named: true)
        #expect(resumed.weights.values == on.weights.values)
        // One that helps nobody is left out.
        let bad = try train(
            "bad", [from("plain"), "training.tokens=0", "recall.width=16", "recall.pieces=1", "recall.rate=1"])
        #expect(try bad.weights.layout.configuration.recall == nil || nats("bad") < nats("plain"))
        let error = #expect(throws: TrainingError.self) { try train("none", ["training.tokens=0"] + recall) }
        #expect(try #require(error).description.contains("--from"))
    }

    /// A recall that was learnt from much music is not given away for one of a file that nothing can judge; where it can be
    /// judged, what it becomes by learning on must be better than it is.
    @Test func aRecallIsHandedOn() throws {
        let base = try save(performanceLayout(), "base")
        let recall = ["recall.width=16", "recall.length=64", "recall.pieces=9", "recall.rate=0.02"]
        let first = try train("recalling", [from("base"), "training.tokens=0"] + recall)
        let shape = try #require(first.weights.layout.configuration.recall)
        let alone = folder.path + "/alone"
        try FileManager.default.createDirectory(atPath: alone, withIntermediateDirectories: false)
        try writeScale(from: 50, notes: 40, to: alone + "/only.mid")
        let unjudged = try train("unjudged", [from("recalling"), "training.tokens=0"], data: alone)
        #expect(unjudged.weights.values == first.weights.values)
        // Learning that leads nowhere, from where the first has come to.
        let same = try train("same", [from("recalling"), "training.tokens=0", "recall.pieces=9", "recall.rate=0"])
        let pairs = try zip(#require(same.weights.recall(of: shape)), #require(first.weights.recall(of: shape)))
        #expect(pairs.allSatisfy { abs($0 - $1) <= 1e-2 * abs($1) })
        #expect(same.notes["tokens_seen"]?.hasPrefix("0, after") == true)
        // Of another length, another is learnt.
        let other = ["recall.width=16", "recall.length=128", "recall.pieces=9", "recall.rate=0.02"]
        let longer = try train("longer", [from("recalling"), "training.tokens=0"] + other)
        #expect(longer.weights.layout.configuration.recall?.length == 128)
        #expect(base.values == longer.weights.withoutRecall.values)
    }

    @Test func whatARecipeFreezesStays() throws {
        let base = try save(performanceLayout(), "base")
        let model = try train("on", [from("base"), "training.freeze=embeddings layer0"])
        for place in base.layout.all {
            let isFrozen = place.name.hasPrefix("embed") || place.name.hasSuffix("_l0")
            #expect((model.weights.values[place.range] == base.values[place.range]) == isFrozen, "\(place.name)")
        }
        let error = #expect(throws: TrainingError.self) {
            try train("off", [from("base"), "training.freeze=layer7"])
        }
        #expect(try #require(error).description.contains("layer7"))
    }

    @Test func whatOnlyWorsensEndsInWhatItBeganFrom() throws {
        let base = try train("base")
        // Far beyond what an LSTM bears: no validation is better than the first.
        let worse = try train(
            "on",
            [
                from("base"), "optimiser.rate=1", "training.patience=2", "training.tokens=64000",
                "report.validate-every=64",
            ])
        #expect(worse.weights.values == base.weights.values)
        let checkpoint = try Checkpoint(path: folder.path + "/on/checkpoint")
        #expect(checkpoint.best.validationsSince == 2 && checkpoint.updates < 100)
    }

    @Test func aModelThatDoesNotFitIsRefused() throws {
        func problem(_ settings: [String]) throws -> String {
            let error = #expect(throws: TrainingError.self) { try train("off", settings) }
            return try #require(error).description
        }
        _ = try save(performanceLayout(hidden: 40), "odd")
        #expect(try problem([from("odd")]).contains("network.hidden is 40"))
        let fields = [Field("shift", classes: 101), Field("key", classes: 257)]
        _ = try save(
            ParameterLayout(
                Configuration(
                    representation: "performance", fields: fields, embedding: 16, hidden: 32, layers: 2, headWidth: 16)),
            "short")
        #expect(try problem([from("short")]).contains("key of 257 classes"))
        _ = try save(performanceLayout(), "base")
        #expect(try problem([from("base"), "network.hidden=64"]).contains("from.shape=wider"))
        // Nothing was begun.
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/off/checkpoint"))
    }

    @Test func anOddNetworkIsNotEvaluatedWrongly() throws {
        let weights = Weights.initial(performanceLayout(headWidth: 24), seed: 4, embeddingDeviation: 0.5)
        #expect(throws: TrainingError.widths(16, 32, 24)) { try Evaluation.run(weights, on: [folder.path]) }
    }
}
