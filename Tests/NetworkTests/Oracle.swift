/// The slow obvious network: the formulas of `Configuration` in double precision over the tensors as they are named.
import Foundation
import Network
import TestSupport

struct Oracle {
    let weights: Weights
    var h: [[Double]]
    var c: [[Double]]

    init(_ weights: Weights) {
        self.weights = weights
        let configuration = weights.layout.configuration
        h = Array(
            repeating: [Double](repeating: 0, count: configuration.hidden), count: configuration.layers)
        c = h
    }

    /// Row `row` of a matrix.
    private func row(_ place: TensorPlace, _ row: Int) -> [Double] {
        let width = place.shape[1]
        return weights[place].dropFirst(row * width).prefix(width).map(Double.init)
    }

    private func product(_ place: TensorPlace, _ x: [Double]) -> [Double] {
        (0..<place.shape[0]).map { r in zip(row(place, r), x).reduce(0) { $0 + $1.0 * $1.1 } }
    }

    private func vector(_ place: TensorPlace) -> [Double] { weights[place].map(Double.init) }

    mutating func step(_ classes: FieldRow) {
        let layout = weights.layout
        let hidden = layout.configuration.hidden
        var x = [Double](repeating: 0, count: layout.configuration.embedding)
        for (field, place) in layout.embeddings.enumerated() where classes[field] >= 0 {
            x = zip(x, row(place, Int(classes[field]))).map(+)
        }
        for layer in 0..<layout.configuration.layers {
            let terms =
                [
                    product(layout.inputWeights[layer], x), vector(layout.inputBiases[layer]),
                    product(layout.recurrentWeights[layer], h[layer]),
                ] + layout.recurrentBiases.dropFirst(layer).prefix(1).map(vector)
            let gates = terms.dropFirst().reduce(terms[0]) { zip($0, $1).map(+) }
            for u in 0..<hidden {
                let (i, f, g, o) = (gates[u], gates[hidden + u], gates[2 * hidden + u], gates[3 * hidden + u])
                c[layer][u] = logistic(f) * c[layer][u] + logistic(i) * tanh(g)
                h[layer][u] = logistic(o) * tanh(c[layer][u])
            }
            x = h[layer]
        }
    }

    func logits(_ field: Int, given classes: FieldRow) -> [Double] {
        let layout = weights.layout
        var z = h.last!
        if layout.configuration.headWidth > 0 {
            z = product(layout.headA[field], z)
            for j in 0..<field where classes[j] >= 0 {
                z = zip(z, row(layout.headB[field][j], Int(classes[j]))).map(+)
            }
            z = z.map(tanh)
        }
        return zip(product(layout.headC[field], z), vector(layout.headBiases[field])).map(+)
    }
}
