/// Safetensors files, ours and hostile ones.
import Foundation
import Hostile
import Network
import TestSupport
import Testing

/// A file with this header and `data` zero bytes.
private func file(_ header: String, data: Int = 0, length: UInt64? = nil) -> [UInt8] {
    let length = length ?? UInt64(header.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array(header.utf8)
        + [UInt8](repeating: 0, count: data)
}

private func tensor(_ name: String, _ type: String, _ shape: String, _ start: Int, _ end: Int) -> String {
    "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(start),\(end)]}"
}

@Suite struct SafetensorsTests {
    static let hostile: [(what: String, bytes: [UInt8])] = [
        ("empty", []),
        ("half a length", [1, 2, 3]),
        ("header longer than any", file("{}", length: .max)),
        ("header longer than the limit", file("{}", length: 100_000_001)),
        ("header longer than the file", file("{}", length: 3)),
        ("no header", file("")),
        ("not an object", file("[]")),
        ("leading space", file(" {}")),
        ("unclosed", file("{")),
        ("text after", file("{}x")),
        ("trailing comma", file("{\(tensor("a", "F32", "1", 0, 4)),}", data: 4)),
        ("deep nesting", file(String(repeating: "{\"a\":", count: 100_000))),
        ("duplicate tensor", file("{\(tensor("a", "F32", "1", 0, 4)),\(tensor("a", "F32", "1", 4, 8))}", data: 8)),
        ("duplicate metadata", file("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}")),
        ("metadata number", file("{\"__metadata__\":{\"a\":1}}")),
        ("unknown key", file("{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4],\"x\":[]}}", data: 4)),
        ("missing key", file("{\"a\":{\"dtype\":\"F32\",\"shape\":[]}}", data: 4)),
        ("three offsets", file("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,4]}}", data: 4)),
        ("unknown dtype", file("{\(tensor("a", "I64", "1", 0, 8))}", data: 8)),
        ("beyond the file", file("{\(tensor("a", "F32", "2", 0, 8))}", data: 4)),
        ("overlap", file("{\(tensor("a", "F32", "2", 0, 8)),\(tensor("b", "F32", "1", 4, 8))}", data: 8)),
        ("hole", file("{\(tensor("a", "F32", "1", 4, 8))}", data: 8)),
        ("bytes left", file("{\(tensor("a", "F32", "1", 0, 4))}", data: 5)),
        ("end before start", file("{\(tensor("a", "F32", "1", 0, 4)),\(tensor("b", "F32", "1", 4, 0))}", data: 4)),
        ("shape too small", file("{\(tensor("a", "F32", "1", 0, 8))}", data: 8)),
        ("shape overflows", file("{\(tensor("a", "F32", "4611686018427387904,4", 0, 0))}")),
        ("negative", file("{\(tensor("a", "F32", "-1", 0, 4))}", data: 4)),
        ("fraction", file("{\(tensor("a", "F32", "1.0", 0, 4))}", data: 4)),
        ("leading zero", file("{\(tensor("a", "F32", "01", 0, 4))}", data: 4)),
        ("number too large", file("{\(tensor("a", "F32", "99999999999999999999", 0, 4))}", data: 4)),
        ("bad escape", file("{\(tensor("\\q", "F32", "1", 0, 4))}", data: 4)),
        ("lone surrogate", file("{\(tensor("\\ud800", "F32", "1", 0, 4))}", data: 4)),
        ("control character", file("{\(tensor("\u{1}", "F32", "1", 0, 4))}", data: 4)),
        ("not UTF-8", file("{}", length: 6).dropLast() + [0x22, 0xFF, 0x22, 0x7D]),
    ]

    @Test(arguments: hostile.indices) func refusesHostileFiles(index: Int) {
        let (what, bytes) = Self.hostile[index]
        do {
            _ = try Safetensors(bytes: bytes, file: "hostile")
            Issue.record("\(what): accepted")
        } catch {
            guard case .malformed(let file, let byte, _) = error else {
                Issue.record("\(what): \(error)")
                return
            }
            #expect(file == "hostile" && 0...bytes.count ~= byte, "\(what): \(error)")
        }
    }

    @Test func readsWhatTheFormatAllows() throws {
        let header =
            "{\"__metadata__\" : {\"k\\u00e9y\":\"\\ud83c\\udfb9 \\\"\\n\"},\n\(tensor("b", "BF16", "1,2", 4, 8)),"
            + "\(tensor("none", "F32", "0,3", 8, 8)),\(tensor("a", "F32", "", 0, 4))}   "
        var bytes = file(header)
        bytes += [0, 0, 0x80, 0x3F, 0x80, 0xBF, 0x49, 0x40]
        let read = try Safetensors(bytes: bytes, file: "allowed")
        #expect(read.metadata == ["kéy": "🎹 \"\n"])
        #expect(read.tensors.map(\.name) == ["a", "b", "none"])
        #expect(try read.values(of: read.tensors[0]) == [1])
        #expect(try read.values(of: read.tensors[1]) == [-1, 3.140625])
        #expect(try read.values(of: read.tensors[2]) == [])
    }

    /// Every beginning of a good file, and every byte of it changed, is read or refused, never a crash.
    @Test func survivesDamageToAnyByte() throws {
        let temporary = try TemporaryFile()
        let source = Safetensors.Source(name: "a", shape: [2, 3], values: [1, 2, 3, 4, 5, 6])
        try Safetensors.write([source], metadata: ["k": "v\"\\\u{1}é"], as: .f16, to: temporary.path)
        let good = try Array(Data(contentsOf: URL(filePath: temporary.path)))
        for length in good.indices {
            #expect(throws: ModelFileError.self) { try Safetensors(bytes: Array(good[..<length]), file: "cut") }
        }
        for place in good.indices {
            for value in [0, 0x22, 0x30, 0x5C, 0x7B, 0x7D, 0x80, 0xFF] as [UInt8] {
                var bytes = good
                bytes[place] = value
                if let read = try? Safetensors(bytes: bytes, file: "damaged") {
                    for tensor in read.tensors { _ = try? read.values(of: tensor) }
                }
            }
        }
    }

    /// Every finite half, from IEEE 754's formula.
    static let halves: [Float] = (0..<0x7C00).map { (bits: Int) -> Float in
        if bits < 0x400 { return Float(bits) * 0x1p-24 }
        let exponent = bits >> 10 - 25
        return Float(bits & 0x3FF | 0x400) * Float(sign: .plus, exponent: exponent, significand: 1)
    }

    private func throughAFile(_ values: [Float]) throws -> [Float] {
        let temporary = try TemporaryFile()
        let source = Safetensors.Source(name: "a", shape: [values.count], values: values[...])
        try Safetensors.write([source], as: .f16, to: temporary.path)
        let read = try Safetensors(contentsOf: temporary.path)
        return try read.values(of: read.tensors[0])
    }

    @Test func halfPrecisionIsExact() throws {
        let all = Self.halves + Self.halves.map { -$0 }
        #expect(try throughAFile(all).map(\.bitPattern) == all.map(\.bitPattern))
    }

    /// To nearest, ties to even, between every two neighbours.
    @Test func halfPrecisionRounds() throws {
        let halves = Self.halves
        let middles = zip(halves, halves.dropFirst()).map { ($0 + $1) / 2 }
        #expect(try throughAFile(middles) == middles.indices.map { halves[$0 % 2 == 0 ? $0 : $0 + 1] })
        #expect(try throughAFile(middles.map(\.nextDown)) == halves.dropLast())
        #expect(try throughAFile(middles.map(\.nextUp)) == Array(halves.dropFirst()))
        #expect(try throughAFile([65519.996, .leastNonzeroMagnitude]) == [65504, 0])
    }

    @Test func metadataRoundTrip() throws {
        let temporary = try TemporaryFile()
        let metadata = ["k": "v\"\\\u{1}é", "ключ": "\n🎹"]
        let hash = try Safetensors.write(
            [.init(name: "a", shape: [1], values: [1])], metadata: metadata, as: .f32, to: temporary.path)
        let read = try Safetensors(contentsOf: temporary.path)
        #expect(read.metadata == metadata)
        #expect(read.hash == hash)
    }

    @Test func refusesWhatIsNotFinite() throws {
        let temporary = try TemporaryFile()
        for (value, type) in [(Float.nan, Safetensors.ElementType.f32), (.infinity, .f16), (65520, .f16)] {
            #expect(throws: ModelFileError.self) {
                try Safetensors.write([.init(name: "a", shape: [2], values: [1, value])], as: type, to: temporary.path)
            }
            #expect(access(temporary.path, F_OK) != 0)
        }
        let read = try Safetensors(bytes: file("{\(tensor("a", "F16", "2", 0, 4))}") + [0, 0, 0, 0x7C], file: "f")
        #expect(throws: ModelFileError.tensor(file: "f", name: "a", reason: "element 1 is inf")) {
            try read.values(of: read.tensors[0])
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["/nonexistent/model", "/dev/zero", "/tmp"])
    func refusesWhatIsNoFile(path: String) {
        #expect { try Safetensors(contentsOf: path) } throws: {
            guard case .unreadable(path, _) = $0 as? ModelFileError else { return false }
            return true
        }
    }

    @Test func aFailedWriteLeavesTheOldFile() throws {
        let temporary = try TemporaryFile()
        try Safetensors.write([.init(name: "a", shape: [], values: [1])], as: .f32, to: temporary.path)
        #expect(throws: ModelFileError.self) {
            try Safetensors.write([.init(name: "a", shape: [], values: [.nan])], as: .f32, to: temporary.path)
        }
        let read = try Safetensors(contentsOf: temporary.path)
        #expect(try read.values(of: read.tensors[0]) == [1])
        #expect(throws: ModelFileError.self) { try Safetensors.write([], as: .f32, to: "/nonexistent/model") }
    }
}
