// Not real-time: where each tensor lies in the one flat array of a network's parameters, and what PyTorch calls it.

/// One named tensor: row-major, `offset` in elements from the start of the flat array.
public struct TensorPlace: Equatable, Sendable {
    public let name: String
    public let shape: [Int]
    public let offset: Int

    public var count: Int { shape.reduce(1, *) }
    public var range: Range<Int> { offset..<(offset + count) }
}

/// The order of all tensors, under the names of PyTorch's `nn.Embedding`, `nn.LSTM` (gate order i, f, g, o) and
/// `nn.Linear`. Weights, gradients and optimiser moments all use this one layout, so each is one flat array.
public struct ParameterLayout: Equatable, Sendable {
    public let configuration: Configuration
    /// embeddings[k]: [classes_k, embedding].
    public let embeddings: [TensorPlace]
    /// Per layer: weight_ih [4·hidden, input], weight_hh [4·hidden, hidden], bias_ih and bias_hh [4·hidden];
    /// of a network with one bias a gate it is `inputBiases`, and `recurrentBiases` is empty.
    public let inputWeights: [TensorPlace]
    public let recurrentWeights: [TensorPlace]
    public let inputBiases: [TensorPlace]
    public let recurrentBiases: [TensorPlace]
    /// Per field: A_k [headWidth, hidden]; empty when the head width is 0.
    public let headA: [TensorPlace]
    /// headB[k][j], j < k: [classes_j, headWidth]; empty when the head width is 0.
    public let headB: [[TensorPlace]]
    /// Per field: C_k [classes_k, headWidth or hidden], b_k [classes_k].
    public let headC: [TensorPlace]
    public let headBiases: [TensorPlace]
    /// [width, hidden] and [2], sharpness and log odds (see Recall.swift); nil without recall. The last of all.
    public let recallWeight: TensorPlace?
    public let recallGate: TensorPlace?
    /// All of the above in file order.
    public let all: [TensorPlace]
    /// Number of parameters.
    public let count: Int

    public init(_ configuration: Configuration) {
        var places: [TensorPlace] = []
        var offset = 0
        func place(_ name: String, _ shape: Int...) -> TensorPlace {
            let place = TensorPlace(name: name, shape: shape, offset: offset)
            places.append(place)
            offset += place.count
            return place
        }
        let c = configuration
        let gates = 4 * c.hidden
        let fields = c.fields.indices
        self.configuration = c
        embeddings = fields.map { place("embeddings.\($0).weight", c.fields[$0].classes, c.embedding) }
        let layers = 0..<c.layers
        inputWeights = layers.map { place("lstm.weight_ih_l\($0)", gates, $0 == 0 ? c.embedding : c.hidden) }
        recurrentWeights = layers.map { place("lstm.weight_hh_l\($0)", gates, c.hidden) }
        inputBiases = layers.map { place("lstm.bias_ih_l\($0)", gates) }
        recurrentBiases = c.gateBiases == 1 ? [] : layers.map { place("lstm.bias_hh_l\($0)", gates) }
        let wide = c.headWidth > 0
        headA = wide ? fields.map { place("heads.\($0).A.weight", c.headWidth, c.hidden) } : []
        headB =
            wide
            ? fields.map { k in
                (0..<k).map { place("heads.\(k).B.\($0).weight", c.fields[$0].classes, c.headWidth) }
            } : []
        headC = fields.map { place("heads.\($0).C.weight", c.fields[$0].classes, wide ? c.headWidth : c.hidden) }
        headBiases = fields.map { place("heads.\($0).C.bias", c.fields[$0].classes) }
        recallWeight = c.recall.map { place("recall.weight", $0.width, c.hidden) }
        recallGate = c.recall.map { _ in place("recall.gate", 2) }
        all = places
        count = offset
    }
}
