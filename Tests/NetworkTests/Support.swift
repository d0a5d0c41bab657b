/// What the tests of Network share.
import Foundation
import Network
import Random
import Testing

/// A file that is gone when the test ends.
struct TemporaryFile: ~Copyable {
    let path = NSTemporaryDirectory() + "continuo-\(UUID().uuidString).safetensors"
    deinit { unlink(path) }
}

/// The same numbers on every machine.
struct Numbers {
    private var numbers: SplitMix64

    init(state: UInt64) { numbers = SplitMix64(seed: state) }

    mutating func next() -> UInt64 { numbers.next() }

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
