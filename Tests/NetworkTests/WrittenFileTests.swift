/// The bytes of the model files that Continuo writes, against the format's own words
/// (https://huggingface.co/docs/safetensors, "Format"), with another JSON parser than Continuo's. That PyTorch's
/// safetensors opens them, interop/pytorch/check_weights.py shows.
import Foundation
import Network
import TestSupport
import Testing

/// A file taken apart.
private struct Parts {
    let headerLength: Int
    let header: [String: Any]
    let data: Data

    struct Entry {
        let name: String
        let type: String
        let shape: [Int]
        let offsets: [Int]
    }

    init(_ path: String) throws {
        let bytes = try Data(contentsOf: URL(filePath: path))
        headerLength = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let text = bytes.dropFirst(8).prefix(headerLength)
        #expect(text.first == UInt8(ascii: "{"))
        header = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
        data = Data(bytes.dropFirst(8 + headerLength))
    }

    /// In the order of their bytes.
    func entries() throws -> [Entry] {
        try header.filter { $0.key != "__metadata__" }.map { name, value in
            let entry = try #require(value as? [String: Any])
            #expect(Set(entry.keys) == ["dtype", "shape", "data_offsets"])
            return Entry(
                name: name, type: try #require(entry["dtype"] as? String),
                shape: try #require(entry["shape"] as? [Int]), offsets: try #require(entry["data_offsets"] as? [Int]))
        }.sorted { $0.offsets[0] < $1.offsets[0] }
    }
}

@Suite struct WrittenFileTests {
    @Test(arguments: [(Model.Precision.half, "F16", 2), (.single, "F32", 4)])
    func headerAndOffsetsAreTheFormats(precision: Model.Precision, type: String, size: Int) throws {
        let temporary = try TemporaryFile()
        let weights = randomWeights(tiny)
        try Model.save(weights, notes: ["licence": "CC0", "é": "\"\n"], precision: precision, to: temporary.path)
        let parts = try Parts(temporary.path)
        // So that a mapped tensor of any type is aligned.
        #expect(parts.headerLength % 8 == 0)
        let metadata = try #require(parts.header["__metadata__"] as? [String: String])
        #expect(metadata["licence"] == "CC0" && metadata["é"] == "\"\n")
        #expect(metadata["continuo.fields"] == "shift:5 key:7")
        let entries = try parts.entries()
        #expect(entries.map(\.name) == weights.layout.all.map(\.name), "the tensors lie in the layout's order")
        #expect(entries.map(\.shape) == weights.layout.all.map(\.shape))
        var next = 0
        for (entry, place) in zip(entries, weights.layout.all) {
            #expect(entry.type == type)
            #expect(entry.offsets == [next, next + size * place.count], "no hole, no overlap")
            // Little-endian, row-major.
            for (i, value) in weights[place].enumerated() {
                let bytes = parts.data.dropFirst(next + size * i).prefix(size)
                let bits = bytes.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                if size == 4 {
                    #expect(Float(bitPattern: bits) == value)
                } else {
                    #expect(abs(half(bits) - value) <= abs(value) / 2048 + 0x1p-25)
                }
            }
            next = entry.offsets[1]
        }
        #expect(parts.data.count == next)
    }

    /// IEEE 754's formula.
    private func half(_ bits: UInt32) -> Float {
        let (exponent, fraction) = (Int(bits >> 10 & 31), Float(bits & 0x3FF))
        let size = exponent == 0 ? fraction * 0x1p-24 : (1 + fraction / 1024) * pow(2, Float(exponent - 15))
        return bits & 0x8000 == 0 ? size : -size
    }

    /// What PyTorch wrote, read and written again, is the same tensors, byte for byte.
    @Test(arguments: ["performance", "deep-plain", "plain", "heads"]) func pyTorchsTensorsComeBackAsTheyWere(
        name: String
    ) throws {
        let original = Bundle.module.resourcePath! + "/Fixtures/\(name).safetensors"
        let theirs = try Parts(original)
        let isHalf = try theirs.entries().allSatisfy { $0.type == "F16" }
        let model = try Model.load(original)
        let temporary = try TemporaryFile()
        try Model.save(
            model.weights, notes: model.notes, precision: isHalf ? .half : .single, to: temporary.path)
        let ours = try Parts(temporary.path)
        #expect(
            NSDictionary(dictionary: ours.header["__metadata__"] as? [String: String] ?? [:])
                == NSDictionary(dictionary: theirs.header["__metadata__"] as? [String: String] ?? [:]))
        let own = try ours.entries()
        for entry in try theirs.entries() {
            let twin = try #require(own.first { $0.name == entry.name })
            #expect(twin.shape == entry.shape && twin.type == entry.type)
            #expect(
                ours.data.dropFirst(twin.offsets[0]).prefix(twin.offsets[1] - twin.offsets[0])
                    == theirs.data.dropFirst(entry.offsets[0]).prefix(entry.offsets[1] - entry.offsets[0]),
                "\(entry.name)")
        }
        #expect(own.count == (try theirs.entries().count))
    }
}
