/// One-token steps on every kernel variant of this CPU, against PyTorch and against the obvious formulas.
import Foundation
import Kernels
import Network
import TestSupport
import Testing

private let variants = KernelVariant.allCases.filter(\.isSupported)

/// The fixtures' README says what they hold and how they were made.
private struct Fixture {
    let model: Model
    let rows: [FieldRow]
    /// By field, step after step.
    let logits: [[Float]]
    let h: [Float]
    let c: [Float]

    static let names = ["plain", "heads", "four-fields", "deep-plain", "performance"]

    init(_ name: String) throws {
        let folder = Bundle.module.resourcePath! + "/Fixtures"
        model = try Model.load("\(folder)/\(name).safetensors")
        let expected = try Safetensors(contentsOf: "\(folder)/\(name).expected.safetensors")
        func values(_ name: String) throws -> [Float] {
            try expected.values(of: try #require(expected.tensors.first { $0.name == name }))
        }
        let fields = model.weights.layout.configuration.fields.count
        let flat = try values("rows")
        rows = stride(from: 0, to: flat.count, by: fields).map { start in
            var row = FieldRow(repeating: -1)
            for field in 0..<fields { row[field] = Int16(flat[start + field]) }
            return row
        }
        logits = try (0..<fields).map { try values("logits.\($0)") }
        h = try values("h")
        c = try values("c")
    }
}

/// All logits after each row but the last, the next row given; and the state after.
private func play(
    _ network: Network, _ rows: [FieldRow], in memory: NetworkMemory
) -> (logits: [[Float]], padding: [[Float]]) {
    let fields = network.configuration.fields
    var logits = [[Float]](repeating: [], count: fields.count)
    var padding = logits
    for (row, next) in zip(rows, rows.dropFirst()) {
        memory.step(row)
        for field in fields.indices {
            memory.answer(field, given: next)
            let all = UnsafeBufferPointer(start: memory.logits, count: network.engine.logitCount(field))
            logits[field] += all.prefix(fields[field].classes)
            padding[field] += all.dropFirst(fields[field].classes)
        }
    }
    return (logits, padding)
}

private func randomRows(_ configuration: Configuration, _ count: Int, seed: UInt64 = 7) -> [FieldRow] {
    var numbers = Numbers(seed)
    return (0..<count).map { _ in
        var row = FieldRow(repeating: -1)
        for (field, value) in configuration.fields.enumerated() where numbers.next() % 4 > 0 {
            row[field] = Int16(numbers.next() % UInt64(value.classes))
        }
        return row
    }
}

@Suite struct NetworkTests {
    /// How far logits, h and c may be from those of the weights as stored. In bf16 a weight is off by up to 2⁻⁹ of
    /// itself; in int8 by up to 1/254 of the largest of its row, and an input by up to 1/254; in mixed as in both, in groups
    /// of 32, and inputs are nearly exact.
    static func tolerance(_ precision: WeightPrecision) -> Double {
        switch precision {
        case .fp32: 1e-5
        case .bf16: 0.01
        case .mixed: 0.03
        case .int8: 0.06
        }
    }

    @Test(arguments: variants, Fixture.names) func equalsPyTorch(variant: KernelVariant, name: String) throws {
        let fixture = try Fixture(name)
        for precision in WeightPrecision.allCases {
            let network = Network(fixture.model.weights, kernels: try .table(variant), precision: precision)
            let memory = NetworkMemory(network)
            let (logits, _) = play(network, fixture.rows, in: memory)
            let tolerance = Self.tolerance(precision)
            for field in logits.indices {
                let expected = fixture.logits[field].map(Double.init)
                #expect(largestDifference(logits[field], expected) < tolerance, "\(precision), field \(field)")
            }
            let (h, c) = hiddenAndCells(memory, network)
            #expect(largestDifference(h, fixture.h.map(Double.init)) < tolerance, "\(precision)")
            #expect(largestDifference(c, fixture.c.map(Double.init)) < tolerance, "\(precision)")
        }
    }

    private func hiddenAndCells(_ memory: NetworkMemory, _ network: Network) -> (h: [Float], c: [Float]) {
        let hidden = network.configuration.hidden
        let stride = (hidden + 15) / 16 * 16
        let rows = (0..<2 * network.configuration.layers).map { layer in
            Array(UnsafeBufferPointer(start: memory.state + layer * stride, count: hidden))
        }
        return (rows.prefix(rows.count / 2).flatMap(\.self), rows.suffix(rows.count / 2).flatMap(\.self))
    }

    /// Sizes on both sides of every rounding, and large weights, which drive the gates into saturation.
    static let shapes: [(embedding: Int, hidden: Int, layers: Int, headWidth: Int, classes: [Int])] = [
        (1, 1, 1, 0, [1]), (4, 8, 1, 8, [3, 2]), (16, 16, 2, 16, [16, 64, 65]), (17, 17, 3, 17, [81, 15, 33, 7]),
        (31, 40, 2, 0, [130, 17]),
    ]

    @Test(arguments: variants, shapes.indices) func equalsOracle(variant: KernelVariant, shape: Int) throws {
        let shape = Self.shapes[shape]
        let configuration = Configuration(
            representation: "toy", fields: shape.classes.map { Field("f", classes: $0) },
            embedding: shape.embedding, hidden: shape.hidden, layers: shape.layers, headWidth: shape.headWidth)
        let weights = randomWeights(configuration, scale: 1.5)
        let rows = randomRows(configuration, 12)
        var oracle = Oracle(weights)
        var expected = [[Double]](repeating: [], count: shape.classes.count)
        for (row, next) in zip(rows, rows.dropFirst()) {
            oracle.step(row)
            for field in expected.indices { expected[field] += oracle.logits(field, given: next) }
        }
        for precision in WeightPrecision.allCases {
            let network = Network(weights, kernels: try .table(variant), precision: precision)
            let (logits, padding) = play(network, rows, in: NetworkMemory(network))
            for field in expected.indices {
                let scale = expected[field].reduce(1) { max($0, abs($1)) }
                let difference = largestDifference(logits[field], expected[field]) / scale
                #expect(difference < Self.tolerance(precision), "\(precision), field \(field)")
                #expect(padding[field].allSatisfy { $0 == -.infinity })
            }
        }
    }

    @Test(arguments: variants) func theOpeningStateIsTheZeroState(variant: KernelVariant) throws {
        let weights = randomWeights(tiny)
        let network = Network(weights, kernels: try .table(variant), precision: .fp32)
        let memory = NetworkMemory(network)
        _ = play(network, randomRows(tiny, 5), in: memory)
        memory.reset()
        let given = FieldRow(2, -1, -1, -1)
        memory.answer(1, given: given)
        let logits = Array(UnsafeBufferPointer(start: memory.logits, count: tiny.fields[1].classes))
        #expect(largestDifference(logits, Oracle(weights).logits(1, given: given)) < 1e-6)
    }

    /// A snapshot is h and c, the first floats of the state; `prepare` computes the rest anew. Going on from it
    /// elsewhere, with other scratch, gives the same bits.
    @Test(arguments: variants, WeightPrecision.allCases) func snapshotsReplayBitForBit(
        variant: KernelVariant, precision: WeightPrecision
    ) throws {
        let fixture = try Fixture("performance")
        let network = Network(fixture.model.weights, kernels: try .table(variant), precision: precision)
        let again = Network(fixture.model.weights, kernels: try .table(variant), precision: precision)
        let memory = NetworkMemory(network)
        let other = NetworkMemory(again)
        _ = play(network, Array(fixture.rows.prefix(9)), in: memory)
        other.state.update(repeating: .nan, count: network.engine.stateCount)
        other.state.update(from: memory.state, count: network.engine.snapshotCount)
        other.scratch.update(repeating: .nan, count: network.engine.scratchCount)
        other.logits.update(repeating: .nan, count: 272)
        other.prepare()
        let rest = Array(fixture.rows.dropFirst(8))
        let first = play(network, rest, in: memory).logits
        let second = play(again, rest, in: other).logits
        #expect(first.flatMap { $0.map(\.bitPattern) } == second.flatMap { $0.map(\.bitPattern) })
        #expect(memcmp(memory.state, other.state, 4 * network.engine.stateCount) == 0)
    }

    /// Between an event and its distributions stands `advance` alone: the recurrent products were taken before, and
    /// what `prepare` writes is read by the next token only.
    @Test(arguments: variants) func theAnswerNeedsNoRecurrentProduct(variant: KernelVariant) throws {
        let network = Network(randomWeights(tiny), kernels: try .table(variant), precision: .fp32)
        let memory = NetworkMemory(network)
        func logits() -> [Float] {
            memory.answer(1, given: FieldRow(2, -1, -1, -1))
            return Array(UnsafeBufferPointer(start: memory.logits, count: network.engine.logitCount(1)))
        }
        let snapshot = network.engine.snapshotCount
        for row in randomRows(tiny, 5) {
            let before = Array(UnsafeBufferPointer(start: memory.state, count: network.engine.stateCount))
            memory.advance(row)
            let after = Array(UnsafeBufferPointer(start: memory.state, count: network.engine.stateCount))
            #expect(before[..<snapshot] != after[..<snapshot] && before[snapshot...] == after[snapshot...])
            let answer = logits()
            memory.prepare()
            #expect(logits() == answer)
        }
    }

    /// Lanes beyond the hidden size stay zero for ever, whatever was heard.
    @Test(arguments: variants, WeightPrecision.allCases) func paddingStaysZero(
        variant: KernelVariant, precision: WeightPrecision
    ) throws {
        let network = Network(randomWeights(tiny, scale: 3), kernels: try .table(variant), precision: precision)
        let memory = NetworkMemory(network)
        _ = play(network, randomRows(tiny, 50), in: memory)
        let state = Array(UnsafeBufferPointer(start: memory.state, count: network.engine.stateCount))
        #expect(state.count == 2 * 16 + 4 * 16)
        // Of h, of c, and of the four gates.
        for first in stride(from: 8, to: state.count, by: 16) {
            #expect(state[first..<first + 8].allSatisfy { $0 == 0 })
        }
    }

    @Test func theEngineCountsNoReferences() throws {
        let network = Network(randomWeights(tiny), kernels: try .best(), precision: .fp32)
        #expect(_isPOD(NetworkEngine.self), "copying the engine must count no references")
        #expect(network.variant == (try KernelTable.best()).variant)
    }
}
