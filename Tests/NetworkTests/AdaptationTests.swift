/// What a network learns while it is played, on every kernel variant, against the formulas in double precision.
import Foundation
import Kernels
import Network
import TestSupport
import Testing

private let variants = KernelVariant.allCases.filter(\.isSupported)

/// Widths that are no multiples of 16, a head of more than one panel, and one layer.
private let shapes = [
    Configuration(
        representation: "toy", fields: [Field("shift", classes: 5), Field("key", classes: 70), Field("v", classes: 3)],
        embedding: 4, hidden: 24, layers: 3, headWidth: 90),
    Configuration(
        representation: "toy", fields: [Field("shift", classes: 5), Field("key", classes: 18)], embedding: 4, hidden: 8,
        layers: 1, headWidth: 16),
]

/// - Parameter rate: so large that a few steps change much.
private func weights(_ configuration: Configuration, rate: Float = 0.1, limit: Float = 1) -> Weights {
    var weights = randomWeights(configuration, scale: 0.6)
    var numbers = Numbers(5)
    func symmetric(_ size: Int) -> [Float] {
        var matrix = [Float](repeating: 0, count: size * size)
        for i in 0..<size {
            for j in 0...i {
                let value = (i == j ? 1 : 0) + 0.1 * numbers.unit()
                matrix[i * size + j] = value
                matrix[j * size + i] = value
            }
        }
        return matrix
    }
    let fields = configuration.fields.count
    weights.factors = KroneckerFactors(
        input: symmetric(KroneckerFactors.inputs(configuration)),
        outputs: (0..<fields).map { _ in symmetric(configuration.headWidth) },
        rates: (0..<fields).map { rate / Float($0 + 1) }, limits: [Float](repeating: limit, count: fields))
    return weights
}

private func rows(_ configuration: Configuration, _ count: Int) -> [FieldRow] {
    var numbers = Numbers(23)
    return (0..<count).map { i in
        var row = FieldRow(repeating: -1)
        for (k, field) in configuration.fields.enumerated() where k < 2 || i % 3 > 0 {
            row[k] = Int16(numbers.next() % UInt64(field.classes))
        }
        return row
    }
}

/// Of a field's classes: every one but those of a remainder that the target does not have.
private func legal(_ row: FieldRow, _ field: Int, _ classes: Int) -> SIMD8<UInt64> {
    var words = SIMD8<UInt64>.zero
    for k in 0..<classes where k % 3 != (Int(row[field]) + 1) % 3 { words[k / 64] |= 1 << UInt64(k % 64) }
    return words
}

/// The formulas of `Adaptation`.
private struct AdaptationOracle {
    typealias Matrix = [[Double]]
    var network: Oracle
    let factors: KroneckerFactors
    var d: [Matrix]
    var e: [Matrix]
    /// Played from the next token on.
    var pending: [Matrix]
    var tokens: [(row: FieldRow, x: [Double])] = []
    var gain = 0.0

    private var shape: Configuration { network.weights.layout.configuration }

    init(_ weights: Weights) {
        network = Oracle(weights)
        factors = weights.factors!
        let shape = weights.layout.configuration
        let zeros = Matrix(
            repeating: [Double](repeating: 0, count: KroneckerFactors.inputs(shape)), count: shape.headWidth)
        d = shape.fields.map { _ in zeros }
        e = d
        pending = d
    }

    private var x: [Double] { Array(network.h.suffix(2).joined()) }

    private static func product(_ matrix: Matrix, _ x: [Double]) -> [Double] {
        matrix.map { zip($0, x).reduce(0) { $0 + $1.0 * $1.1 } }
    }

    private func tensor(_ place: TensorPlace) -> Matrix {
        let width = place.shape[1]
        return (0..<place.shape[0]).map { r in
            network.weights[place].dropFirst(r * width).prefix(width).map(Double.init)
        }
    }

    private func z(_ field: Int, _ learnt: Matrix, _ row: FieldRow, _ x: [Double]) -> [Double] {
        let layout = network.weights.layout
        var z = Self.product(tensor(layout.headA[field]), Array(x.suffix(shape.hidden)))
        for j in 0..<field where row[j] >= 0 { z = zip(z, tensor(layout.headB[field][j])[Int(row[j])]).map(+) }
        return zip(z, Self.product(learnt, x)).map { tanh($0 + $1) }
    }

    private func logits(_ field: Int, _ z: [Double]) -> [Double] {
        let layout = network.weights.layout
        return zip(Self.product(tensor(layout.headC[field]), z), network.weights[layout.headBiases[field]]).map {
            $0 + Double($1)
        }
    }

    func logits(_ field: Int, given row: FieldRow, scale: Double) -> [Double] {
        logits(field, z(field, e[field].map { $0.map { scale * $0 } }, row, x))
    }

    private func softmax(_ logits: [Double], _ legal: SIMD8<UInt64>) -> [Double] {
        let masses = logits.enumerated().map { legal[$0 / 64] >> UInt64($0 % 64) & 1 != 0 ? exp($1) : 0 }
        let sum = masses.reduce(0, +)
        return masses.map { $0 / sum }
    }

    mutating func step(_ row: FieldRow, learning: Double?) {
        if let scale = learning {
            if tokens.isEmpty { e = pending }
            tokens.append((row, x))
            if tokens.count == 4 { learn(scale) }
        }
        network.step(row)
    }

    private mutating func learn(_ scale: Double) {
        let input = stride(from: 0, to: factors.input.count, by: tokens[0].x.count).map {
            factors.input[$0..<$0 + tokens[0].x.count].map(Double.init)
        }
        for field in shape.fields.indices {
            let width = shape.headWidth
            let output = (0..<width).map { factors.outputs[field][$0 * width..<($0 + 1) * width].map(Double.init) }
            var step = d[field].map { $0.map { _ in 0.0 } }
            for (row, x) in tokens where row[field] >= 0 {
                let legal = legal(row, field, shape.fields[field].classes)
                let z = z(field, d[field], row, x)
                var gradient = softmax(logits(field, z), legal)
                gradient[Int(row[field])] -= 1
                let c = tensor(network.weights.layout.headC[field])
                let delta = z.indices.map { j in
                    gradient.indices.reduce(0) { $0 + c[$1][j] * gradient[$1] } * (1 - z[j] * z[j])
                }
                let (u, v) = (Self.product(output, delta), Self.product(input, x))
                for i in u.indices { for j in v.indices { step[i][j] += u[i] * v[j] } }
                let target = Int(row[field])
                let zero = d[field].map { $0.map { _ in 0.0 } }
                let before = softmax(logits(field, self.z(field, zero, row, x)), legal)
                let after = softmax(
                    logits(field, self.z(field, e[field].map { $0.map { scale * $0 } }, row, x)), legal)
                gain += log(after[target]) - log(before[target])
            }
            let rate = Double(factors.rates[field]) / 2
            let norm = rate * step.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
            let limit = Double(factors.limits[field])
            let factor = rate * (norm > limit ? limit / norm : 1)
            for i in step.indices {
                for j in step[i].indices {
                    d[field][i][j] = (1 - 2e-4) * d[field][i][j] - factor * step[i][j]
                    pending[field][i][j] += 0.2 * (d[field][i][j] - pending[field][i][j])
                }
            }
        }
        tokens = []
    }
}

/// A stream with what it learns.
private final class Stream {
    let network: Network
    let memory: NetworkMemory
    let learning: AdaptationMemory
    var gain = Adaptation.Gain()

    init(_ weights: Weights, _ variant: KernelVariant, _ precision: WeightPrecision = .fp32) throws {
        network = Network(weights, kernels: try .table(variant), precision: precision)
        memory = NetworkMemory(network)
        learning = try #require(AdaptationMemory(network))
    }

    func step(_ row: FieldRow, learns: Bool = true, early: Bool = false) {
        var masks = InlineArray<4, SIMD8<UInt64>>(repeating: .zero)
        for (k, field) in network.configuration.fields.enumerated() where row[k] >= 0 {
            masks[k] = legal(row, k, field.classes)
        }
        if learns { gain += learning.adaptation.hear(row, legal: masks, state: memory.state) }
        memory.step(row)
        if early { gain += learning.adaptation.learn() }
    }

    func logits(_ field: Int, given row: FieldRow) -> [Float] {
        network.engine.logits(
            field, given: row, state: memory.state, scratch: memory.scratch, into: memory.logits,
            learnt: learning.adaptation.head(field))
        return Array(
            UnsafeBufferPointer(start: memory.logits, count: network.configuration.fields[field].classes))
    }

    var learnt: [[[Float]]] { network.configuration.fields.indices.map(learning.learnt) }
}

@Suite struct AdaptationTests {
    @Test(arguments: variants, shapes.indices) func equalsOracle(variant: KernelVariant, shape: Int) throws {
        for limit: Float in [1, 0.02] {
            let weights = weights(shapes[shape], limit: limit)
            let stream = try Stream(weights, variant)
            _ = stream.learning.adaptation.setScale(0.75)
            var oracle = AdaptationOracle(weights)
            let rows = rows(shapes[shape], 60)
            for (i, (row, next)) in zip(rows, rows.dropFirst()).enumerated() {
                // Those of the machine lie between.
                let learns = i % 7 < 5
                // When a step is computed makes no difference.
                stream.step(row, learns: learns, early: i % 2 == 0)
                oracle.step(row, learning: learns ? 0.75 : nil)
                for field in shapes[shape].fields.indices {
                    let distance = largestDifference(
                        stream.logits(field, given: next), oracle.logits(field, given: next, scale: 0.75))
                    #expect(distance < 2e-4, "token \(i), field \(field)")
                }
            }
            stream.gain += stream.learning.adaptation.learn()
            for field in shapes[shape].fields.indices {
                let learnt = stream.learning.learnt(field).joined()
                #expect(largestDifference(Array(learnt), Array(oracle.pending[field].joined())) < 1e-5)
                #expect(learnt.contains { abs($0) > 1e-3 })
            }
            #expect(abs(stream.gain.nats - oracle.gain) < 1e-3)
            #expect(abs(oracle.gain) > 1e-4)
            let learnt = Array((0..<59).filter { $0 % 7 < 5 }.prefix(40))
            #expect(stream.gain.notes == learnt.count { rows[$0][shapes[shape].fields.count - 1] >= 0 })
        }
    }

    /// It learns what is repeated.
    @Test func aPhraseThatComesAgainIsLikelier() throws {
        let stream = try Stream(weights(shapes[0]), try KernelTable.best().variant)
        _ = stream.learning.adaptation.setScale(1)
        let phrase = rows(shapes[0], 12)
        for _ in 0..<30 { for row in phrase { stream.step(row) } }
        #expect(stream.gain.nats > 0.5 * Double(30 * 12), "\(stream.gain)")
    }

    /// Halves of a play as good as the whole numbers.
    @Test(arguments: variants, [WeightPrecision.bf16, .mixed, .int8]) func otherPrecisionsAreNear(
        variant: KernelVariant, precision: WeightPrecision
    ) throws {
        let weights = weights(shapes[0], rate: 0.01)
        let (exact, other) = (try Stream(weights, variant), try Stream(weights, variant, precision))
        for stream in [exact, other] { _ = stream.learning.adaptation.setScale(1) }
        let rows = rows(shapes[0], 60)
        for (row, next) in zip(rows, rows.dropFirst()) {
            exact.step(row)
            other.step(row)
            let distance = largestDifference(
                other.logits(1, given: next), exact.logits(1, given: next).map(Double.init))
            #expect(distance < 0.25)
        }
    }

    /// Without learning, and after it is forgotten, everything is as it is without.
    @Test(arguments: variants, WeightPrecision.allCases) func nothingLearntIsNothingChanged(
        variant: KernelVariant, precision: WeightPrecision
    ) throws {
        let (plain, stream) = (
            try Stream(weights(shapes[0]), variant, precision), try Stream(weights(shapes[0]), variant, precision)
        )
        let rows = rows(shapes[0], 40)
        func isSame(_ next: FieldRow) -> Bool { stream.logits(1, given: next) == plain.logits(1, given: next) }
        for (row, next) in zip(rows, rows.dropFirst()) {
            plain.step(row, learns: false)
            stream.step(row, early: true)
            #expect(isSame(next))
        }
        #expect(stream.gain == Adaptation.Gain())
        _ = stream.learning.adaptation.setScale(1)
        for row in rows.prefix(10) { for s in [stream, plain] { s.step(row) } }
        #expect(!isSame(rows[0]))
        let learnt = stream.logits(1, given: rows[0])
        _ = stream.learning.adaptation.setScale(0)
        #expect(isSame(rows[0]))
        _ = stream.learning.adaptation.setScale(1)
        #expect(stream.logits(1, given: rows[0]) == learnt)
        stream.learning.adaptation.reset()
        #expect(isSame(rows[0]))
        // It begins again as if nothing had been.
        let fresh = try Stream(weights(shapes[0]), variant, precision)
        _ = fresh.learning.adaptation.setScale(1)
        for s in [stream, fresh] {
            s.memory.reset()
            for row in rows.prefix(21) { s.step(row) }
        }
        #expect(fresh.learnt == stream.learnt)
        #expect(fresh.logits(1, given: rows[0]) == stream.logits(1, given: rows[0]))
    }

    /// A state that is no number teaches nothing.
    /// Whether anything was drawn between a change of `learning` and the next step makes no difference.
    @Test func aChangeOfLearningActsWheneverItIsRead() throws {
        let rows = rows(shapes[0], 14)
        let streams = try (0..<2).map { _ in try Stream(weights(shapes[0]), try KernelTable.best().variant) }
        for (index, stream) in streams.enumerated() {
            _ = stream.learning.adaptation.setScale(1)
            for row in rows.prefix(10) { stream.step(row) }
            _ = stream.learning.adaptation.setScale(0.5)
            if index == 0 { _ = stream.logits(1, given: rows[10]) }
            for row in rows[10..<12] { stream.step(row, early: true) }
        }
        #expect(streams[0].logits(1, given: rows[12]) == streams[1].logits(1, given: rows[12]))
    }

    @Test(arguments: variants) func notANumberIsDropped(variant: KernelVariant) throws {
        let (stream, spoilt) = (try Stream(weights(shapes[0]), variant), try Stream(weights(shapes[0]), variant))
        let rows = rows(shapes[0], 24)
        for s in [stream, spoilt] {
            _ = s.learning.adaptation.setScale(1)
            for row in rows.prefix(8) { s.step(row) }
        }
        let engine = spoilt.network.engine
        let state = UnsafeMutablePointer<Float>.aligned(count: engine.stateCount)
        defer { state.deallocate() }
        for value in [Float.nan, .infinity, 1e38] {
            for i in 0..<engine.stateCount { state[i] = value }
            for row in rows.prefix(4) {
                var masks = InlineArray<4, SIMD8<UInt64>>(repeating: .zero)
                for k in 0..<3 where row[k] >= 0 { masks[k] = legal(row, k, shapes[0].fields[k].classes) }
                _ = spoilt.learning.adaptation.hear(row, legal: masks, state: state)
            }
        }
        for s in [stream, spoilt] { for row in rows.suffix(9) { s.step(row) } }
        #expect(spoilt.learnt == stream.learnt)
        #expect(spoilt.learnt.joined().joined().allSatisfy { $0.isFinite })
    }

    @Test func filesKeepTheFactors() throws {
        let temporary = try TemporaryFile(named: "learning.safetensors")
        let weights = weights(shapes[0])
        try Model.save(weights, precision: .single, to: temporary.path)
        let model = try Model.load(temporary.path)
        #expect(model.weights.factors == weights.factors && model.weights.values == weights.values)
        #expect(try Safetensors(contentsOf: temporary.path).metadata["continuo.version"] == "3")
    }

    /// A file that could spoil what is played is refused: the tensor is named.
    @Test(arguments: [("learning.rates", Float(2)), ("learning.limits", -0.5), ("learning.limits", 1e6)])
    func badFactorsAreRefused(
        name: String, value: Float
    ) throws {
        let temporary = try TemporaryFile(named: "learning.safetensors")
        var weights = weights(shapes[0])
        if name == "learning.rates" { weights.factors!.rates[1] = value } else { weights.factors!.limits[1] = value }
        try Model.save(weights, precision: .single, to: temporary.path)
        #expect {
            try Model.load(temporary.path)
        } throws: {
            let text = "\($0)"
            return text.contains(name) && text.contains("\(value)")
        }
    }
}
