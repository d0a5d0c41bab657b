import Kernels
import Network
import Representation

/// How well a network predicts whole pieces, statefully from a zero state, with the masks of the representation.
public struct Evaluation: Sendable {
    public struct FieldReport: Sendable {
        public let name: String
        public let nats: Double
        /// Tokens that have the field.
        public let count: Int
        /// Of those, how many got the most probable class.
        public let hits: Int

        public var accuracy: Double { count == 0 ? 0 : Double(hits) / Double(count) }
    }

    public let pieces: Int
    public let tokens: Int
    public let notes: Int
    /// Events in the 388-event vocabulary of Performance RNN.
    public let performanceRNNEvents: Int
    public let fields: [FieldReport]

    public var nats: Double { fields.reduce(0) { $0 + $1.nats } }
    public var natsPerNote: Double { nats / Double(max(notes, 1)) }
    public var natsPerPerformanceRNNEvent: Double { nats / Double(max(performanceRNNEvents, 1)) }
}

/// Forward passes over a corpus; the memory is kept between evaluations.
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

    func evaluate() -> Evaluation {
        let fields = packed.layout.configuration.fields
        let streams = Streams<R>(corpus, count: streams, order: .init(seed: 0, transposition: 0, once: true))
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
        }
        var tally = Tally(fields: fields.count)
        for replica in replicas { tally += replica.tally }
        return Evaluation(
            pieces: corpus.pieces.count, tokens: corpus.tokens.count,
            notes: corpus.tokens.reduce(0) { $0 + (R.beginsNote($1) ? 1 : 0) },
            performanceRNNEvents: corpus.pieces.reduce(0) { $0 + R.performanceRNNEvents(corpus.tokens[$1.tokens]) },
            fields: fields.indices.map {
                .init(name: fields[$0].name, nats: tally.nats[$0], count: tally.rows[$0], hits: tally.hits[$0])
            })
    }
}
