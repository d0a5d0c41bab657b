import Glibc
import Network

/// The weights training starts from.
extension Weights {
    /// Matrices and biases uniform in ±1/√fan-in as in PyTorch's `nn.Linear` and (fan-in = hidden) `nn.LSTM`;
    /// embeddings normal with `embeddingDeviation`; forget-gate biases 1 (Jozefowicz et al. 2015); head biases 0.
    package static func initial(_ layout: ParameterLayout, seed: UInt64, embeddingDeviation: Float) -> Weights {
        var values = [Float](repeating: 0, count: layout.count)
        let hidden = layout.configuration.hidden
        func fill(_ place: TensorPlace, _ bound: Float) {
            for i in place.range { values[i] = (2 * uniform(seed, .initialisation, i) - 1) * bound }
        }
        let recurrentBound = 1 / Float(hidden).squareRoot()
        for l in layout.inputWeights.indices {
            for place in [layout.inputWeights[l], layout.recurrentWeights[l]] { fill(place, recurrentBound) }
            for i in 0..<hidden { values[layout.inputBiases[l].offset + hidden + i] = 1 }
        }
        for place in layout.headA + layout.headC { fill(place, 1 / Float(place.shape[1]).squareRoot()) }
        for place in layout.embeddings {
            for i in place.range { values[i] = normal(seed, i) * embeddingDeviation }
        }
        for place in layout.headB.joined() {
            for i in place.range { values[i] = normal(seed, i) * embeddingDeviation }
        }
        return Weights(layout: layout, values: values)
    }

    /// Box & Muller.
    private static func normal(_ seed: UInt64, _ i: Int) -> Float {
        let radius = (-2 * logf(1 - uniform(seed, .initialisation, i))).squareRoot()
        return radius * cosf(2 * .pi * uniform(seed, .initialisation, i, 1))
    }
}

func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

func exponential(_ x: Double) -> Double { exp(x) }

func cosine(_ x: Double) -> Double { cos(x) }
