// Not real-time: a network's parameters in fp32, as trained, stored and exchanged.

/// One flat array in the order of `layout`. Immutable once loaded; the trainer keeps its own buffers in the same layout.
public struct Weights: Sendable {
    public let layout: ParameterLayout
    public var values: [Float]
    /// What the network learns with while it is played; nil for one that cannot.
    public var factors: KroneckerFactors?

    /// - Parameter values: `layout.count` numbers.
    public init(layout: ParameterLayout, values: [Float], factors: KroneckerFactors? = nil) {
        precondition(values.count == layout.count, "\(values.count) values for \(layout.count) parameters")
        self.layout = layout
        self.values = values
        self.factors = factors
    }

    /// The same network with what its recall has learnt, in the place of any before.
    /// - Parameter values: of `recall.weight`, then of `recall.gate`.
    public func with(_ recall: Configuration.Recall, _ values: [Float]) -> Weights {
        var configuration = layout.configuration
        configuration.recall = nil
        let own = ParameterLayout(configuration).count
        configuration.recall = recall
        return Weights(layout: ParameterLayout(configuration), values: self.values[..<own] + values, factors: factors)
    }

    /// FNV-1a over the bits of each weight, seeded by the shape (Fowler, Noll and Vo, 1991; a word at a time).
    var fingerprint: UInt64 {
        let prime: UInt64 = 0x100_0000_01B3
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        let shape = layout.configuration.metadata.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }
        for byte in shape.joined().utf8 { hash = (hash ^ UInt64(byte)) &* prime }
        for value in values { hash = (hash ^ UInt64(value.bitPattern)) &* prime }
        for value in (factors?.tensors ?? []).joined() { hash = (hash ^ UInt64(value.bitPattern)) &* prime }
        return hash
    }

    /// Of a layer, [4·hidden]: the sum of its bias vectors.
    func gateBiases(_ layer: Int) -> [Float] {
        let input = self[layout.inputBiases[layer]]
        guard !layout.recurrentBiases.isEmpty else { return Array(input) }
        return zip(input, self[layout.recurrentBiases[layer]]).map(+)
    }

    public subscript(_ place: TensorPlace) -> ArraySlice<Float> { values[place.range] }
}
