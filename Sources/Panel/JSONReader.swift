/// Why a text is not JSON.
public struct JSONError: Error, Equatable, CustomStringConvertible {
    /// Where in the text the reader stopped.
    public let byte: Int

    public var description: String { "not JSON at byte \(byte)" }
}

extension JSON {
    /// Reads one value of at most `JSONReader.deepest` levels, and nothing after it.
    public init(_ bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes: bytes)
        self = try reader.value(depth: 0)
        try reader.end()
    }
}

/// A recursive-descent reader of RFC 8259 for bytes from strangers: bounded depth, no trust in UTF-8.
private struct JSONReader {
    static let deepest = 16

    let bytes: [UInt8]
    private var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func value(depth: Int) throws(JSONError) -> JSON {
        guard depth < Self.deepest else { throw fault }
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "t"): return try word("true", .truth(true))
        case UInt8(ascii: "f"): return try word("false", .truth(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    mutating func end() throws(JSONError) {
        skipSpace()
        guard position == bytes.count else { throw fault }
    }

    private var fault: JSONError { JSONError(byte: position) }
    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = peek, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard peek == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func word(_ word: String, _ value: JSON) throws(JSONError) -> JSON {
        guard bytes[position...].starts(with: word.utf8) else { throw fault }
        position += word.utf8.count
        return value
    }

    private mutating func object(_ depth: Int) throws(JSONError) -> JSON {
        position += 1
        var members: [JSON.Member] = []
        if take("}") { return .object([]) }
        repeat {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw fault }
            let name = try string()
            guard take(":") else { throw fault }
            members.append(JSON.Member(name: name, value: try value(depth: depth + 1)))
        } while take(",")
        guard take("}") else { throw fault }
        return .object(members)
    }

    private mutating func array(_ depth: Int) throws(JSONError) -> JSON {
        position += 1
        var elements: [JSON] = []
        if take("]") { return .array([]) }
        repeat { elements.append(try value(depth: depth + 1)) } while take(",")
        guard take("]") else { throw fault }
        return .array(elements)
    }

    private mutating func string() throws(JSONError) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = peek, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw fault }
            position += 1
            if byte == UInt8(ascii: "\\") {
                text += Array(String(try escaped()).utf8)
            } else {
                text.append(byte)
            }
        }
        guard peek != nil, let string = String(validating: text, as: UTF8.self) else { throw fault }
        position += 1
        return string
    }

    private mutating func escaped() throws(JSONError) -> Unicode.Scalar {
        guard let byte = peek else { throw fault }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try character()
        default: throw fault
        }
    }

    /// A character by its number, or by two surrogates.
    private mutating func character() throws(JSONError) -> Unicode.Scalar {
        let first = try hexadecimal()
        guard 0xD800...0xDBFF ~= first else {
            guard let scalar = Unicode.Scalar(first) else { throw fault }
            return scalar
        }
        guard bytes[position...].starts(with: "\\u".utf8) else { throw fault }
        position += 2
        let second = try hexadecimal()
        guard 0xDC00...0xDFFF ~= second,
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw fault }
        return scalar
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        var number: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = peek.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else { throw fault }
            number = number << 4 | UInt32(digit)
            position += 1
        }
        return number
    }

    private mutating func number() throws(JSONError) -> JSON {
        let start = position
        if peek == UInt8(ascii: "-") { position += 1 }
        if peek == UInt8(ascii: "0") { position += 1 } else { try digits() }
        if peek == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            position += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        // Too great a number becomes infinite.
        guard let number = Double(String(decoding: bytes[start..<position], as: UTF8.self)), number.isFinite else {
            throw fault
        }
        return .number(number)
    }

    private mutating func digits() throws(JSONError) {
        let start = position
        while let byte = peek, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { position += 1 }
        guard position > start else { throw fault }
    }
}
