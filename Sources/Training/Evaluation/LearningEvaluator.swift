import Kernels
import Network
import Representation
import Synchronization

/// Evaluates as the instrument plays, with `learning`: token by token by the engine of the instrument, in its precision. Each
/// four tokens are scored before they are learnt from. One thread for a piece.
struct LearningEvaluator<R: Representation>: Sendable {
    let pieces: EvaluatedPieces
    let network: Network
    let kernels: KernelTable
    /// The factor of what is learnt.
    let learning: Float

    /// - Parameter progress: called about five times a second, on this thread.
    func evaluate(
        _ workers: Workers, progress: @escaping @Sendable (Evaluation.Progress) -> Void
    ) -> Evaluation {
        let order = pieces.names.indices.sorted { (pieces.sizes[$0], $1) > (pieces.sizes[$1], $0) }
        let results = Mutex<[(piece: Int, result: Result<Evaluation.Piece, any Error>)]>([])
        let (given, tokens, size) = (Workers.Queue(), Counts(), Counts())
        let start = seconds()
        workers.run { worker in
            var shown = start
            while let turn = given.next(below: order.count) {
                let piece = order[turn]
                let result = Result {
                    try hear(piece) {
                        tokens.add($0)
                        guard worker == 0 && seconds() - shown > 0.2 else { return }
                        shown = seconds()
                        let share = Double(size.value) / Double(max(1, pieces.sizes.reduce(0, +)))
                        let elapsed = max(seconds() - start, 1e-9)
                        progress(
                            .init(
                                share: share, pieces: results.withLock { $0.count }, allPieces: order.count,
                                tokensPerSecond: Double(tokens.value) / elapsed,
                                secondsLeft: share > 0 ? elapsed * (1 - share) / share : 0))
                    }
                }
                size.add(pieces.sizes[piece])
                results.withLock { $0.append((piece, result)) }
            }
        }
        var (list, skipped): ([Evaluation.Piece], [SkippedFile]) = ([], [])
        for (piece, result) in results.withLock({ $0 }).sorted(by: { $0.piece < $1.piece }) {
            switch result {
            case .success(let piece): list.append(piece)
            case .failure(let error): skipped.append(SkippedFile(path: pieces.names[piece], error))
            }
        }
        return Evaluation(
            list, skipped: skipped, of: R.self, order: pieces.order,
            kernels: kernels.variant)
    }

    private func hear(_ piece: Int, heard: (Int) -> Void) throws -> Evaluation.Piece {
        let tokens = try pieces.tokens(piece)
        let ear = Ear(network, kernels, learning)
        var tracker = LearningTracker<R>()
        var empty = Evaluation.Score(fields: network.configuration.fields)
        empty.tokens = tokens.count
        empty.notes = R.notesBegun(by: tokens)
        empty.performanceRNNEvents = (R.self as? any ReferenceVocabulary.Type)?.referenceEvents(tokens)
        var (learnt, plain) = (empty, empty)
        for (index, token) in tokens.enumerated() {
            let legal = tracker.legal(token)
            ear.score(token, legal, learnt: true, &learnt)
            ear.score(token, legal, learnt: false, &plain)
            ear.hear(token, legal)
            if index % 256 == 255 { heard(256) }
        }
        heard(tokens.count % 256)
        return Evaluation.Piece(name: pieces.names[piece], score: learnt, withoutLearning: plain)
    }

    /// How many of something, by any thread.
    private final class Counts: Sendable {
        private let count = Atomic<Int>(0)
        var value: Int { count.load(ordering: .relaxed) }
        func add(_ more: Int) { count.add(more, ordering: .relaxed) }
    }
}

/// What one piece needs.
private struct Ear {
    private let network: Network
    private let kernels: KernelTable
    private let memory: NetworkMemory
    private let learning: AdaptationMemory
    private let zeros: [Float]

    init(_ network: Network, _ kernels: KernelTable, _ scale: Float) {
        self.network = network
        self.kernels = kernels
        memory = NetworkMemory(network)
        learning = AdaptationMemory(network)!
        _ = learning.adaptation.setScale(scale)
        zeros = [Float](repeating: 0, count: network.configuration.fields.indices.map(network.engine.logitCount).max()!)
    }

    /// Adds what the next token costs.
    func score(
        _ token: Token, _ legal: InlineArray<4, SIMD8<UInt64>>, learnt: Bool, _ score: inout Evaluation.Score
    ) {
        let engine = network.engine
        var isHit = true
        for k in network.configuration.fields.indices where token[k] >= 0 {
            engine.logits(
                k, given: token, state: memory.state, scratch: memory.scratch, into: memory.logits,
                learnt: learnt ? learning.adaptation.head(k) : nil)
            var (target, nats) = (Int32(token[k]), Float(0))
            let hits = withUnsafeBytes(of: legal[k]) {
                let words = $0.baseAddress!.assumingMemoryBound(to: UInt64.self)
                memory.recall(k, legal: words)
                return kernels.softmaxCrossEntropy(
                    memory.logits, engine.logitCount(k), zeros, words, 8, &target, 1, &nats, 1)
            }
            score.fields[k].nats += Double(nats)
            score.fields[k].count += 1
            score.fields[k].hits += hits
            isHit = isHit && hits > 0
        }
        score.hits += isHit ? 1 : 0
    }

    func hear(_ token: Token, _ legal: InlineArray<4, SIMD8<UInt64>>) {
        _ = learning.adaptation.hear(token, legal: legal, state: memory.state)
        memory.step(token)
    }
}
