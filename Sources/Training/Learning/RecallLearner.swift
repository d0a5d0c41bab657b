import Glibc
import Kernels
import Network

/// Parameters of a recall on their way: the mixture's loss, its gradient, and Adam.

/// One thread at a time.
package final class RecallLearner {
    private let shape: Configuration.Recall
    private let hidden: Int
    private let products: Products
    /// W [width, hidden], ln θ, b; and the same of the gradient and Adam's moments.
    package let parameters: Buffer<Float>
    package let gradient: Buffer<Float>
    private let firstMoment: Buffer<Float>
    private let secondMoment: Buffer<Float>
    private var updates = 0

    private var width: Int { shape.width }
    private var gate: Int { width * hidden }

    /// - Parameter initial: what it begins with, in the order of `values`. If nil, a random projection with rows about as
    ///   long as 1, where distances are kept, and a gate by which likenesses of states are known to be told apart.
    package init(
        _ shape: Configuration.Recall, hidden: Int, seed: UInt64, initial: [Float]? = nil, _ kernels: KernelTable
    ) {
        self.shape = shape
        self.hidden = hidden
        products = Products(kernels, .fp32)
        let count = shape.width * hidden + 2
        (parameters, gradient, firstMoment, secondMoment) = (Buffer(count), Buffer(count), Buffer(count), Buffer(count))
        let bound = (3 / Float(hidden)).squareRoot()
        for i in 0..<gate { parameters.base[i] = initial?[i] ?? (2 * uniform(seed, .recall, i, -1) - 1) * bound }
        parameters.base[gate] = logf(initial?[gate] ?? 24)
        parameters.base[gate + 1] = initial?[gate + 1] ?? logf(0.1)
    }

    /// `recall.weight` and `recall.gate`.
    package var values: [Float] {
        Array(UnsafeBufferPointer(start: parameters.base, count: gate))
            + [expf(parameters.base[gate]), parameters.base[gate + 1]]
    }

    /// One update with the tokens `block` of a piece, which recall those before them.
    /// - Returns: by how many nats they became likelier, in all, before the update.
    package func update(_ recalled: RecalledPiece, _ block: Range<Int>, rate: Float) -> Double {
        gradient.clear()
        let gain = addGradient(recalled, block)
        updates += 1
        let t = Double(updates)
        let bias = (Float(1 - power(0.9, t)), Float(1 - power(0.999, t)))
        products.kernels.adam(
            parameters.base, gradient.base, firstMoment.base, secondMoment.base, (gate + 2 + 15) / 16 * 16, 1, 0.9,
            0.999,
            1e-8, rate / bias.0, 1 / bias.1.squareRoot())
        // Beyond is no model that can be read (Network/Recall.swift), and nothing to learn.
        parameters.base[gate] = min(max(parameters.base[gate], 0), logf(200))
        parameters.base[gate + 1] = min(max(parameters.base[gate + 1], -20), 20)
        return gain
    }

    /// That of the mean of the block's nats.
    package func addGradient(_ recalled: RecalledPiece, _ block: Range<Int>) -> Double {
        let first = max(0, block.lowerBound - shape.length)
        let rows = block.upperBound - first
        let stride = (rows + 15) / 16 * 16
        return recalled.states.withUnsafeBufferPointer { states in
            let h = states.baseAddress! + first * hidden
            let (u, lengths) = directions(h, rows)
            // Likenesses of the block's tokens with all, then the gradient of each.
            let likeness = Buffer<Float>(block.count * stride)
            let queries = u.base + (block.lowerBound - first) * width
            let all = Panels(depth: width, columns: rows, products)
            all.pack(u.base, depthStride: 1, columnStride: width)
            all.multiply(queries, width, rows: block.count, into: likeness.base, stride, adding: false, scratch: nil)
            let gain = mix(recalled, block, first, likeness.base, stride)

            // To both sides of each product, through the division by the length, and to W.
            let du = Buffer<Float>(rows * width)
            let scratch = Buffer<Float>(256 * (max(rows, width) + 16 + max(width, hidden)))
            products.addTransposed(
                likeness.base, stride, queries, width, rows: rows, columns: width, depth: block.count, into: du.base,
                scratch: scratch)
            let remembered = Panels(depth: rows, columns: width, products)
            remembered.pack(u.base, depthStride: width, columnStride: 1)
            remembered.multiply(
                likeness.base, stride, rows: block.count, into: du.base + (block.lowerBound - first) * width, width,
                adding: true, scratch: scratch)
            for row in 0..<rows { unscale(du.base + row * width, u.base + row * width, lengths[row]) }
            products.addTransposed(
                du.base, width, h, hidden, rows: width, columns: hidden, depth: rows, into: gradient.base,
                scratch: scratch)
            return gain
        }
    }

    /// u = W·h / |W·h| of each state, and |W·h|.
    private func directions(_ h: UnsafePointer<Float>, _ rows: Int) -> (Buffer<Float>, [Float]) {
        let u = Buffer<Float>(rows * width)
        let projection = Panels(depth: hidden, columns: width, products)
        projection.pack(parameters.base, depthStride: 1, columnStride: hidden)
        projection.multiply(h, hidden, rows: rows, into: u.base, width, adding: false, scratch: nil)
        let lengths = (0..<rows).map { row in
            let v = u.base + row * width
            let length = (0..<width).reduce(Float(0)) { $0 + v[$1] * v[$1] }.squareRoot()
            for i in 0..<width { v[i] = length > 1e-10 ? v[i] / length : 0 }
            return length
        }
        return (u, lengths)
    }

    /// dv = (du − u (u·du)) / |v|, in place of du.
    private func unscale(_ du: UnsafeMutablePointer<Float>, _ u: UnsafePointer<Float>, _ length: Float) {
        let along = (0..<width).reduce(Float(0)) { $0 + u[$1] * du[$1] }
        for i in 0..<width { du[i] = length > 1e-10 ? (du[i] - u[i] * along) / length : 0 }
    }

    /// Puts the gradient of each likeness s in its place and adds those of the gate. With w = e^(θ(s−1)), C = Σ w of the
    /// token's own class, M = Σ w and α = e^b a token costs −ln(α·p + C) + ln(α + M).
    private func mix(
        _ recalled: RecalledPiece, _ block: Range<Int>, _ first: Int, _ likeness: UnsafeMutablePointer<Float>,
        _ stride: Int
    ) -> Double {
        let kernels = products.kernels
        let (sharpness, odds) = (expf(parameters.base[gate]), expf(parameters.base[gate + 1]))
        let weights = Buffer<Float>(stride)
        let scale = 1 / Float(block.count)
        var gain = 0.0
        for t in block {
            let s = likeness + (t - block.lowerBound) * stride
            for i in 0..<stride { weights.base[i] = sharpness * (s[i] - 1) }
            kernels.exponentials(weights.base, weights.base, stride)
            let own = recalled.classes[t]
            var (mass, match): (Float, Float) = (0, 0)
            for i in 0..<stride {
                let token = first + i
                let counts =
                    token < t && token >= t - shape.length && recalled.isLegal(recalled.classes[token], at: t)
                if !counts { weights.base[i] = 0 }
                mass += weights.base[i]
                if counts && recalled.classes[token] == own { match += weights.base[i] }
            }
            let p = expf(recalled.logProbabilities[t])
            let (mixed, all) = (odds * p + match + 1e-30, odds + mass)
            gain += Double(logf(mixed) - logf(all) - recalled.logProbabilities[t])
            gradient.base[gate + 1] += scale * odds * (1 / all - p / mixed)
            for i in 0..<stride {
                let weight = weights.base[i]
                let matches = weight > 0 && recalled.classes[first + i] == own
                let slope = scale * sharpness * weight * (1 / all - (matches ? 1 / mixed : 0))
                gradient.base[gate] += slope * (s[i] - 1)
                s[i] = slope
            }
        }
        return gain
    }
}
