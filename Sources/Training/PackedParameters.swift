import Kernels
import Network

/// The weights in the shapes the matrix products read, made anew after each update.

/// A weight matrix W [outputs, inputs] of the flat array, packed for x·Wᵀ (forward) and g·W (backward).
struct PackedMatrix: Sendable {
    let offset: Int
    let outputs: Int
    let inputs: Int
    let forward: Buffer<Float>
    let backward: Buffer<Float>

    init(_ place: TensorPlace) {
        offset = place.offset
        outputs = place.shape[0]
        inputs = place.shape[1]
        forward = Buffer((outputs + 15) / 16 * 16 * inputs)
        backward = Buffer((inputs + 15) / 16 * 16 * outputs)
    }

    func pack(_ weights: UnsafePointer<Float>, _ kernels: KernelTable) {
        kernels.packPanels(forward.base, weights + offset, 1, inputs, inputs, outputs)
        kernels.packPanels(backward.base, weights + offset, inputs, 1, outputs, inputs)
    }
}

/// Shared by all workers; written between barriers only.
package final class PackedParameters: Sendable {
    let layout: ParameterLayout
    let kernels: KernelTable
    /// The flat array itself.
    package let weights: Buffer<Float>
    let inputs: [PackedMatrix]
    let recurrents: [PackedMatrix]
    let headA: [PackedMatrix]
    let headC: [PackedMatrix]
    /// Layer 0's input product of every field value: E_f · W_ihᵀ, [sum of classes, 4·hidden]. A token's is the sum
    /// of its fields' rows, exactly.
    let table: Buffer<Float>
    /// Per layer b_ih + b_hh, [4·hidden].
    let biases: [Buffer<Float>]

    init(_ layout: ParameterLayout, _ kernels: KernelTable) {
        self.layout = layout
        self.kernels = kernels
        weights = Buffer(layout.count)
        let configuration = layout.configuration
        inputs = layout.inputWeights.map(PackedMatrix.init)
        recurrents = layout.recurrentWeights.map(PackedMatrix.init)
        headA = layout.headA.map(PackedMatrix.init)
        headC = layout.headC.map(PackedMatrix.init)
        table = Buffer(configuration.fields.reduce(0) { $0 + $1.classes } * 4 * configuration.hidden)
        biases = (0..<configuration.layers).map { _ in Buffer(4 * configuration.hidden) }
    }

    convenience init(_ weights: Weights, _ kernels: KernelTable) {
        self.init(weights.layout, kernels)
        for (i, value) in weights.values.enumerated() { self.weights.base[i] = value }
        pack()
    }

    /// The share of `worker` among `workers`.
    func pack(worker: Int = 0, of workers: Int = 1) {
        let weights = weights.base
        let matrices = inputs + recurrents + headA + headC
        for (i, matrix) in matrices.enumerated() where i % workers == worker { matrix.pack(weights, kernels) }
        guard worker == 0 else { return }
        let configuration = layout.configuration
        let gates = 4 * configuration.hidden
        for (l, bias) in biases.enumerated() {
            bias.base.update(from: weights + layout.inputBiases[l].offset, count: gates)
            kernels.add(bias.base, weights + layout.recurrentBiases[l].offset, gates)
        }
        var row = 0
        for place in layout.embeddings {
            kernels.gemm(
                table.base + row * gates, gates, weights + place.offset, configuration.embedding,
                inputs[0].forward.base, place.shape[0], gates, configuration.embedding, false)
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
                kernels.gemm(
                    gradient + place.offset, width, from, gates, inputs[0].backward.base, place.shape[0], width,
                    gates, true)
            } else {
                kernels.gemmTransposed(
                    gradient + layout.inputWeights[0].offset, width, from, gates, weights + place.offset, width,
                    gates, width, place.shape[0], scratch.base)
            }
            row += place.shape[0]
        }
    }
}
