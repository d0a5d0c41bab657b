// REAL-TIME (improviser): what learning reads. It is made of a model's tensors once for a network, which is not real-time.

import Kernels

/// The constants of an `Adaptation`: pointers into memory that a `Network` owns and never changes. Matrices lie as
/// `KernelTable.packPanels` leaves them, in panels of sixteen outputs, in fp32.
///
/// @unchecked Sendable: pointers to memory that is written before the value exists and never after.
struct AdaptationConstants: @unchecked Sendable {
    let fields: Int
    /// Rounded up to 16 for each layer.
    let inputs: Int
    /// Rounded up to 16.
    let width: Int
    /// A_k, [fields][width / 16][hidden][16].
    let a: UnsafePointer<Float>
    /// S⁻¹, [inputs / 16][inputs][16].
    let input: UnsafePointer<Float>
    /// G_k^(−½), [fields][width / 16][width][16].
    let output: UnsafePointer<Float>
    let rates: UnsafePointer<Float>
    let limits: UnsafePointer<Float>
    /// Thirty-two.
    let zeros: UnsafePointer<Float>
    private let base: UnsafePointer<Float>
    private let forwardPlaces: InlineArray<4, Int>
    private let backwardPlaces: InlineArray<4, Int>
    /// Whether what is played is bfloat16, and bytes of an element of it.
    let isHalf: Bool
    let elementBytes: Int
    let kernels: AdaptationKernels

    /// C_k from z to logits, [classes / 16][width][16], with zeros beyond the classes.
    @_noAllocation @_noLocks
    func forward(_ field: Int) -> UnsafePointer<Float> { base + forwardPlaces[field] }
    /// C_k from logits to z, [width / 16][classes rounded up][16].
    @_noAllocation @_noLocks
    func backward(_ field: Int) -> UnsafePointer<Float> { base + backwardPlaces[field] }

    /// Elements of D or of E.
    var count: Int { fields * width * inputs }
    /// Bytes of a head as it is played.
    let playedHeadBytes: Int

    /// What `init` reads, and where in it the parts begin.
    struct Image {
        private(set) var words: [UInt32] = []
        fileprivate var starts: [Int] = []

        fileprivate mutating func add(_ values: [Float]) {
            starts.append(words.count)
            words += values.map(\.bitPattern)
            // Each begins on a cache line.
            words += [UInt32](repeating: 0, count: roundedUp(words.count) - words.count)
        }
    }

    /// Nil for a network that cannot learn.
    static func image(_ weights: Weights, _ kernels: KernelTable) -> Image? {
        guard let factors = weights.factors, KroneckerFactors.inputs(weights.layout.configuration) > 0 else {
            return nil
        }
        let layout = weights.layout
        let c = layout.configuration
        let layers = min(c.layers, 2)
        var parts = Image()
        parts.add([Float](repeating: 0, count: 32))
        parts.add(factors.rates)
        parts.add(factors.limits)
        // An input's place in a state, whose layers are rounded up.
        let places = (0..<layers * c.hidden).map { $0 / c.hidden * roundedUp(c.hidden) + $0 % c.hidden }
        parts.add(panels(factors.input, rows: places, columns: places, size: layers * roundedUp(c.hidden), kernels))
        let width = Array(0..<c.headWidth)
        parts.add(
            layout.headA.flatMap { panels(Array(weights[$0]), rows: width, columns: Array(0..<c.hidden), kernels) })
        parts.add(factors.outputs.flatMap { panels($0, rows: width, columns: width, kernels) })
        for place in layout.headC {
            let values = Array(weights[place])
            let classes = Array(0..<place.shape[0])
            parts.add(panels(values, rows: classes, columns: width, kernels))
            let transposed = width.flatMap { j in classes.map { values[$0 * c.headWidth + j] } }
            parts.add(panels(transposed, rows: width, columns: classes, kernels))
        }
        return parts
    }

    /// A matrix [outputs, inputs] in panels of sixteen outputs, with its rows and columns at these places and zeros elsewhere.
    private static func panels(
        _ values: [Float], rows: [Int], columns: [Int], size: Int? = nil, _ kernels: KernelTable
    ) -> [Float] {
        let (outputs, inputs) = (size ?? roundedUp(rows.count), size ?? roundedUp(columns.count))
        var square = [Float](repeating: 0, count: outputs * inputs)
        for (r, row) in rows.enumerated() {
            for (c, column) in columns.enumerated() { square[row * inputs + column] = values[r * columns.count + c] }
        }
        var packed = square
        kernels.packPanels(&packed, square, 1, inputs, inputs, outputs)
        return packed
    }

    /// - Parameter base: where the image lies for the whole life of this value.
    init(
        _ c: Configuration, _ image: Image, _ kernels: KernelTable, _ precision: WeightPrecision,
        at base: UnsafeRawPointer
    ) {
        let starts = image.starts
        let floats = base.assumingMemoryBound(to: Float.self)
        fields = c.fields.count
        inputs = min(c.layers, 2) * roundedUp(c.hidden)
        width = roundedUp(c.headWidth)
        zeros = floats + starts[0]
        rates = floats + starts[1]
        limits = floats + starts[2]
        input = floats + starts[3]
        a = floats + starts[4]
        output = floats + starts[5]
        self.base = floats
        forwardPlaces = InlineArray { $0 < c.fields.count ? starts[6 + 2 * $0] : 0 }
        backwardPlaces = InlineArray { $0 < c.fields.count ? starts[7 + 2 * $0] : 0 }
        isHalf = precision.learntHeads == .bf16
        elementBytes = isHalf ? 2 : 4
        playedHeadBytes = width * inputs * elementBytes
        self.kernels = AdaptationKernels(kernels)
    }
}
