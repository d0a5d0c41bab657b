import Files
import Glibc
import Network
import Representation
import Score
import TOML

/// Weights from wherever they lie: a model file, a preset's folder, a checkpoint, or a training's output folder.
public struct TrainedWeights: Sendable {
    public var weights: Weights
    /// Free text for the model file's metadata: training data, licence, recipe and so on.
    public var notes: [String: String]

    /// - Parameter path: a file, or a folder with `model.safetensors` or else `checkpoint` in it.
    /// - Throws: `FileError`, `ModelFileError` or `TrainingError`.
    public init(path: String) throws {
        let file = try Self.file(path)
        if Checkpoint.isCheckpoint(file) {
            try self.init(Checkpoint(path: file), path: file)
        } else {
            let model = try Model.load(file)
            self.init(weights: model.weights, notes: model.notes)
        }
    }

    /// The file in which the weights lie; it is there, whatever it holds.
    public static func file(_ path: String) throws(TrainingError) -> String {
        var status = stat()
        let isFolder = stat(path.cPath, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
        let candidates = isFolder ? ["model.safetensors", "checkpoint"].map { "\(path)/\($0)" } : [path]
        guard let file = candidates.first(where: { access($0.cPath, F_OK) == 0 }) else {
            throw TrainingError.noModel(
                path: path, reason: isFolder ? "neither model.safetensors nor checkpoint is in it" : systemError())
        }
        return file
    }

    private init(weights: Weights, notes: [String: String]) {
        self.weights = weights
        self.notes = notes
    }

    init(_ checkpoint: Checkpoint, path: String) throws {
        let recipe = try Recipe(toml: checkpoint.recipe, path: path)
        let layout = try recipe.layout(path: path)
        let values = checkpoint.finished
        guard values.count == layout.count else {
            throw TrainingError.checkpoint(
                path: path, problem: "\(values.count) weights, where its recipe makes \(layout.count)")
        }
        weights = Weights(layout: layout, values: values)
        notes = recipe.notes
        notes["tokens_seen"] =
            "\(checkpoint.updates * recipe.window)"
            + (recipe.base.model.isEmpty ? "" : ", after those of the model it began from")
    }

    /// Writes a model file in half precision, whole or not at all.
    public func save(_ path: String) throws(ModelFileError) { try Model.save(weights, notes: notes, to: path) }

    /// Makes the model's folder a preset: what people read, and what they may change.
    func describe(name: String, in folder: String) throws(FileError) {
        // A line of text, whatever a recipe or another's model says.
        let about = String((notes["training_data"] ?? "").map { $0.isNewline || $0 < " " ? " " : $0 })
        let preset = """
            [preset]
            name = \(TOMLText.written(.string(name)))
            description = \(TOMLText.written(.string("Trained on \(about)")))

            # Values of `continuo parameters`, such as patience = 900, may stand here.
            [parameters]

            """
        let card = """
            # \(name)

            - Trained on: \(about)
            - Licence: \(notes["licence"] ?? "unknown")
            - Tokens seen: \(notes["tokens_seen"] ?? "unknown")
            - Validation: \(notes["validation"] ?? "none")
            - Size: \(weights.layout.count) parameters

            The whole recipe stands in the metadata of `model.safetensors`.

            """
        for (file, text) in [("preset.toml", preset), ("CARD.md", card)] {
            let path = "\(folder)/\(file)"
            // What somebody wrote stays; what a training wrote that was prolonged since does not.
            let old =
                access(path.cPath, F_OK) == 0
                ? String(decoding: try readFile(path, limit: 1 << 20), as: UTF8.self) : nil
            if old.map({ Self.lasting($0) == Self.lasting(text) }) ?? true {
                try writeAtomically(Array(text.utf8), to: path)
            }
        }
    }

    /// The lines that a longer training does not change.
    private static func lasting(_ text: String) -> [Substring] {
        text.split(separator: "\n").filter { !$0.hasPrefix("- Tokens seen: ") && !$0.hasPrefix("- Validation: ") }
    }
}

extension Recipe {
    /// - Throws: `TrainingError.recipe` if nobody knows the representation.
    func layout(path: String) throws(TrainingError) -> ParameterLayout {
        guard let type = Representations.named(representation) else {
            throw .recipe(
                path: path,
                problem: "representation \"\(representation)\" is unknown; there is "
                    + Representations.names.joined(separator: ", "))
        }
        return ParameterLayout(
            Configuration(
                representation: representation, fields: type.networkFields,
                embedding: embedding, hidden: hidden, layers: layers, headWidth: headWidth,
                gateBiases: gateBiases))
    }
}
