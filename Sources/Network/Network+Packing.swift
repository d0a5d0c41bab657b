// Not real-time: prepares what a step reads, from PyTorch's tensors; runs once for a network.

import Kernels

/// One contiguous image of everything a step reads, and where in it each part begins.
struct Packing {
    private(set) var image: [UInt32] = []
    private let kernels: KernelTable
    private let precision: WeightPrecision
    private let configuration: Configuration
    private var inputTable = 0
    private var gateBiases = 0
    private var inputMatrices = 0
    private var recurrentMatrices = 0
    private var gateMatrixWords = 0
    private var zeros = 0
    private var feedback: [Int] = []
    private var heads: [(a: Int, matrix: Int, bias: Int)] = []
    private var recallImage = 0
    private let gate: Recall.Gate?

    init(_ weights: Weights, _ kernels: KernelTable, _ precision: WeightPrecision) {
        self.kernels = kernels
        self.precision = precision
        configuration = weights.layout.configuration
        gate = Recall.Gate(weights)
        precondition(configuration.layers >= 1 && 1...Configuration.maximumFields ~= configuration.fields.count)
        let order = gateOrder(hidden: configuration.hidden)
        packTables(weights, order)
        packGates(weights, order)
        zeros = append([Float](repeating: 0, count: roundedUp(configuration.headWidth)))
        for field in configuration.fields.indices { packHead(field, weights) }
        recallImage = append(Recall.image(weights, precision.heads))
    }

    /// - Returns: where it begins.
    private mutating func append(_ values: [Float]) -> Int { append(values.map(\.bitPattern)) }

    private mutating func append(_ words: [UInt32]) -> Int {
        defer { image += words }
        return image.count
    }

    /// What a step reads a few rows of.
    private mutating func packTables(_ weights: Weights, _ order: [Int?]) {
        let table = foldedInput(weights, order)
        inputTable = precision == .fp32 ? append(table) : append(pairs(table))
        for places in weights.layout.headB {
            feedback.append(image.count)
            for place in places { _ = append(Matrix(weights, place).values) }
        }
    }

    /// What is read ahead of the next token, then what stands between a token and its answer.
    private mutating func packGates(_ weights: Weights, _ order: [Int?]) {
        let layout = weights.layout
        let layers = 0..<configuration.layers
        recurrentMatrices = image.count
        for place in layout.recurrentWeights { _ = append(Matrix(weights, place).selecting(order).packed(precision)) }
        gateMatrixWords = (image.count - recurrentMatrices) / configuration.layers
        gateBiases = image.count
        for layer in layers {
            let biases = weights.gateBiases(layer)
            _ = append(order.map { $0.map { biases[$0] } ?? 0 })
        }
        inputMatrices = image.count
        for place in layout.inputWeights.dropFirst() {
            _ = append(Matrix(weights, place).selecting(order).packed(precision))
        }
    }

    /// Layer 0's input product for each class: what an embedding and a matrix would give, as one row to look up.
    private func foldedInput(_ weights: Weights, _ order: [Int?]) -> [Float] {
        let input = Matrix(weights, weights.layout.inputWeights[0]).selecting(order)
        let start = [Float](repeating: 0, count: order.count)
        let affine = kernels.affine(.fp32)
        let matrix = input.packed(.fp32)
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
        let a =
            layout.headA.isEmpty
            ? 0 : append(Matrix(weights, layout.headA[field]).roundingUpRows.packed(precision.heads))
        let matrix = Matrix(weights, layout.headC[field]).roundingUpRows
        let bias = weights[layout.headBiases[field]]
        let beyond = [Float](repeating: -.infinity, count: matrix.rows - bias.count)
        // Rows beyond the classes are never drawn.
        heads.append((a, append(matrix.packed(precision.heads)), append(bias + beyond)))
    }

    /// - Parameter base: where the image lies for the engine's whole life.
    func engine(at base: UnsafeRawPointer) -> NetworkEngine {
        func words(_ start: Int) -> UnsafeRawPointer { base + start * MemoryLayout<UInt32>.size }
        func floats(_ start: Int) -> UnsafePointer<Float> { words(start).assumingMemoryBound(to: Float.self) }
        let fields = configuration.fields
        let layers = configuration.layers
        let hidden = roundedUp(configuration.hidden)
        let headWidth = roundedUp(configuration.headWidth)
        let recall = gate.map { Recall(configuration, $0, kernels, precision.heads, at: words(recallImage)) }
        let snapshotCount = 2 * layers * hidden + (recall?.placeCount ?? 0)
        let scratchCount = max(headWidth, 16) + roundedUp(max(hidden, headWidth) / 2)
        let stateCount = snapshotCount + 4 * layers * hidden
        let spareState = scratchCount + (recall?.roomCount ?? 0)
        return NetworkEngine(
            stateCount: stateCount, snapshotCount: snapshotCount, scratchCount: spareState + stateCount,
            kernels: StepKernels(kernels, precision), fields: fields.count, layers: layers, hidden: hidden,
            headWidth: headWidth, zWidth: max(headWidth, 16), recall: recall, recallPlace: 2 * layers * hidden,
            recallRoom: scratchCount, spareState: spareState, inputTable: words(inputTable),
            tableRowBytes: (precision == .fp32 ? 16 : 8) * hidden, gateBiases: floats(gateBiases),
            inputMatrices: words(inputMatrices),
            recurrentMatrices: words(recurrentMatrices),
            gateMatrixBytes: gateMatrixWords * MemoryLayout<UInt32>.size, zeros: floats(zeros),
            heads: InlineArray { k in
                // Lanes without a field: no class is in range.
                guard k < fields.count else {
                    return .init(a: base, feedback: floats(0), matrix: base, bias: floats(0))
                }
                return .init(
                    firstRow: fields[..<k].reduce(0) { $0 + $1.classes }, classes: fields[k].classes,
                    a: words(heads[k].a), feedback: floats(feedback.isEmpty ? 0 : feedback[k]),
                    matrix: words(heads[k].matrix),
                    bias: floats(heads[k].bias))
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
