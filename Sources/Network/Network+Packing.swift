/// From PyTorch's row-major tensors to the order in which the kernels read (KernelVariants, Step.swift). Prepares
/// the real-time path; runs once for a network.

import Kernels

/// One contiguous image of everything a step reads, and where in it each part begins.
struct Packing {
    private(set) var image: [Float] = []
    private let kernels: KernelTable
    private let configuration: Configuration
    private var inputTable = 0
    private var gateBiases = 0
    private var inputMatrices = 0
    private var recurrentMatrices = 0
    private var zeros = 0
    private var heads: [(a: Int, feedback: Int, matrix: Int, bias: Int)] = []

    init(_ weights: Weights, _ kernels: KernelTable) {
        self.kernels = kernels
        configuration = weights.layout.configuration
        precondition(configuration.layers >= 1 && 1...Configuration.maximumFields ~= configuration.fields.count)
        packGates(weights)
        zeros = append([Float](repeating: 0, count: roundedUp(configuration.headWidth)))
        for field in configuration.fields.indices { packHead(field, weights) }
    }

    private mutating func append(_ values: some Sequence<Float>) -> Int {
        defer { image += values }
        return image.count
    }

    private mutating func packGates(_ weights: Weights) {
        let layout = weights.layout
        let order = gateOrder(hidden: configuration.hidden)
        inputTable = append(foldedInput(weights, order))
        let layers = 0..<configuration.layers
        gateBiases = image.count
        for layer in layers {
            let biases = zip(weights[layout.inputBiases[layer]], weights[layout.recurrentBiases[layer]]).map(+)
            _ = append(order.map { $0.map { biases[$0] } ?? 0 })
        }
        inputMatrices = image.count
        for place in layout.inputWeights.dropFirst() { _ = append(Matrix(weights, place).selecting(order).packed) }
        recurrentMatrices = image.count
        for place in layout.recurrentWeights { _ = append(Matrix(weights, place).selecting(order).packed) }
    }

    /// Layer 0's input product for each class: what an embedding and a matrix would give, as one row to look up.
    private func foldedInput(_ weights: Weights, _ order: [Int?]) -> [Float] {
        let input = Matrix(weights, weights.layout.inputWeights[0]).selecting(order)
        let start = [Float](repeating: 0, count: order.count)
        let affine = kernels.affine
        let matrix = input.packed
        var row = start
        return weights.layout.embeddings.flatMap { place in
            let embedding = Matrix(weights, place)
            return (0..<embedding.rows).flatMap { entry in
                embedding.values.withUnsafeBufferPointer {
                    affine(
                        &row, start, matrix, $0.baseAddress! + entry * embedding.columns, order.count,
                        embedding.columns)
                }
                return row
            }
        }
    }

    private mutating func packHead(_ field: Int, _ weights: Weights) {
        let layout = weights.layout
        let a = layout.headA.isEmpty ? 0 : append(Matrix(weights, layout.headA[field]).roundingUpRows.packed)
        let feedback = image.count
        for place in layout.headB.isEmpty ? [] : layout.headB[field] { _ = append(Matrix(weights, place).values) }
        let matrix = Matrix(weights, layout.headC[field]).roundingUpRows
        let bias = weights[layout.headBiases[field]]
        let beyond = [Float](repeating: -.infinity, count: matrix.rows - bias.count)
        // Rows beyond the classes are never drawn.
        heads.append((a, feedback, append(matrix.packed), append(bias + beyond)))
    }

    /// - Parameter base: where the image lies for the engine's whole life.
    func engine(at base: UnsafePointer<Float>) -> NetworkEngine {
        let fields = configuration.fields
        let layers = configuration.layers
        let hidden = roundedUp(configuration.hidden)
        let headWidth = roundedUp(configuration.headWidth)
        return NetworkEngine(
            stateCount: 6 * layers * hidden, snapshotCount: 2 * layers * hidden,
            scratchCount: max(4 * hidden, headWidth),
            kernels: StepKernels(kernels), fields: fields.count, layers: layers, hidden: hidden,
            headWidth: headWidth, inputTable: base + inputTable, gateBiases: base + gateBiases,
            inputMatrices: base + inputMatrices, recurrentMatrices: base + recurrentMatrices, zeros: base + zeros,
            heads: InlineArray { k in
                // Lanes without a field: no class is in range.
                guard k < fields.count else { return .init(a: base, feedback: base, matrix: base, bias: base) }
                return .init(
                    firstRow: fields[..<k].reduce(0) { $0 + $1.classes }, classes: fields[k].classes,
                    a: base + heads[k].a, feedback: base + heads[k].feedback, matrix: base + heads[k].matrix,
                    bias: base + heads[k].bias)
            })
    }
}

/// Rows in the order of a gate panel, [units / 16][4 gates][16 units]: PyTorch's row of each, nil beyond the units.
private func gateOrder(hidden: Int) -> [Int?] {
    stride(from: 0, to: hidden, by: 16).flatMap { unit in
        (0..<64).map { lane in
            let unit = unit + lane % 16
            return unit < hidden ? lane / 16 * hidden + unit : nil
        }
    }
}

private func roundedUp(_ count: Int) -> Int { (count + 15) & ~15 }

/// A row-major matrix whose columns are rounded up to 16 with zeros.
private struct Matrix {
    let rows: Int
    let columns: Int
    private(set) var values: [Float]

    init(_ weights: Weights, _ place: TensorPlace) {
        rows = place.shape[0]
        columns = roundedUp(place.shape[1])
        let source = weights[place]
        let padding = [Float](repeating: 0, count: columns - place.shape[1])
        values = []
        values.reserveCapacity(rows * columns)
        for start in stride(from: source.startIndex, to: source.endIndex, by: place.shape[1]) {
            values += source[start..<start + place.shape[1]]
            values += padding
        }
    }

    private init(rows: Int, columns: Int, values: [Float]) {
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    private func row(_ index: Int) -> ArraySlice<Float> { values[index * columns..<(index + 1) * columns] }

    /// These rows in this order; nil gives zeros.
    func selecting(_ order: [Int?]) -> Matrix {
        let zeros = [Float](repeating: 0, count: columns)[...]
        return Matrix(rows: order.count, columns: columns, values: order.flatMap { $0.map(row) ?? zeros })
    }

    var roundingUpRows: Matrix { selecting((0..<roundedUp(rows)).map { $0 < rows ? $0 : nil }) }

    /// The kernels' layout: panels of 64 rows, each [columns][64], then panels of 16. Rows are a multiple of 16.
    var packed: [Float] {
        var packed: [Float] = []
        packed.reserveCapacity(values.count)
        var first = 0
        while first < rows {
            let height = rows - first >= 64 ? 64 : 16
            for column in 0..<columns {
                for row in first..<first + height { packed.append(values[row * columns + column]) }
            }
            first += height
        }
        return packed
    }
}
