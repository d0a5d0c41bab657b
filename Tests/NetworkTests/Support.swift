/// What the tests of Network share.
import Network
import TestSupport

/// - Parameter scale: the weights are uniform in ±scale.
func randomWeights(_ configuration: Configuration, seed: UInt64 = 1, scale: Float = 0.5) -> Weights {
    var numbers = Numbers(seed)
    let layout = ParameterLayout(configuration)
    return Weights(layout: layout, values: (0..<layout.count).map { _ in scale * numbers.unit() })
}

let tiny = Configuration(
    representation: "toy", fields: [Field("shift", classes: 5), Field("key", classes: 7)], embedding: 4, hidden: 8,
    layers: 1, headWidth: 3)
