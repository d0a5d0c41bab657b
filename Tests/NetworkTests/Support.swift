/// What the tests of Network share.
import Foundation
import Network
import Testing

/// A file that is gone when the test ends.
struct TemporaryFile: ~Copyable {
    let path = NSTemporaryDirectory() + "continuo-\(UUID().uuidString).safetensors"
    deinit { unlink(path) }
}

/// The same numbers on every machine (SplitMix64).
struct Numbers {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// −1…1.
    mutating func unit() -> Float { Float(Int32(truncatingIfNeeded: next() >> 32)) / 0x8000_0000 }
}

/// - Parameter scale: the weights are uniform in ±scale.
func randomWeights(_ configuration: Configuration, seed: UInt64 = 1, scale: Float = 0.5) -> Weights {
    var numbers = Numbers(state: seed)
    let layout = ParameterLayout(configuration)
    return Weights(layout: layout, values: (0..<layout.count).map { _ in scale * numbers.unit() })
}

let tiny = Configuration(
    representation: "toy", fields: [Field("shift", classes: 5), Field("key", classes: 7)], embedding: 4, hidden: 8,
    layers: 1, headWidth: 3)
