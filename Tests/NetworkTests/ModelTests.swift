import Files
/// Model files: the configuration and every tensor checked.
import Glibc
import Hostile
import Network
import TestSupport
import Testing

@Suite struct ModelTests {
    /// Writes tiny's file with changes.
    private func save(
        to path: String, metadata change: (inout [String: String]) -> Void = { _ in },
        tensors changeTensors: (inout [Safetensors.Source]) -> Void = { _ in }
    ) throws {
        let weights = randomWeights(tiny)
        var metadata = tiny.metadata
        var tensors = weights.layout.all.map {
            Safetensors.Source(name: $0.name, shape: $0.shape, values: weights[$0])
        }
        change(&metadata)
        changeTensors(&tensors)
        try Safetensors.write(tensors, metadata: metadata, as: .f32, to: path)
    }

    @Test func roundTrip() throws {
        let temporary = try TemporaryFile()
        let weights = randomWeights(tiny)
        let notes = ["licence": "CC0", "metrics": "{\"nll\": 1.5}"]
        let hash = try Model.save(weights, notes: notes, precision: .single, to: temporary.path)
        let single = try Model.load(temporary.path)
        #expect(single.weights.layout == weights.layout)
        #expect(single.weights.values == weights.values)
        #expect(single.notes == notes)
        #expect(single.hash == hash)

        try Model.save(weights, notes: notes, to: temporary.path)
        let half = try Model.load(temporary.path)
        let pairs = zip(half.weights.values, weights.values)
        #expect(pairs.allSatisfy { abs($0 - $1) <= max(abs($1) / 2048, 0x1p-25) })
        #expect(half.hash != hash)
        try Model.save(half.weights, notes: half.notes, to: temporary.path)
        #expect(try Model.load(temporary.path).hash == half.hash)
    }

    /// The order of the tensors in the file is free.
    @Test func readsTensorsInAnyOrder() throws {
        let temporary = try TemporaryFile()
        try save(to: temporary.path, tensors: { $0.reverse() })
        #expect(try Model.load(temporary.path).weights.values == randomWeights(tiny).values)
    }

    static let badMetadata: [(key: String, value: String?)] = [
        ("version", "4"), ("version", nil), ("representation", ""), ("fields", nil), ("fields", "a:1 b"),
        ("fields", "a:0"), ("fields", "a:32768"), ("fields", "a:1  b:1"), ("fields", ":3"),
        ("fields", "a:1 b:1 c:1 d:1 e:1"), ("embedding", "0"), ("hidden", "99999999999999999999"), ("hidden", "9000"),
        ("layers", "-1"), ("layers", "17"), ("head_width", "x"), ("head_width", nil),
    ]

    @Test(arguments: badMetadata.indices) func refusesBadMetadata(index: Int) throws {
        let temporary = try TemporaryFile()
        let (key, value) = Self.badMetadata[index]
        try save(to: temporary.path, metadata: { $0["continuo.\(key)"] = value })
        do {
            _ = try Model.load(temporary.path)
            Issue.record("accepted")
        } catch {
            guard case .metadata(_, "continuo.\(key)", _) = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test func refusesOtherTensors() throws {
        let temporary = try TemporaryFile()
        let path = temporary.path
        func refuses(_ name: String, _ change: (inout [Safetensors.Source]) -> Void) throws {
            try save(to: path, tensors: change)
            #expect {
                try Model.load(path)
            } throws: {
                guard case .tensor(path, name, _) = $0 as? ModelFileError else { return false }
                return true
            }
        }
        try refuses("embeddings.0.weight") { $0.removeFirst() }
        try refuses("extra") { $0.append(.init(name: "extra", shape: [], values: [1])) }
        try refuses("embeddings.0.weight") {
            $0[0] = .init(name: $0[0].name, shape: [4, 5], values: $0[0].values)
        }
        #expect(throws: ModelFileError.self) {
            try Model.save(randomWeights(tiny), notes: ["continuo.x": ""], to: path)
        }
        // Sizes that no file can hold are refused before anything of that size is allocated.
        try save(to: path, metadata: { $0.merge(["continuo.hidden": "8192", "continuo.layers": "16"]) { $1 } })
        #expect(throws: ModelFileError.self) { try Model.load(path) }
    }

    // MARK: Hostile files

    private static let raw = RawModel(
        metadata: tiny.metadata,
        tensors: randomWeights(tiny).layout.all.map { ($0.name, $0.shape, Array(randomWeights(tiny)[$0])) })
    static let hostile = HostileModel.files(raw)

    @Test func theRawModelLoads() throws {
        let temporary = try TemporaryFile()
        try writeAtomically(Self.raw.bytes(), to: temporary.path)
        #expect(try Model.load(temporary.path).weights.values == randomWeights(tiny).values)
    }

    @Test(arguments: hostile.indices) func refusesHostileFiles(_ index: Int) throws {
        let temporary = try TemporaryFile()
        let file = Self.hostile[index]
        try writeAtomically(file.bytes, to: temporary.path)
        do throws(ModelFileError) {
            _ = try Model.load(temporary.path)
            Issue.record("\(file.what): loaded")
        } catch {
            let said = error.description
            #expect(said.contains(file.mentions), "\(file.what): \(said)")
            #expect(said.hasPrefix(temporary.path) && said.utf8.count < 1000, "\(file.what): \(said)")
        }
    }

    /// 20,000 files, most of them damaged in their header: each loads with finite weights, or is refused.
    @Test func survivesDamage() throws {
        let good = Self.raw.bytes()
        let header = 8 + good.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
        var damage = Damage(seed: 3)
        let temporary = try TemporaryFile()
        var loaded = 0
        for round in 0..<20_000 {
            let bytes: [UInt8]
            switch round % 8 {
            case 0: bytes = damage.damaged(good)
            case 1: bytes = Array(good[..<8]) + damage.bytes(0...300)
            // The length is right again, so that the damage is not all in that.
            default:
                let text = damage.damaged(Array(good[8..<header]))
                bytes = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text + good[header...]
            }
            try writeAtomically(bytes, to: temporary.path)
            guard let model = try? Model.load(temporary.path) else { continue }
            loaded += 1
            #expect(model.weights.values.allSatisfy { $0.isFinite })
        }
        #expect(1...10_000 ~= loaded)
    }
}
