// Not real-time: the JSON header of a safetensors file.

/// The JSON header of a safetensors file. The format allows so little JSON (one object of tensors, one object of
/// strings) that the parser is the grammar: https://huggingface.co/docs/safetensors, section "Format".
///
/// Strict: no duplicate or unknown keys, no trailing text but spaces, no number that is not a plain integer.
struct HeaderParser {
    struct Tensor {
        var name: String
        var type: String
        var shape: [Int]
        /// Bytes from the end of the header.
        var start: Int
        var end: Int
        /// Where the entry stands in the file, for error messages.
        var byte: Int
    }

    /// Far above any tensor of a network.
    private static let maximumRank = 8

    private let bytes: [UInt8]
    private let end: Int
    private let file: String
    private var at: Int

    /// - Parameter range: the header within `bytes`, which are the whole file.
    init(_ bytes: [UInt8], in range: Range<Int>, file: String) {
        self.bytes = bytes
        self.at = range.lowerBound
        self.end = range.upperBound
        self.file = file
    }

    mutating func parse() throws(ModelFileError) -> (metadata: [String: String], tensors: [Tensor]) {
        var metadata: [String: String] = [:]
        var tensors: [Tensor] = []
        guard peek() == UInt8(ascii: "{") else { throw fault("the header does not begin with '{'") }
        try object { (parser, key, byte) throws(ModelFileError) in
            if key == "__metadata__" {
                metadata = try parser.strings()
            } else {
                tensors.append(try parser.tensor(key, byte))
            }
        }
        guard bytes[at..<end].allSatisfy({ $0 == UInt8(ascii: " ") }) else { throw fault("text after the header") }
        return (metadata, tensors)
    }

    private mutating func strings() throws(ModelFileError) -> [String: String] {
        var strings: [String: String] = [:]
        try object { (parser, key, _) throws(ModelFileError) in strings[key] = try parser.string() }
        return strings
    }

    private mutating func tensor(_ name: String, _ byte: Int) throws(ModelFileError) -> Tensor {
        var type: String?
        var shape: [Int]?
        var offsets: [Int]?
        try object { (parser, key, _) throws(ModelFileError) in
            switch key {
            case "dtype": type = try parser.string()
            case "shape": shape = try parser.integers()
            case "data_offsets": offsets = try parser.integers()
            default: throw parser.fault("unknown key \"\(key)\"")
            }
        }
        guard let type, let shape, let offsets, offsets.count == 2 else {
            throw fault("tensor \"\(name)\" needs dtype, shape and two data_offsets")
        }
        return Tensor(name: name, type: type, shape: shape, start: offsets[0], end: offsets[1], byte: byte)
    }

    /// Calls `member` with each key, its byte, and the cursor at its value.
    private mutating func object(
        _ member: (inout HeaderParser, String, Int) throws(ModelFileError) -> Void
    ) throws(ModelFileError) {
        var keys: Set<String> = []
        try expect("{")
        if take("}") { return }
        repeat {
            skipSpace()
            let byte = at
            let key = try string()
            guard keys.insert(key).inserted else { throw fault("duplicate key \"\(key)\"") }
            try expect(":")
            try member(&self, key, byte)
        } while take(",")
        try expect("}")
    }

    private mutating func integers() throws(ModelFileError) -> [Int] {
        var integers: [Int] = []
        try expect("[")
        if take("]") { return [] }
        repeat {
            guard integers.count < Self.maximumRank else {
                throw fault("a shape of more than \(Self.maximumRank) numbers")
            }
            integers.append(try integer())
        } while take(",")
        try expect("]")
        return integers
    }

    private mutating func integer() throws(ModelFileError) -> Int {
        skipSpace()
        let first = at
        var value = 0
        while let digit = peek(), UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(digit - UInt8(ascii: "0")))
            guard !overflow, !carry else { throw fault("number too large") }
            value = sum
            at += 1
        }
        guard at > first, at == first + 1 || bytes[first] != UInt8(ascii: "0") else {
            throw fault("a plain non-negative integer was expected")
        }
        return value
    }

    private mutating func string() throws(ModelFileError) -> String {
        try expect("\"")
        let first = at
        var units: [UInt8] = []
        while let byte = peek(), byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw fault("control character in a string") }
            at += 1
            if byte == UInt8(ascii: "\\") { units += try escape() } else { units.append(byte) }
        }
        try expect("\"", skippingSpace: false)
        guard let string = String(validating: units, as: UTF8.self) else {
            at = first
            throw fault("the string is not UTF-8")
        }
        return string
    }

    /// After a backslash (RFC 8259, section 7).
    private mutating func escape() throws(ModelFileError) -> [UInt8] {
        guard let byte = peek() else { throw fault("the header ends within a string") }
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): break
        default: throw fault("unknown escape in a string")
        }
        var code = try hexadecimal()
        if 0xD800..<0xDC00 ~= code, peek() == UInt8(ascii: "\\"), at + 1 < end, bytes[at + 1] == UInt8(ascii: "u") {
            at += 2
            let low = try hexadecimal()
            guard 0xDC00..<0xE000 ~= low else { throw fault("half of a surrogate pair") }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw fault("half of a surrogate pair") }
        return Array(UTF8.encode(scalar)!)
    }

    private mutating func hexadecimal() throws(ModelFileError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw fault("four hexadecimal digits were expected")
            }
            code = code << 4 | UInt32(digit)
            at += 1
        }
        return code
    }

    private func peek() -> UInt8? { at < end ? bytes[at] : nil }

    private mutating func skipSpace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard peek() == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar, skippingSpace: Bool = true) throws(ModelFileError) {
        if skippingSpace { skipSpace() }
        guard peek() == UInt8(ascii: character) else { throw fault("'\(character)' was expected") }
        at += 1
    }

    private func fault(_ reason: String) -> ModelFileError { .malformed(file: file, byte: at, reason: reason) }
}
