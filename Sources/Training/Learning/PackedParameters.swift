import Kernels
import Network

/// The weights in the shapes the matrix products read, made anew after each update.

/// A weight matrix W [outputs, inputs] of the flat array, packed for x·Wᵀ (forward) and g·W (backward).
struct PackedMatrix: Sendable {
    let offset: Int
    let outputs: Int
    let inputs: Int
    let forward: Panels
    let backward: Panels

    init(_ place: TensorPlace, _ products: Products) {
        offset = place.offset
        outputs = place.shape[0]
        inputs = place.shape[1]
        forward = Panels(depth: inputs, columns: outputs, products)
        backward = Panels(depth: outputs, columns: inputs, products)
    }

    func pack(_ weights: UnsafePointer<Float>) {
        forward.pack(weights + offset, depthStride: 1, columnStride: inputs)
        backward.pack(weights + offset, depthStride: inputs, columnStride: 1)
    }
}

/// Shared by all workers; written between barriers only.
package final class PackedParameters: Sendable {
    let layout: ParameterLayout
    let kernels: KernelTable
    let products: Products
    /// The flat array itself.
    package let weights: Buffer<Float>
    let inputs: [PackedMatrix]
    let recurrents: [PackedMatrix]
    let headA: [PackedMatrix]
    let headC: [PackedMatrix]
    /// Layer 0's input product of every field value: E_f · W_ihᵀ, [sum of classes, 4·hidden]. A token's is the sum
    /// of its fields' rows, exactly.
    let table: Buffer<Float>
    /// Per layer the sum of the bias vectors, [4·hidden].
    let biases: [Buffer<Float>]

    init(_ layout: ParameterLayout, _ kernels: KernelTable, _ precision: ProductPrecision = .fp32) {
        self.layout = layout
        self.kernels = kernels
        let products = Products(kernels, precision)
        self.products = products
        weights = Buffer(layout.count)
        let configuration = layout.configuration
        // Layer 0's is folded, once an update, so exactness costs nothing there.
        inputs = layout.inputWeights.enumerated().map { l, place in
            PackedMatrix(place, l == 0 ? Products(kernels, .fp32) : products)
        }
        recurrents = layout.recurrentWeights.map { PackedMatrix($0, products) }
        headA = layout.headA.map { PackedMatrix($0, products) }
        headC = layout.headC.map { PackedMatrix($0, products) }
        table = Buffer(configuration.fields.reduce(0) { $0 + $1.classes } * 4 * configuration.hidden)
        biases = (0..<configuration.layers).map { _ in Buffer(4 * configuration.hidden) }
    }

    package convenience init(_ weights: Weights, _ kernels: KernelTable) {
        self.init(weights.layout, kernels)
        for (i, value) in weights.values.enumerated() { self.weights.base[i] = value }
        pack()
    }

    /// What the network recalls by, as the weights are now; nil for one without recall.
    var recall: RecallWeights? {
        layout.recallGate == nil
            ? nil : RecallWeights(Weights(layout: layout, values: weights.values), kernels: kernels)
    }

    /// The share of `worker` among `workers`.
    func pack(worker: Int = 0, of workers: Int = 1) {
        let weights = weights.base
        let matrices = inputs + recurrents + headA + headC
        for (i, matrix) in matrices.enumerated() where i % workers == worker { matrix.pack(weights) }
        guard worker == 0 else { return }
        let configuration = layout.configuration
        let gates = 4 * configuration.hidden
        for (l, bias) in biases.enumerated() {
            bias.base.update(from: weights + layout.inputBiases[l].offset, count: gates)
            guard !layout.recurrentBiases.isEmpty else { continue }
            kernels.add(bias.base, weights + layout.recurrentBiases[l].offset, gates)
        }
        var row = 0
        for place in layout.embeddings {
            inputs[0].forward.multiply(
                weights + place.offset, configuration.embedding, rows: place.shape[0],
                into: table.base + row * gates, gates, adding: false, scratch: nil)
            row += place.shape[0]
        }
    }

    /// Unfolds the gradient of the table into those of the embeddings and of layer 0's input weights (added).
    /// The two halves of the work are `part` 0 and 1.
    package func unfold(
        _ tableGradient: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>,
        scratch: Buffer<Float>, part: Int
    ) {
        let weights = weights.base
        let configuration = layout.configuration
        let gates = 4 * configuration.hidden
        let width = configuration.embedding
        var row = 0
        for place in layout.embeddings {
            let from = tableGradient + row * gates
            if part == 0 {
                inputs[0].backward.multiply(
                    from, gates, rows: place.shape[0], into: gradient + place.offset, width, adding: true,
                    scratch: scratch)
            } else {
                kernels.gemmTransposed(
                    gradient + layout.inputWeights[0].offset, width, from, gates, weights + place.offset, width,
                    gates, width, place.shape[0], scratch.base)
            }
            row += place.shape[0]
        }
    }
}
