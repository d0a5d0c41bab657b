import Network
import Score
import TOMLKit

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
        let table: TOMLTable
        do {
            table = try TOMLTable(string: toml)
        } catch let error as TOMLParseError {
            throw TrainingError.recipe(path: path, problem: "line \(error.source.begin.line): \(error.description)")
        }
        var reader = RecipeReader(table, path: path)
        try reader.read("name", &name)
        try reader.read("representation", &representation)
        try reader.section("corpus") {
            try $0.read("path", &corpus, isRequired: false)
            try $0.read("validation-pieces", &validationPieces, 1...100_000)
        }
        try reader.section("network") {
            try $0.read("embedding", &embedding, 16...4096, multipleOf: 16)
            try $0.read("hidden", &hidden, 16...4096, multipleOf: 16)
            try $0.read("layers", &layers, 1...8)
            try $0.read("head-width", &headWidth, 0...4096, multipleOf: 16)
        }
        try reader.section("training") {
            try $0.read("tokens", &tokens, 1...1_000_000_000_000)
            try $0.read("streams", &streams, 1...4096)
            try $0.read("steps", &steps, 1...4096)
            try $0.read("threads", &threads, 1...256)
            try $0.read("dropout", &dropout, 0...0.9)
            try $0.read("transposition", &transposition, 0...12)
            try $0.read("seed", &seed, 0...Int.max)
            try $0.read("embedding-deviation", &embeddingDeviation, 0...10)
        }
        try reader.section("optimiser") {
            try $0.read("rate", &rate, 0...1)
            try $0.read("warmup", &warmup, 0...1_000_000_000_000)
            try $0.read("beta1", &beta1, 0...0.9999)
            try $0.read("beta2", &beta2, 0...0.99999)
            try $0.read("epsilon", &epsilon, 1e-12...1)
            try $0.read("clip", &clip, 0...1e6)
        }
        try reader.section("report") {
            try $0.read("validate-every", &validateEvery, 1...1_000_000_000_000)
            try $0.read("checkpoint-minutes", &checkpointMinutes, 0.01...1e6)
        }
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

/// Reads the keys of one table and remembers them, so that what is left over is a mistake.
private struct RecipeReader {
    private let table: TOMLTable
    private let path: String
    private let prefix: String
    private var known: Set<String> = []

    init(_ table: TOMLTable, path: String, prefix: String = "") {
        self.table = table
        self.path = path
        self.prefix = prefix
    }

    private func fail(_ key: String, _ what: String) -> TrainingError {
        .recipe(path: path, problem: "\(prefix)\(key) \(what)")
    }

    mutating func read(_ key: String, _ value: inout String, isRequired: Bool = true) throws {
        known.insert(key)
        guard let found = table[key] else {
            if isRequired { throw fail(key, "is missing") }
            return
        }
        guard let text = found.string else { throw fail(key, "is not a string") }
        value = text
    }

    mutating func read(_ key: String, _ value: inout Int, _ range: ClosedRange<Int>, multipleOf factor: Int = 1) throws
    {
        known.insert(key)
        guard let found = table[key] else { return }
        guard let number = found.int else { throw fail(key, "is not a whole number") }
        guard range.contains(number), number % factor == 0 else {
            let step = factor == 1 ? "" : ", a multiple of \(factor)"
            throw fail(key, "is \(number); it must be \(range.lowerBound)…\(range.upperBound)\(step)")
        }
        value = number
    }

    mutating func read(_ key: String, _ value: inout Double, _ range: ClosedRange<Double>) throws {
        known.insert(key)
        guard let found = table[key] else { return }
        guard let number = found.double ?? found.int.map(Double.init) else { throw fail(key, "is not a number") }
        guard range.contains(number) else {
            throw fail(key, "is \(number); it must be \(range.lowerBound)…\(range.upperBound)")
        }
        value = number
    }

    mutating func section(_ key: String, _ read: (inout RecipeReader) throws -> Void) throws {
        known.insert(key)
        guard let found = table[key] else { return }
        guard let inner = found.table else { throw fail(key, "is not a table") }
        var reader = RecipeReader(inner, path: path, prefix: "\(prefix)\(key).")
        try read(&reader)
        try reader.finish()
    }

    func finish() throws {
        if let stranger = table.keys.filter({ !known.contains($0) }).sorted().first {
            throw fail(stranger, "is no key of a recipe")
        }
    }
}
