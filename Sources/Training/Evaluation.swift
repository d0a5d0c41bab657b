import Kernels
import Network
import Representation

/// How well a network predicts whole pieces, statefully from a zero state (from which the first token is predicted
/// too), with the masks of the representation.
public struct Evaluation: Sendable {
    public struct FieldReport: Sendable {
        public let name: String
        /// Sum over all tokens that have the field.
        public let nats: Double
        /// Tokens that have the field.
        public let count: Int
        /// Of those, how many got the most probable class.
        public let hits: Int

        public var accuracy: Double { Double(hits) / Double(max(count, 1)) }
        /// e^(nats a token that has the field).
        public var perplexity: Double { exponential(nats / Double(max(count, 1))) }
    }

    public let pieces: Int
    public let tokens: Int
    public let notes: Int
    /// Events in the 388-event vocabulary of Performance RNN.
    public let performanceRNNEvents: Int
    public let fields: [FieldReport]
    public internal(set) var skipped: [SkippedFile] = []

    public var nats: Double { fields.reduce(0) { $0 + $1.nats } }
    public var natsPerNote: Double { nats / Double(max(notes, 1)) }
    public var natsPerPerformanceRNNEvent: Double { nats / Double(max(performanceRNNEvents, 1)) }

    public struct Options: Sendable {
        /// Of a MAESTRO folder.
        public var split = Maestro.Split.validation
        /// Every n-th piece, so that about so many are left.
        public var pieces = Int.max
        public var threads = 2

        public init() {}
    }

    /// Evaluates weights on MIDI files and folders of them (`Corpus.files`).
    /// - Parameter progress: called on this thread with the share that is done, 0…1.
    /// - Throws: `TrainingError.corpus` if nothing can be read; `KernelError`; `FileError` for a MAESTRO folder's list.
    public static func run(
        _ weights: Weights, on music: [String], _ options: Options = Options(),
        progress: (Double) -> Void = { _ in }
    ) throws -> Evaluation {
        switch weights.layout.configuration.representation {
        case Performance.name: return try run(Performance.self, weights, music, options, progress)
        case let other:
            throw TrainingError.representation(other)
        }
    }

    private static func run<R: TrainableRepresentation>(
        _ type: R.Type, _ weights: Weights, _ music: [String], _ options: Options, _ progress: (Double) -> Void
    ) throws -> Evaluation {
        guard weights.layout.configuration.fields == R.fields.map({ Field($0.name, classes: $0.classes) }) else {
            throw TrainingError.representation("\(R.name) with the fields \(weights.layout.configuration.fields)")
        }
        let kernels = try KernelTable.best()
        let workers = Workers(options.threads)
        let files = spread(try Corpus.files(music, split: options.split), options.pieces)
        let (corpus, skipped) = try Corpus.read(R.self, files, workers: workers)
        let packed = PackedParameters(weights, kernels)
        var result = Evaluator<R>(corpus, packed: packed, workers: workers).evaluate(progress: progress)
        result.skipped = skipped
        return result
    }
}

/// `count` elements at even distances: a corpus is ordered by composer.
func spread<Element>(_ list: [Element], _ count: Int) -> [Element] {
    guard count < list.count else { return list }
    let every = list.count / max(count, 1)
    return (0..<count).map { list[$0 * every] }
}

/// Forward passes over a corpus; the memory is kept between evaluations. One thread at a time; unchecked, since its
/// replicas are the workers' while they run.
final class Evaluator<R: TrainableRepresentation>: @unchecked Sendable {
    private let corpus: Corpus
    private let packed: PackedParameters
    private let workers: Workers
    private let replicas: [Replica]
    private let windows: [Window]
    private let streams: Int
    private static var steps: Int { 32 }

    init(_ corpus: Corpus, packed: PackedParameters, workers: Workers) {
        self.corpus = corpus
        self.packed = packed
        self.workers = workers
        streams = max(workers.count, min(64, corpus.pieces.count))
        let shares = shares(streams, workers.count)
        replicas = shares.map { [streams] in
            Replica(
                packed, streams: $0.count, steps: Self.steps, firstStream: $0.lowerBound, allStreams: streams,
                learning: false)
        }
        windows = shares.map {
            Window(streams: $0.count, steps: Self.steps, classes: packed.layout.configuration.fields.map(\.classes))
        }
    }

    func evaluate(progress: (Double) -> Void = { _ in }) -> Evaluation {
        let fields = packed.layout.configuration.fields
        let streams = Streams<R>(corpus, count: streams, order: .init(seed: 0, once: true))
        for replica in replicas {
            replica.resetStates()
            replica.tally = Tally(fields: fields.count)
        }
        while true {
            streams.plan(steps: Self.steps)
            if streams.isFinished { break }
            workers.run { [self] worker in
                _ = streams.fill(windows[worker], first: replicas[worker].firstStream)
                replicas[worker].forward(windows[worker], dropout: .none, gradientScale: nil)
                replicas[worker].carryStates()
            }
            // Every token has the first field.
            let done = replicas.reduce(0) { $0 + $1.tally.rows[0] }
            progress(Double(done) / Double(corpus.tokenCount))
        }
        var tally = Tally(fields: fields.count)
        for replica in replicas { tally += replica.tally }
        return Evaluation(
            pieces: corpus.pieces.count, tokens: corpus.tokenCount,
            notes: corpus.pieces.reduce(0) { $0 + $1.tokens.count(where: R.beginsNote) },
            performanceRNNEvents: corpus.pieces.reduce(0) { $0 + R.performanceRNNEvents($1.tokens) },
            fields: fields.indices.map {
                .init(name: fields[$0].name, nats: tally.nats[$0], count: tally.rows[$0], hits: tally.hits[$0])
            })
    }
}
