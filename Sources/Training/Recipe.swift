import Network
import Score
import TOML

/// Everything that fixes a training run, as read from a TOML file in recipes/. Keys are the names here with hyphens, in
/// the sections corpus, network, training, optimiser and report; what a recipe leaves out has the value below.
public struct Recipe: Equatable, Sendable {
    /// For people.
    public var name = ""
    /// Of the tokens: "performance".
    public var representation = ""

    /// corpus.path: a MAESTRO folder, relative to the working directory; empty for `standardCorpus`.
    public var corpus = ""
    /// Pieces of the validation split, at even distances, that are evaluated while training.
    public var validationPieces = 20

    /// Width of the summed field embeddings.
    public var embedding = 128
    /// Units of each LSTM layer.
    public var hidden = 256
    public var layers = 2
    /// Width of z in each head; 0 for logits straight from the top layer.
    public var headWidth = 128

    /// Tokens to train on in all, over as many epochs as they make; the rate falls to 0 with them.
    public var tokens = 0
    /// Pieces heard side by side: an update's batch is `streams` × `steps` tokens.
    public var streams = 64
    /// Tokens through which the gradient is followed back. States are carried on beyond.
    public var steps = 64
    /// Worker threads, the main one included. A run resumes with as many as it began with.
    public var threads = 2
    /// Probability that an output of a layer is dropped on its way up (not on its way to the next step).
    public var dropout = 0.1
    /// Each piece is moved by up to so many semitones, up or down, drawn anew each epoch.
    public var transposition = 0
    /// Of the initial weights, the order of pieces, transposition and dropout.
    public var seed = 1
    /// Standard deviation of the initial embeddings.
    public var embeddingDeviation = 0.3

    /// Adam's step size at its highest.
    public var rate = 2e-3
    /// Tokens over which the rate rises from 0.
    public var warmup = 0
    public var beta1 = 0.9
    public var beta2 = 0.999
    public var epsilon = 1e-8
    /// Bound of the gradient's norm over all parameters; 0 for none.
    public var clip = 1.0

    /// Tokens between two validations.
    public var validateEvery = 2_000_000
    public var checkpointMinutes = 5.0

    public init() {}

    /// - Throws: `TrainingError.recipe`, saying which key is wrong and why; `FileError`.
    public init(path: String) throws {
        let bytes = try readFile(path, limit: 1 << 20)
        try self.init(toml: String(decoding: bytes, as: UTF8.self), path: path)
    }

    public init(toml: String, path: String) throws {
        var reader = try RecipeReader(toml, path: path)
        try reader.read("name", &name)
        try reader.read("representation", &representation)
        try reader.read("corpus.path", &corpus, isRequired: false)
        try reader.read("corpus.validation-pieces", &validationPieces, 1...100_000)
        try reader.read("network.embedding", &embedding, 16...4096, multipleOf: 16)
        try reader.read("network.hidden", &hidden, 16...4096, multipleOf: 16)
        try reader.read("network.layers", &layers, 1...8)
        try reader.read("network.head-width", &headWidth, 0...4096, multipleOf: 16)
        try reader.read("training.tokens", &tokens, 1...1_000_000_000_000)
        try reader.read("training.streams", &streams, 1...4096)
        try reader.read("training.steps", &steps, 1...4096)
        try reader.read("training.threads", &threads, 1...256)
        try reader.read("training.dropout", &dropout, 0...0.9)
        try reader.read("training.transposition", &transposition, 0...12)
        try reader.read("training.seed", &seed, 0...Int.max)
        try reader.read("training.embedding-deviation", &embeddingDeviation, 0...10)
        try reader.read("optimiser.rate", &rate, 0...1)
        try reader.read("optimiser.warmup", &warmup, 0...1_000_000_000_000)
        try reader.read("optimiser.beta1", &beta1, 0...0.9999)
        try reader.read("optimiser.beta2", &beta2, 0...0.99999)
        try reader.read("optimiser.epsilon", &epsilon, 1e-12...1)
        try reader.read("optimiser.clip", &clip, 0...1e6)
        try reader.read("report.validate-every", &validateEvery, 1...1_000_000_000_000)
        try reader.read("report.checkpoint-minutes", &checkpointMinutes, 0.01...1e6)
        try reader.finish()
        if tokens == 0 { throw TrainingError.recipe(path: path, problem: "training.tokens is missing") }
        if threads > streams {
            throw TrainingError.recipe(path: path, problem: "training.threads exceeds training.streams")
        }
    }

    /// Whether a training may go on with this recipe where it stopped with the other.
    func isSameTraining(as other: Recipe) -> Bool {
        var other = other
        other.corpus = corpus
        return self == other
    }

    /// Adam's step size after `done` tokens: linear warm-up, then a cosine to 0.
    func rate(afterTokens done: Int) -> Float {
        if done < warmup {
            return Float(rate * (Double(done) + Double(streams * steps)) / Double(warmup + streams * steps))
        }
        let progress = min(1, Double(done - warmup) / Double(max(1, tokens - warmup)))
        return Float(rate * 0.5 * (1 + cosine(.pi * progress)))
    }
}

/// Takes keys out of a document; what is left over is a mistake.
private struct RecipeReader {
    private let path: String
    /// By table and key, as in "network.hidden".
    private var entries: [String: TOMLDocument.Entry] = [:]
    private var strangers: [(name: String, line: Int)]
    private static let sections = ["corpus", "network", "training", "optimiser", "report"]

    init(_ toml: String, path: String) throws {
        let document: TOMLDocument
        do { document = try TOMLDocument(Array(toml.utf8)) } catch {
            throw TrainingError.recipe(path: path, problem: "line \(error.line): \(error.problem)")
        }
        self.path = path
        strangers = document.tables.filter { !Self.sections.contains($0.name) }
        for entry in document.entries {
            entries[entry.table.isEmpty ? entry.key : "\(entry.table).\(entry.key)"] = entry
        }
    }

    private func fault(_ name: String, _ what: String, line: Int? = nil) -> TrainingError {
        .recipe(path: path, problem: (line.map { "line \($0): " } ?? "") + "\(name) \(what)")
    }

    mutating func read(_ name: String, _ value: inout String, isRequired: Bool = true) throws {
        guard let entry = entries.removeValue(forKey: name) else {
            if isRequired { throw fault(name, "is missing") }
            return
        }
        guard case .string(let text) = entry.value else { throw fault(name, "is not a string", line: entry.line) }
        value = text
    }

    mutating func read(_ name: String, _ value: inout Int, _ range: ClosedRange<Int>, multipleOf factor: Int = 1) throws
    {
        guard let entry = entries.removeValue(forKey: name) else { return }
        guard case .number(let found) = entry.value, let number = Int(exactly: found) else {
            throw fault(name, "is not a whole number", line: entry.line)
        }
        guard range.contains(number), number % factor == 0 else {
            let step = factor == 1 ? "" : ", a multiple of \(factor)"
            throw fault(
                name, "is \(number); it must be \(range.lowerBound)…\(range.upperBound)\(step)", line: entry.line)
        }
        value = number
    }

    mutating func read(_ name: String, _ value: inout Double, _ range: ClosedRange<Double>) throws {
        guard let entry = entries.removeValue(forKey: name) else { return }
        guard case .number(let number) = entry.value else { throw fault(name, "is not a number", line: entry.line) }
        guard range.contains(number) else {
            throw fault(name, "is \(number); it must be \(range.lowerBound)…\(range.upperBound)", line: entry.line)
        }
        value = number
    }

    func finish() throws {
        let rest = strangers + entries.map { (name: $0.key, line: $0.value.line) }
        if let stranger = rest.min(by: { $0.line < $1.line }) {
            throw fault(stranger.name, "is no key of a recipe", line: stranger.line)
        }
    }
}
