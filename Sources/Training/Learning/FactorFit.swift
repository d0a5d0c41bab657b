import Kernels
import Network
import Representation

/// Estimates what a network learns with while it is played (Network/KroneckerFactors.swift): second moments of what its heads
/// read and of their gradients, over training music.
package struct FactorFit {
    /// How many tokens are heard.
    let tokens: Int

    package init(tokens: Int) { self.tokens = tokens }

    /// Tokens of a piece, and of those the first ones, from which nothing is estimated.
    private static let excerpt = 576
    private static let warmup = 64
    /// Shares of the mean eigenvalue that are added to the moments.
    private static let inputDamping = 0.03
    private static let outputDamping = 0.01
    /// Step sizes, the best of those tried on MAESTRO's validation split; the first field, of time, learns twice as fast.
    private static let rate: Float = 2e-4
    /// The longest step, in lengths of the usual one (root mean square).
    private static let longest = 1.5

    /// - Parameter goesOn: called now and then with how many tokens were heard.
    /// - Returns: the network with its factors; as it was if its heads have no layer of their own or there is no music; nil
    ///   if it was not to go on.
    package func run<R: Representation>(
        _ type: R.Type, _ weights: Weights, _ corpus: Corpus, _ kernels: KernelTable, goesOn: (Int) -> Bool
    ) -> Weights? {
        let shape = weights.layout.configuration
        let excerpts = excerpts(corpus)
        guard KroneckerFactors.inputs(shape) > 0, !excerpts.isEmpty else { return weights }
        var moments = Moments(shape, kernels)
        var heard = 0
        var fitted = weights
        fitted.factors = .identity(shape)
        let plain = Stream<R>(fitted, kernels)
        for excerpt in excerpts {
            plain.hear(excerpt) { count, memory in
                guard let gradients = memory.adaptation.takeGradients(), count > Self.warmup else { return }
                moments.add(gradients)
            }
            heard += excerpt.count
            guard goesOn(heard) else { return nil }
        }
        fitted.factors = moments.factors(
            input: Self.inputDamping, output: Self.outputDamping,
            rates: shape.fields.indices.map { ($0 == 0 ? 2 : 1) * Self.rate })
        fitted.factors!.limits = limits(Stream<R>(fitted, kernels), excerpts)
        return fitted
    }

    /// Stretches of pieces at even distances, each from another place in its piece.
    private func excerpts(_ corpus: Corpus) -> [[Token]] {
        let count = max(1, (tokens + Self.excerpt - 1) / Self.excerpt)
        return spread(Array(corpus.pieces.indices), count).enumerated().compactMap { turn, index in
            let piece = Array(corpus.pieces[index].tokens)
            // The golden section: everywhere in the pieces, in no rhythm.
            let share = (Double(turn) * 0.618_033_988_75).truncatingRemainder(dividingBy: 1)
            let first = Int(share * Double(max(0, piece.count - Self.excerpt)))
            return piece.isEmpty ? nil : Array(piece[first...].prefix(Self.excerpt))
        }
    }

    /// From the lengths of the steps of learning on some of the music.
    private func limits<R: Representation>(_ stream: Stream<R>, _ excerpts: [[Token]]) -> [Float] {
        var squares: [Double] = []
        var steps = 0
        for excerpt in spread(excerpts, max(1, excerpts.count / 10)) {
            stream.hear(excerpt) { _, memory in
                guard memory.adaptation.isDue else { return }
                _ = memory.adaptation.learn()
                let lengths = memory.lastNorms.map { Double($0) * Double($0) }
                squares = squares.isEmpty ? lengths : zip(squares, lengths).map(+)
                steps += 1
            }
        }
        guard steps > 0 else { return stream.network.configuration.fields.map { _ in 1 } }
        return squares.map { min(1000, Float(Self.longest * ($0 / Double(steps)).squareRoot())) }
    }
}

/// What is legal of each token of a stream, for what learns from it.
struct LearningTracker<R: Representation> {
    private var tracker = R()

    /// The masks of the fields that the next token has.
    mutating func legal(_ token: Token) -> InlineArray<4, SIMD8<UInt64>> {
        var legal = InlineArray<4, SIMD8<UInt64>>(repeating: .zero)
        for k in R.fields.indices where token[k] >= 0 {
            let words = tracker.legal(k, given: token, within: .corpus).words
            for (word, bits) in words.enumerated() { legal[k][word] = bits }
        }
        tracker.emit(token) { _ in }
        return legal
    }
}

/// A network that hears excerpts, and learns from them.
private struct Stream<R: Representation> {
    let network: Network

    init(_ weights: Weights, _ kernels: KernelTable) { network = Network(weights, kernels: kernels, precision: .fp32) }

    /// - Parameter heard: called after each token with how many there were, and what learns.
    func hear(_ tokens: [Token], heard: (Int, AdaptationMemory) -> Void) {
        let memory = NetworkMemory(network)
        let learning = AdaptationMemory(network)!
        _ = learning.adaptation.setScale(1)
        var tracker = LearningTracker<R>()
        for (index, token) in tokens.enumerated() {
            _ = learning.adaptation.hear(token, legal: tracker.legal(token), state: memory.state)
            memory.step(token)
            heard(index + 1, learning)
        }
    }
}

/// Second moments of what the heads read and of their gradients, in double precision.
private struct Moments {
    private let shape: Configuration
    private let kernels: KernelTable
    private let inputs: Int
    private var input: [Double]
    private var outputs: [[Double]]
    private var tokens = 0
    /// Tokens that have each field.
    private var counts: [Int]
    // Blocks of tokens, in floats, since sums of many would lose the small.
    private var x: [Float] = []
    private var gradients: [[Float]]

    private static let block = 256

    init(_ shape: Configuration, _ kernels: KernelTable) {
        self.shape = shape
        self.kernels = kernels
        inputs = KroneckerFactors.inputs(shape)
        input = [Double](repeating: 0, count: inputs * inputs)
        outputs = shape.fields.map { _ in [Double](repeating: 0, count: shape.headWidth * shape.headWidth) }
        counts = shape.fields.map { _ in 0 }
        gradients = shape.fields.map { _ in [] }
    }

    /// - Parameter segment: see `Adaptation.takeGradients`.
    mutating func add(_ segment: (u: UnsafePointer<Float>, v: UnsafePointer<Float>)) {
        let (width, fields) = (shape.headWidth, shape.fields.count)
        x += UnsafeBufferPointer(start: segment.v, count: Adaptation.segment * inputs)
        for t in 0..<Adaptation.segment {
            for k in 0..<fields {
                let row = UnsafeBufferPointer(start: segment.u + (t * fields + k) * width, count: width)
                gradients[k] += row
                counts[k] += row.contains { $0 != 0 } ? 1 : 0
            }
        }
        tokens += Adaptation.segment
        if x.count >= Self.block * inputs { flush() }
    }

    private mutating func flush() {
        guard !x.isEmpty else { return }
        Self.addProduct(x, inputs, to: &input, kernels)
        x = []
        for k in gradients.indices {
            Self.addProduct(gradients[k], shape.headWidth, to: &outputs[k], kernels)
            gradients[k] = []
        }
    }

    /// sums += rowsᵀ · rows.
    private static func addProduct(_ rows: [Float], _ width: Int, to sums: inout [Double], _ kernels: KernelTable) {
        let product = Buffer<Float>(width * width)
        let scratch = Buffer<Float>(256 * (2 * width + 16))
        kernels.gemmTransposed(
            product.base, width, rows, width, rows, width, width, width, rows.count / width, scratch.base)
        for i in sums.indices { sums[i] += Double(product.base[i]) }
    }

    /// S⁻¹ and G^(−½), both damped, with limits of 1.
    mutating func factors(input inputDamping: Double, output outputDamping: Double, rates: [Float]) -> KroneckerFactors
    {
        flush()
        func mean(_ sums: [Double], _ size: Int, _ count: Int) -> SymmetricMatrix {
            SymmetricMatrix(size: size, values: sums.map { $0 / Double(max(count, 1)) })
        }
        return KroneckerFactors(
            input: Self.storable(mean(input, inputs, tokens).damped(inputDamping).inverse),
            outputs: zip(outputs, counts).map {
                Self.storable(mean($0, shape.headWidth, $1).damped(outputDamping).inverseSquareRoot)
            }, rates: rates, limits: rates.map { _ in 1 })
    }

    /// In the range of half precision, in which it is stored: a network that has learnt its music by heart has gradients next to
    /// nothing, whose inverse is huge. Of a field that never came, zeros.
    private static func storable(_ matrix: SymmetricMatrix) -> [Float] {
        let greatest = matrix.values.reduce(0) { max($0, abs($1)) }
        guard greatest.isFinite, matrix.values.allSatisfy(\.isFinite) else { return matrix.values.map { _ in 0 } }
        let factor = min(1, 60_000 / max(greatest, 1))
        return matrix.values.map { Float($0 * factor) }
    }
}

extension KroneckerFactors {
    /// Steps along the gradient, of length 0.
    fileprivate static func identity(_ shape: Configuration) -> KroneckerFactors {
        func one(_ size: Int) -> [Float] { (0..<size * size).map { $0 % (size + 1) == 0 ? 1 : 0 } }
        let zeros = shape.fields.map { _ in Float(0) }
        return KroneckerFactors(
            input: one(inputs(shape)), outputs: shape.fields.map { _ in one(shape.headWidth) }, rates: zeros,
            limits: zeros)
    }
}
