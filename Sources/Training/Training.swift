/// Training: corpora, truncated back-propagation through time on all cores, Adam, checkpoints, evaluation.

import Files
import FoundationEssentials
import Glibc
import Network
import Representation
import Score
import Text

/// A training from recipe to finished weights.
public enum Training {
    public struct Options: Sendable {
        /// Folder for checkpoint, log and the finished model.
        public var output: String
        /// Go on from the checkpoint in `output`, if there is one.
        public var resume = false
        /// `FOLDER` takes the place of the recipe's data sets, `NAME=FOLDER` says where one lies.
        public var data: [String] = []
        /// `key=value`, over the recipe's.
        public var settings: [String] = []
        /// Folder of the token cache; nil for the user's.
        public var cache: String?
        /// At work; 0 for as many as there are processors, as far as the recipe's parts allow.
        public var threads = 0
        /// Stop (with a checkpoint) after so many updates; 0 for the whole run.
        public var updateLimit = 0
        /// Where a model that goes by a preset's name lies.
        public var locate: @Sendable (String) throws -> String = { $0 }
        /// Told what happens, on the thread that trains.
        public var watch: @Sendable (TrainingEvent) -> Void = { _ in }
        /// Asked before each update whether to write a checkpoint and end.
        public var isStopping: @Sendable () -> Bool = { false }

        public init(output: String) { self.output = output }
    }

    /// What came of a training that ran to its end.
    public struct Outcome: Sendable {
        public let recipe: Recipe
        /// The model file.
        public let model: String
        /// The last of the validations, if there was music for one.
        public let validation: Evaluation?
        public let log: String
        /// Of the tokens, as in the log.
        public let fields: [String]
        public let training: Corpus
        public let held: Corpus
        /// The keys of the onsets of a piece of `training`, in the order of its tokens.
        public let trainingKeys: @Sendable (Int) -> [UInt8]
        /// The same of any music.
        public let keys: @Sendable ([PlayedEvent]) -> [UInt8]
    }

    /// Trains until the recipe's tokens are used up, it no longer gets better, or `isStopping` says so.
    /// - Parameter recipePath: nil to go on with the checkpoint's recipe.
    /// - Returns: nil if it was stopped before its end.
    public static func run(recipePath: String?, _ options: Options) throws -> Outcome? {
        let checkpoint = try earlier(options)
        let recipe = try recipe(recipePath, options, checkpoint)
        func run<R: Representation>(_: R.Type) throws -> Outcome? {
            try TrainingRun<R>(recipe, options, checkpoint).run()
        }
        let spoken = try recipe.spoken
        return try run(spoken)
    }

    static func checkpointPath(_ options: Options) -> String { options.output + "/checkpoint" }

    /// The checkpoint to go on from, if any.
    private static func earlier(_ options: Options) throws -> Checkpoint? {
        try makeFolders(options.output)
        let path = checkpointPath(options)
        FileDraft.removeRemains(of: path)
        guard access(path.cPath, F_OK) == 0 else { return nil }
        guard options.resume else { throw TrainingError.olderTraining(checkpoint: path) }
        return try Checkpoint(path: path)
    }

    /// What can be wrong is found before music is read.
    static func recipe(_ path: String?, _ options: Options, _ checkpoint: Checkpoint?) throws -> Recipe {
        let place = checkpointPath(options)
        var recipe: Recipe
        if let path {
            let text = String(decoding: try readFile(path, limit: 1 << 20), as: UTF8.self)
            recipe = try Recipe(toml: text, path: path, data: options.data, settings: options.settings)
        } else if let checkpoint {
            recipe = try Recipe(toml: checkpoint.recipe, path: place, data: options.data, settings: options.settings)
        } else {
            throw TrainingError.noRecipe(checkpoint: place)
        }
        recipe.dataSets = recipe.dataSets.map(\.resolved)
        guard let checkpoint else {
            if recipe.tokens == 0 && recipe.base.model.isEmpty {
                throw TrainingError.setting(
                    "training.tokens = 0: then there must be a model that stays as it is but for its recall and what it learns "
                        + "with; name it with --from")
            }
            if !recipe.base.model.isEmpty && recipe.base.shape == .same,
                let setting = options.settings.first(where: { $0.hasPrefix("network.") })
            {
                throw TrainingError.setting(
                    "\(setting): the network is that of \(recipe.base.model); from.shape=wider takes the recipe's")
            }
            if !recipe.base.model.isEmpty { recipe.base.model = absolute(try options.locate(recipe.base.model)) }
            return recipe
        }
        let begun = try Recipe(toml: checkpoint.recipe, path: place)
        // The shape of a network that was begun from another stands in the checkpoint only.
        if begun.base != Recipe.Base() { recipe.takeNetwork(of: begun) }
        guard recipe.isSameTraining(as: begun) else { throw TrainingError.otherRecipe(checkpoint: place) }
        recipe.base = begun.base
        return recipe
    }
}

extension Recipe {
    mutating func takeNetwork(of other: Recipe) {
        (embedding, hidden, layers, headWidth) = (other.embedding, other.hidden, other.layers, other.headWidth)
        gateBiases = other.gateBiases
        if recallWidth == 0 { (recallWidth, recallLength) = (other.recallWidth, other.recallLength) }
    }

    /// Takes origin, licence and, unless a wider one is asked for, the shape of the model that the training begins from.
    /// - Throws: `TrainingError` or `ModelFileError`.
    mutating func begin(from model: TrainedWeights) throws {
        let shape = model.weights.layout.configuration
        guard shape.representation == representation else {
            throw TrainingError.base(
                model: base.model,
                problem: "it speaks the representation \(shape.representation), not \(representation)")
        }
        guard shape.fields == (try layout(path: base.model).configuration.fields) else {
            throw TrainingError.base(
                model: base.model,
                problem: "its fields are not those of \(representation): "
                    + shape.fields.map { "\($0.name) of \($0.classes) classes" }.joined(separator: ", "))
        }
        switch base.shape {
        case .same:
            (embedding, hidden, layers, headWidth) = (shape.embedding, shape.hidden, shape.layers, shape.headWidth)
            gateBiases = shape.gateBiases
        case .wider:
            let widths = [(embedding, shape.embedding), (hidden, shape.hidden), (headWidth, shape.headWidth)]
            guard layers == shape.layers, widths.allSatisfy({ $0 >= $1 }), (headWidth > 0) == (shape.headWidth > 0),
                gateBiases == shape.gateBiases
            else {
                throw TrainingError.base(
                    model: base.model,
                    problem:
                        "from.shape is wider, and the model has \(counted(shape.layers, "layer")) of \(shape.hidden), "
                        + "embeddings of \(shape.embedding) and heads of \(shape.headWidth), \(counted(shape.gateBiases, "bias vector")) a gate: [network] must say as many "
                        + "layers and biases, and nothing smaller")
            }
        }
        // What the daemon plays need not be what can be trained.
        do { _ = try Recipe(toml: text(), path: base.model) } catch {
            throw TrainingError.base(
                model: base.model, problem: "\(error); from.shape = \"wider\" takes a shape that fits")
        }
        if let recall = shape.recall, recallWidth == 0 {
            (recallWidth, recallLength) = (recall.width, recall.length)
        }
        base.about = model.notes["training_data"] ?? "unknown"
        base.licence = model.notes["licence"] ?? "unknown"
    }

    /// The ranges of the flat array that `training.freeze` names.
    func frozen(_ layout: ParameterLayout) throws(TrainingError) -> [Range<Int>] {
        var places: [TensorPlace] = []
        let layers = layout.inputWeights.indices
        for name in freeze.split(whereSeparator: { $0 == " " || $0 == "," }) {
            switch name {
            case "embeddings": places += layout.embeddings
            case "heads": places += layout.headA + layout.headB.joined() + layout.headC + layout.headBiases
            default:
                guard let layer = layers.first(where: { name == "layer\($0)" }) else {
                    throw .setting(
                        "training.freeze: there is no part \(name); there are embeddings, "
                            + layers.map { "layer\($0)" }.joined(separator: ", ") + " and heads")
                }
                for part in [layout.inputWeights, layout.recurrentWeights, layout.inputBiases, layout.recurrentBiases]
                where !part.isEmpty { places.append(part[layer]) }
            }
        }
        if Set(places.map(\.name)).count == layout.all.count {
            throw .setting("training.freeze leaves nothing to learn")
        }
        return places.map(\.range)
    }

    /// What a model trained on it must say: free text for the model file.
    var notes: [String: String] {
        func join(_ texts: [String]) -> String {
            var seen: Set<String> = []
            return texts.filter { !$0.isEmpty && seen.insert($0).inserted }.joined(separator: "; ")
        }
        let sets = dataSets.map { $0.about.isEmpty ? "the data set \"\($0.name)\"" : $0.about }
        let changes = [
            transposition > 0 ? "transposed by up to \(transposition) semitones" : "",
            tempo > 0 ? "stretched by up to \(shortest(tempo * 100)) %" : "",
            velocity > 0 ? "velocity changed by up to \(velocity)" : "",
        ].filter { !$0.isEmpty }
        let data = ([join(sets) + ", train split"] + changes).joined(separator: ", ")
        let licences =
            [base.licence] + dataSets.map { $0.licence.isEmpty ? "that of the data set \"\($0.name)\"" : $0.licence }
        return [
            "training_data": base == Base() ? data : "\(data); begun from a model of: \(base.about)",
            "licence": join(licences), "recipe": text(places: false),
        ]
    }
}
