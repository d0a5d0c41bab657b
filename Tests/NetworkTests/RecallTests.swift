/// What a network recalls of the tokens before, on every kernel variant, against the formula in double precision.
import Foundation
import Kernels
import Network
import TestSupport
import Testing

private let variants = KernelVariant.allCases.filter(\.isSupported)

/// So few remembered that the ring goes round more than once in a test.
private let recalling = Configuration(
    representation: "toy", fields: [Field("shift", classes: 5), Field("key", classes: 70)], embedding: 4, hidden: 24,
    layers: 2, headWidth: 16, recall: .init(field: 1, classes: 67, width: 32, length: 64))

/// - Parameter gate: sharpness and log odds.
private func weights(_ gate: [Float] = [6, -1]) -> Weights {
    var weights = randomWeights(recalling, scale: 0.8)
    weights.values.replaceSubrange(weights.layout.recallGate!.range, with: gate)
    return weights
}

/// A phrase that comes back, with other notes between; some rows have no key.
private func rows(_ count: Int) -> [FieldRow] {
    var numbers = Numbers(11)
    func row(_ key: Int) -> FieldRow { FieldRow(Int16(numbers.next() % 5), Int16(key), -1, -1) }
    let phrase = (0..<20).map { _ in row(Int(numbers.next() % 70)) }
    return (0..<count).map { i in
        if i % 50 < 40 { return phrase[i % 20] }
        return row(i % 7 == 0 ? -1 : i % 70)
    }
}

/// Every class but one in three.
private let someLegal: [UInt64] = [0xDB6D_B6DB_6DB6_DB6D, 0x2D]
private func isLegal(_ k: Int) -> Bool { someLegal[k / 64] >> UInt64(k % 64) & 1 != 0 }

/// The formula over all that was heard.
private struct RecallOracle {
    var network: Oracle
    private var remembered: [(u: [Double], key: Int)] = []

    init(_ weights: Weights) { network = Oracle(weights) }

    private var direction: [Double] {
        let weights = network.weights
        let place = weights.layout.recallWeight!
        let v = (0..<place.shape[0]).map { r in
            zip(weights[place].dropFirst(r * place.shape[1]), network.h.last!).reduce(0) { $0 + Double($1.0) * $1.1 }
        }
        let length = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return v.map { length > 0 ? $0 / length : 0 }
    }

    mutating func step(_ row: FieldRow) {
        if 0..<67 ~= row[1] { remembered.append((direction, Int(row[1]))) }
        network.step(row)
    }

    /// Of the legal classes that are remembered, ln p before and after.
    func logProbabilities(given row: FieldRow) -> (network: [Double], mixture: [Double]) {
        let gate = network.weights[network.weights.layout.recallGate!].map(Double.init)
        let u = direction
        var masses = [Double](repeating: 0, count: 70)
        for (other, key) in remembered.suffix(64) {
            masses[key] += exp(gate[0] * (zip(u, other).reduce(0) { $0 + $1.0 * $1.1 } - 1))
        }
        let logits = network.logits(1, given: row)
        let legal = (0..<67).filter(isLegal)
        let sum = legal.reduce(0) { $0 + exp(logits[$1]) }
        let mass = legal.reduce(0) { $0 + masses[$1] }
        let before = legal.map { logits[$0] - log(sum) }
        return (before, zip(before, legal).map { log((exp(gate[1] + $0.0) + masses[$0.1]) / (exp(gate[1]) + mass)) })
    }
}

private func logits(_ memory: NetworkMemory, given row: FieldRow, recalls: Bool = true) -> [Float] {
    memory.answer(1, given: row)
    if recalls { memory.recall(1, legal: someLegal) }
    return Array(UnsafeBufferPointer(start: memory.logits, count: 80))
}

@Suite struct RecallTests {
    @Test(arguments: variants, WeightPrecision.allCases) func equalsOracle(
        variant: KernelVariant, precision: WeightPrecision
    ) throws {
        let weights = weights()
        let memory = NetworkMemory(Network(weights, kernels: try .table(variant), precision: precision))
        var oracle = RecallOracle(weights)
        let legal = (0..<67).filter(isLegal)
        var largest = 0.0
        for (i, (row, next)) in zip(rows(2500), rows(2500).dropFirst()).enumerated() {
            memory.step(row)
            oracle.step(row)
            guard i % 9 == 0 else { continue }
            let plain = logits(memory, given: next, recalls: false)
            let mixed = logits(memory, given: next)
            for k in 0..<80 where k >= 67 || !isLegal(k) { #expect(mixed[k].bitPattern == plain[k].bitPattern) }
            // Together the classes have what they had.
            func total(_ logits: [Float]) -> Double { log(legal.reduce(0) { $0 + exp(Double(logits[$1])) }) }
            #expect(abs(total(mixed) - total(plain)) < 1e-4)
            // What the recall changes, since precisions change the rest (NetworkTests).
            let expected = oracle.logProbabilities(given: next)
            for (place, k) in legal.enumerated() {
                let change = Double(mixed[k] - plain[k])
                let wanted = expected.mixture[place] - expected.network[place]
                largest = max(largest, abs(change - wanted))
            }
        }
        #expect(largest < (precision == .fp32 ? 0.05 : 0.5), "\(largest)")
    }

    /// A theme that comes back is likelier than without recall, and by much.
    @Test func aThemeIsKnownAgain() throws {
        let memory = NetworkMemory(Network(weights([24, -2]), kernels: try .best(), precision: .fp32))
        var (with, without) = (0.0, 0.0)
        for (i, (row, next)) in zip(rows(400), rows(400).dropFirst()).enumerated() {
            memory.step(row)
            guard i % 50 > 25, i % 50 < 39, i > 60, next[1] < 67, isLegal(Int(next[1])) else { continue }
            func nats(_ logits: [Float]) -> Double {
                let sum = (0..<67).filter(isLegal).reduce(0) { $0 + exp(Double(logits[$1])) }
                return log(sum) - Double(logits[Int(next[1])])
            }
            without += nats(logits(memory, given: next, recalls: false))
            with += nats(logits(memory, given: next))
        }
        #expect(with < 0.7 * without, "\(with) and \(without)")
    }

    /// A copy that remembers nothing goes its own way and changes nothing in what the other recalls; it recalls what had been
    /// remembered when it was made.
    @Test(arguments: variants) func aCopyOnlyReads(variant: KernelVariant) throws {
        let network = Network(weights(), kernels: try .table(variant), precision: .fp32)
        let engine = network.engine
        let heard = rows(600)
        let (plain, other) = (NetworkMemory(network), NetworkMemory(network))
        let copy = UnsafeMutablePointer<Float>.aligned(count: engine.stateCount)
        defer { copy.deallocate() }
        for (i, row) in heard.enumerated() {
            plain.step(row)
            other.step(row)
            #expect(logits(other, given: row) == logits(plain, given: row))
            guard i % 50 == 49 else { continue }
            copy.update(from: other.state, count: engine.stateCount)
            for row in heard.prefix(90) { engine.step(copy, row, scratch: other.scratch, remembering: false) }
            // From the same state, but in a memory that has no more than what was remembered.
            let alone = NetworkMemory(network)
            for row in heard[...i] { alone.step(row) }
            for row in heard.prefix(90) { engine.step(alone.state, row, scratch: alone.scratch, remembering: false) }
            engine.logits(1, given: row, state: copy, scratch: other.scratch, into: other.logits)
            engine.recall(1, legal: someLegal, state: copy, scratch: other.scratch, into: other.logits)
            let recalled = Array(UnsafeBufferPointer(start: other.logits, count: 80))
            #expect(recalled == logits(alone, given: row))
            #expect(recalled != logits(alone, given: row, recalls: false))
        }
    }

    @Test(arguments: variants, WeightPrecision.allCases) func keepingWarmChangesNothing(
        variant: KernelVariant, precision: WeightPrecision
    ) throws {
        let network = Network(weights(), kernels: try .table(variant), precision: precision)
        let (warm, other) = (NetworkMemory(network), NetworkMemory(network))
        for row in rows(200) {
            warm.advance(row)
            other.advance(row)
            #expect(logits(warm, given: row) == logits(other, given: row))
            warm.prepare()
            other.prepare()
            warm.keepWarm()
        }
        #expect(memcmp(warm.state, other.state, 4 * network.engine.stateCount) == 0)
    }

    @Test(arguments: variants) func resetForgets(variant: KernelVariant) throws {
        let network = Network(weights(), kernels: try .table(variant), precision: .fp32)
        let (used, fresh) = (NetworkMemory(network), NetworkMemory(network))
        for row in rows(700) { used.step(row) }
        used.reset()
        for row in rows(30).reversed() {
            used.step(row)
            fresh.step(row)
            #expect(logits(used, given: row) == logits(fresh, given: row))
        }
    }

    @Test func aloneItSaysTheSame() throws {
        let weights = weights()
        let memory = NetworkMemory(Network(weights, kernels: try .best(), precision: .fp32))
        let recall = RecallMemory(try #require(RecallWeights(weights, kernels: try .best())))
        for (row, next) in zip(rows(200), rows(200).dropFirst()) {
            recall.remember(Int(row[1]))
            memory.step(row)
            memory.answer(1, given: next)
            var copy = Array(UnsafeBufferPointer(start: memory.logits, count: 80))
            let h = UnsafePointer(memory.state + 32)
            copy.withUnsafeMutableBufferPointer { recall.mix(into: $0.baseAddress!, from: h, legal: someLegal) }
            memory.recall(1, legal: someLegal)
            #expect(copy == Array(UnsafeBufferPointer(start: memory.logits, count: 80)))
        }
    }

    @Test func roundTrip() throws {
        let temporary = try TemporaryFile()
        let weights = weights()
        try Model.save(weights, precision: .single, to: temporary.path)
        let loaded = try Model.load(temporary.path).weights
        #expect(loaded.layout == weights.layout && loaded.values == weights.values)
        #expect(try Safetensors(contentsOf: temporary.path).metadata["continuo.version"] == "2")
    }

    @Test(arguments: [
        ("recall_width", "24"), ("recall_width", "0"), ("recall_field", "2"), ("recall_classes", "71"),
        ("recall_length", "100"), ("recall_length", "99999999"), ("recall_classes", ""),
    ]) func refusesBadMetadata(key: String, value: String) throws {
        let temporary = try TemporaryFile()
        let weights = weights()
        var metadata = recalling.metadata
        metadata["continuo.\(key)"] = value
        let tensors = weights.layout.all.map { Safetensors.Source(name: $0.name, shape: $0.shape, values: weights[$0]) }
        try Safetensors.write(tensors, metadata: metadata, as: .f32, to: temporary.path)
        #expect {
            try Model.load(temporary.path)
        } throws: {
            guard case .metadata(_, "continuo.\(key)", _) = $0 as? ModelFileError else { return false }
            return true
        }
    }

    @Test(arguments: [[-1, 0], [1001, 0], [10, 51], [10, -51]] as [[Float]]) func refusesAnUnsoundGate(gate: [Float])
        throws
    {
        let temporary = try TemporaryFile()
        try Model.save(weights(gate), precision: .single, to: temporary.path)
        #expect {
            try Model.load(temporary.path)
        } throws: {
            guard case .tensor(_, "recall.gate", _) = $0 as? ModelFileError else { return false }
            return true
        }
    }
}
