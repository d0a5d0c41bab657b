import Glibc
import Kernels
import Network
import Representation

/// How well a network predicts whole pieces, each statefully from a zero state (from which its first token is
/// predicted too), with the masks of the representation. What is said of all pieces, `total`, can be asked of the
/// evaluation itself.
@dynamicMemberLookup
public struct Evaluation: Sendable {
    public struct Piece: Sendable {
        /// Path of its file.
        public let name: String
        public let score: Score
        /// Of an evaluation with learning: what the same network has without it.
        public let withoutLearning: Score?

        init(name: String, score: Score, withoutLearning: Score? = nil) {
            self.name = name
            self.score = score
            self.withoutLearning = withoutLearning
        }
    }

    /// In the order in which they were named.
    public let list: [Piece]
    public internal(set) var skipped: [SkippedFile]
    public let total: Score
    /// As `Piece.withoutLearning`, of all pieces.
    public let withoutLearning: Score?
    public let order: EventOrder
    /// Name of the kernel variant.
    public let kernels: String
    /// What losses are counted by, such as notes.
    public let unit: String
    /// Whether a piece is a tune of a collection.
    let areTunes: Bool

    init(
        _ list: [Piece], skipped: [SkippedFile], of representation: any Representation.Type, order: EventOrder,
        kernels: KernelVariant
    ) {
        let fields = representation.networkFields
        unit = representation.counted
        areTunes = representation is any Notation.Type
        self.list = list
        self.skipped = skipped
        self.order = order
        self.kernels = kernels.rawValue
        total = list.reduce(into: Score(fields: fields)) { $0 += $1.score }
        withoutLearning =
            list.contains { $0.withoutLearning != nil }
            ? list.reduce(into: Score(fields: fields)) { $0 += $1.withoutLearning ?? $1.score } : nil
    }

    public var pieces: Int { list.count }

    public subscript<Value>(dynamicMember path: KeyPath<Score, Value>) -> Value { total[keyPath: path] }

    public struct Options: Sendable {
        /// Of a MAESTRO folder.
        public var split = Maestro.Split.validation
        /// Of the events within a tick.
        public var order = EventOrder.playing
        /// So many pieces at even distances, instead of all.
        public var sample = Int.max
        /// The factor of what the network learns while it hears a piece, 0…1; nil to evaluate it as it is.
        public var learning: Float?
        /// Of collections of tunes, only those that a training holds out.
        public var heldOut = false
        public var threads = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

        public init() {}
    }

    /// How far an evaluation has come.
    public struct Progress: Sendable {
        /// 0…1, by the size of the files.
        public let share: Double
        public let pieces: Int
        public let allPieces: Int
        public let tokensPerSecond: Double
        public let secondsLeft: Double
    }

    /// Evaluates weights on MIDI files and folders of them (`Corpus.files`). Only the pieces that are being heard are
    /// in memory. The figures depend neither on the number of threads nor on what else is evaluated.
    /// - Parameter progress: called about five times a second, on this thread.
    /// - Throws: `TrainingError`, if nothing can be read among others; `KernelError`; `FileError` for a MAESTRO
    ///   folder's list.
    public static func run(
        _ weights: Weights, on music: [String], _ options: Options = Options(),
        progress: @escaping @Sendable (Progress) -> Void = { _ in }
    ) throws -> Evaluation {
        let spoken = try weights.layout.configuration.spoken
        return try run(spoken, weights, music, options, progress)
    }

    private static func run<R: Representation>(
        _ type: R.Type, _ weights: Weights, _ music: [String], _ options: Options,
        _ progress: @escaping @Sendable (Progress) -> Void
    ) throws -> Evaluation {
        let shape = weights.layout.configuration
        guard [shape.embedding, shape.hidden, shape.headWidth].allSatisfy({ $0 % 16 == 0 }) else {
            throw TrainingError.widths(shape.embedding, shape.hidden, shape.headWidth)
        }
        let kernels = try KernelTable.best()
        if options.learning != nil && weights.factors == nil { throw TrainingError.cannotLearn }
        var skipped: [SkippedFile] = []
        let pieces = try pieces(R.self, music, options, &skipped)
        let workers = Workers(max(1, min(options.threads, pieces.names.count)))
        var evaluation: Evaluation
        if let learning = options.learning {
            let network = Network(weights, kernels: kernels, precision: try .chosen())
            evaluation = LearningEvaluator<R>(pieces: pieces, network: network, kernels: kernels, learning: learning)
                .evaluate(workers, progress: progress)
        } else {
            evaluation = Evaluator<R>(pieces, packed: PackedParameters(weights, kernels), workers: workers)
                .evaluate(progress: progress)
        }
        evaluation.skipped = skipped + evaluation.skipped
        if evaluation.list.isEmpty {
            throw TrainingError.noPiece(
                first: evaluation.skipped.first { !$0.isFolder }?.reason
                    ?? (options.heldOut ? "none of them is held out" : "no file was given"),
                isDamaged: evaluation.skipped.contains(where: \.isDamaged))
        }
        return evaluation
    }

    private static func pieces<R: Representation>(
        _ type: R.Type, _ music: [String], _ options: Options, _ skipped: inout [SkippedFile]
    ) throws -> EvaluatedPieces {
        let files = try Corpus.files(music, split: options.split, suffixes: R.fileSuffixes, skipped: &skipped)
        guard let notation = R.self as? any Notation.Type else {
            if options.heldOut {
                throw TrainingError.setting("--held-out is for collections of tunes, not for \(R.name)")
            }
            return EvaluatedPieces.of(R.self, files: spread(files, options.sample), order: options.order)
        }
        func read<N: Notation>(_: N.Type) -> EvaluatedPieces {
            .of(N.self, collections: files, heldOut: options.heldOut, order: options.order, skipped: &skipped)
        }
        return read(notation).sample(options.sample)
    }
}

/// `count` elements at even distances: a corpus is ordered by composer.
package func spread<Element>(_ list: [Element], _ count: Int) -> [Element] {
    count >= list.count ? list : (0..<count).map { list[$0 * list.count / count] }
}
