/// Networks with one bias a gate, as Keras has them.
import Kernels
import Network
import TestSupport
import Testing

@Suite struct GateBiasTests {
    private static let shape = Configuration(
        representation: "toy", fields: [Field("character", classes: 7)], embedding: 16, hidden: 8, layers: 3,
        headWidth: 0,
        gateBiases: 1)

    /// The same network with a second bias of zeros.
    private static func withTwo(_ one: Weights) -> Weights {
        var shape = one.layout.configuration
        shape.gateBiases = 2
        let layout = ParameterLayout(shape)
        var two = Weights(layout: layout, values: Array(repeating: 0, count: layout.count))
        for place in layout.all {
            guard let old = one.layout.all.first(where: { $0.name == place.name }) else { continue }
            two.values.replaceSubrange(place.range, with: one[old])
        }
        return two
    }

    @Test func itIsTheNetworkWhoseSecondBiasIsZero() throws {
        let one = randomWeights(Self.shape)
        #expect(ParameterLayout(Self.shape).count == ParameterLayout(Self.withTwo(one).layout.configuration).count - 96)
        let memories = try [one, Self.withTwo(one)].map {
            NetworkMemory(Network($0, kernels: try .best(), precision: .fp32))
        }
        var oracle = Oracle(one)
        for row in [3, 0, 6, 6, 1] as [Int16] {
            for memory in memories {
                memory.step(FieldRow(row, -1, -1, -1))
                memory.answer(0, given: FieldRow(repeating: -1))
            }
            oracle.step(FieldRow(row, -1, -1, -1))
            for (index, expected) in oracle.logits(0, given: FieldRow(repeating: -1)).enumerated() {
                #expect(memories[0].logits[index] == memories[1].logits[index])
                #expect(abs(Double(memories[0].logits[index]) - expected) < 1e-4)
            }
        }
    }

    @Test func aModelFileSaysSo() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/model.safetensors"
        let weights = randomWeights(Self.shape)
        try Model.save(weights, precision: .single, to: path)
        let loaded = try Model.load(path).weights
        #expect(loaded.layout.configuration == Self.shape && loaded.values == weights.values)
        #expect(!loaded.layout.all.contains { $0.name.hasPrefix("lstm.bias_hh") })
        // As it was before there was a choice.
        var two = Self.shape
        two.gateBiases = 2
        #expect(two.metadata["continuo.gate_biases"] == nil)
        var metadata = Self.shape.metadata
        metadata["continuo.gate_biases"] = "3"
        #expect(throws: ModelFileError.self) { try Configuration(metadata: metadata, file: "x") }
    }
}
