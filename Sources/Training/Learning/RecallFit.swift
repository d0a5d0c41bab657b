import Glibc
import Kernels
import Network
import Representation

/// Learns what a network recalls by (Network/Recall.swift): the projection of its state and the gate, by Adam, on whole
/// pieces. The network itself stays as it is, so the states of a piece are computed once.
package struct RecallFit {
    let shape: Configuration.Recall
    /// How many pieces it hears.
    let pieces: Int
    let rate: Float
    let seed: UInt64

    package init(shape: Configuration.Recall, pieces: Int, rate: Float, seed: UInt64) {
        self.shape = shape
        self.pieces = pieces
        self.rate = rate
        self.seed = seed
    }

    /// Pieces whose states are in memory together, about ten megabytes each.
    private static let batch = 16
    /// Tokens of an update.
    private static let queries = 512

    /// - Parameter weights: with the recall to begin from, if it is of this shape; else a random one is.
    /// - Parameter goesOn: called after each batch with how many pieces were heard, and what the recall gains on them in
    ///   nats a token remembered.
    /// - Returns: the network with a recall; nil if it was not to go on.
    package func run<R: Representation>(
        _ type: R.Type, _ weights: Weights, _ corpus: Corpus, _ workers: Workers, _ kernels: KernelTable,
        goesOn: (Int, Double) -> Bool
    ) -> Weights? {
        let packed = PackedParameters(weights.withoutRecall, kernels)
        let learner = RecallLearner(
            shape, hidden: weights.layout.configuration.hidden, seed: seed, initial: weights.recall(of: shape), kernels)
        let order = places(corpus).map { corpus.pieces[$0] }
        var heard = 0
        for first in stride(from: 0, to: pieces, by: Self.batch) {
            var batch = Corpus()
            for piece in order[first..<min(first + Self.batch, pieces)] {
                batch.append(name: piece.name, piece.tokens, weight: 1)
            }
            var (gain, tokens) = (0.0, 0)
            for recalled in recalledPieces(R.self, batch, packed, workers) {
                let left = 1 - Float(heard) / Float(pieces)
                for start in stride(from: 0, to: recalled.count, by: Self.queries) {
                    let block = start..<min(start + Self.queries, recalled.count)
                    // Constant, then falling to nothing over the second half.
                    gain += learner.update(recalled, block, rate: rate * min(1, 2 * left))
                }
                tokens += recalled.count
                heard += 1
            }
            guard goesOn(heard, gain / Double(max(tokens, 1))) else { return nil }
        }
        return weights.with(shape, learner.values)
    }

    /// All pieces in a random order, the heavier rather earlier, and again in another, as many as it hears (Efraimidis &
    /// Spirakis, "Weighted random sampling with a reservoir", 2006).
    package func places(_ corpus: Corpus) -> [Int] {
        let count = corpus.pieces.count
        let rounds = (pieces + count - 1) / count
        let order = (0..<rounds).flatMap { round in
            let times = (0..<count).map {
                -log(Double(1 - uniform(seed, .recall, round, $0))) / max(corpus.pieces[$0].weight, 1e-9)
            }
            return (0..<count).sorted { (times[$0], $0) < (times[$1], $1) }
        }
        return Array(order.prefix(pieces))
    }

    private func recalledPieces<R: Representation>(
        _ type: R.Type, _ corpus: Corpus, _ packed: PackedParameters, _ workers: Workers
    ) -> [RecalledPiece] {
        var collectors: [Collector] = []
        let evaluator = Evaluator<R>(.of(corpus), packed: packed, workers: workers) { streams in
            collectors.append(Collector(shape, hidden: packed.layout.configuration.hidden, streams: streams))
            return collectors.last!
        }
        _ = evaluator.evaluate()
        return collectors.flatMap(\.finished).sorted { $0.piece < $1.piece }
    }
}

/// The tokens of a piece that a recall remembers.
package final class RecalledPiece {
    let piece: Int
    private(set) var count = 0
    /// [count, hidden]: the state in which each was predicted.
    private(set) var states: [Float] = []
    private(set) var classes: [UInt16] = []
    /// Its log-probability among the legal classes that are remembered.
    private(set) var logProbabilities: [Float] = []
    /// [count, words]: those classes.
    private(set) var legal: [UInt64] = []
    private var words = 0

    /// More of a piece is left out: its states take memory.
    static let longest = 8192

    package init(piece: Int) { self.piece = piece }

    package func append(_ row: WitnessedRow, hidden: Int, classes allowed: Int) {
        guard count < Self.longest else { return }
        states += UnsafeBufferPointer(start: row.h, count: hidden)
        classes.append(UInt16(row.target))
        words = (allowed + 63) / 64
        let isLegal = { (k: Int) in row.legal[k / 64] >> UInt64(k % 64) & 1 != 0 }
        let top = (0..<allowed).reduce(-Float.infinity) { isLegal($1) ? max($0, row.logits[$1]) : $0 }
        let sum = (0..<allowed).reduce(0.0) { isLegal($1) ? $0 + exponential(Double(row.logits[$1] - top)) : $0 }
        logProbabilities.append(row.logits[row.target] - top - Float(log(sum)))
        for word in 0..<words {
            let bits = min(64, allowed - 64 * word)
            legal.append(row.legal[word] & (bits == 64 ? ~0 : 1 << UInt64(bits) - 1))
        }
        count += 1
    }

    func isLegal(_ value: UInt16, at i: Int) -> Bool {
        legal[words * i + Int(value >> 6)] >> UInt64(value & 63) & 1 != 0
    }
}

private final class Collector: HeadWitness {
    private let shape: Configuration.Recall
    private let hidden: Int
    private(set) var finished: [RecalledPiece] = []
    /// By stream.
    private var current: [RecalledPiece?]

    init(_ shape: Configuration.Recall, hidden: Int, streams: Int) {
        self.shape = shape
        self.hidden = hidden
        current = Array(repeating: nil, count: streams)
    }

    var field: Int { shape.field }

    func begin(_ piece: Int, stream: Int) {
        let recalled = RecalledPiece(piece: piece)
        finished.append(recalled)
        current[stream] = recalled
    }

    func see(_ row: WitnessedRow) {
        guard row.target < shape.classes else { return }
        current[row.stream]?.append(row, hidden: hidden, classes: shape.classes)
    }
}

extension Weights {
    /// What its recall has learnt, as `with(_:_:)` takes it; nil for none or one of another shape.
    package func recall(of shape: Configuration.Recall) -> [Float]? {
        layout.configuration.recall == shape ? Array(values[withoutRecall.layout.count...]) : nil
    }

    package var withoutRecall: Weights {
        var configuration = layout.configuration
        guard configuration.recall != nil else { return self }
        configuration.recall = nil
        let layout = ParameterLayout(configuration)
        return Weights(layout: layout, values: Array(values[..<layout.count]))
    }
}
