/// The part of TOML 1.0 that presets and recipes are written in: tables, and keys with strings, numbers, true and false,
/// on a line each. Whatever it reads means the same to every TOML parser; of the rest it says that it does not read it.
///
/// Why not a library: presets and recipes come from strangers, and toml++ 3.4, which the Swift packages wrap, aborts the
/// program on "[.]".
public struct TOMLDocument {
    public enum Value: Equatable, Sendable {
        case string(String)
        case number(Double)
        case bool(Bool)
    }

    public struct Entry: Equatable, Sendable {
        /// Empty before the first table; of [a.b] "a.b".
        public let table: String
        public let key: String
        public let value: Value
        public let line: Int
    }

    public struct Fault: Error, Equatable, Sendable {
        public let line: Int
        public let problem: String

        public init(line: Int, problem: String) {
            self.line = line
            self.problem = problem
        }
    }

    public private(set) var tables: [(name: String, line: Int)] = []
    public private(set) var entries: [Entry] = []

    /// The bytes of a file; of any bytes, a document or one fault.
    public init(_ bytes: [UInt8]) throws(Fault) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Fault(line: 1, problem: "the file is not UTF-8 text")
        }
        var number = 0
        for line in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false) {
            number += 1
            var cursor = Cursor(line: number, rest: line.last == "\r" ? line.dropLast() : line)
            try read(&cursor)
        }
    }

    private mutating func read(_ cursor: inout Cursor) throws(Fault) {
        cursor.skipBlanks()
        if cursor.take("[") {
            var name = try cursor.word()
            while cursor.take(".") { name += "." + (try cursor.word()) }
            guard cursor.take("]") else { throw cursor.fault("']' is missing after '[\(name)'") }
            if tables.contains(where: { $0.name == name }) { throw cursor.fault("[\(name)] is there twice") }
            tables.append((name, cursor.line))
        } else if !cursor.isAtEnd {
            let (table, key) = (tables.last?.name ?? "", try cursor.key())
            guard cursor.take("=") else { throw cursor.fault("'=' is missing after '\(key)'") }
            let entry = Entry(table: table, key: key, value: try cursor.value(of: key), line: cursor.line)
            if entries.contains(where: { ($0.table, $0.key) == (table, key) }) {
                throw cursor.fault("'\(key)' is there twice")
            }
            entries.append(entry)
        }
        guard cursor.isAtEnd else { throw cursor.fault("nothing may follow on this line but a comment") }
    }
}

/// What remains of a line.
private struct Cursor {
    typealias Fault = TOMLDocument.Fault

    let line: Int
    var rest: Substring.UnicodeScalarView

    func fault(_ problem: String) -> Fault { Fault(line: line, problem: problem) }

    /// A comment is an end too.
    var isAtEnd: Bool { rest.isEmpty || rest.first == "#" }

    mutating func skipBlanks() { rest = rest.drop { $0 == " " || $0 == "\t" } }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard rest.first == scalar else { return false }
        rest.removeFirst()
        skipBlanks()
        return true
    }

    /// The longest start of what remains that is made of such scalars, and the blanks behind it.
    private mutating func word(of fits: (Unicode.Scalar) -> Bool) -> String {
        let word = rest.prefix(while: fits)
        rest = rest[word.endIndex...]
        skipBlanks()
        return String(word)
    }

    /// A name, or one of those that dots join.
    mutating func word() throws(Fault) -> String {
        skipBlanks()
        if let quoted = try string() { return quoted }
        let name = word { $0.isBare }
        guard !name.isEmpty else { throw fault("a name is expected: letters, digits, '-' and '_'") }
        return name
    }

    mutating func key() throws(Fault) -> String {
        let name = try word()
        guard rest.first != "." else { throw fault("'\(name).…': names with dots are not read here; write a [table]") }
        return name
    }

    mutating func value(of key: String) throws(Fault) -> TOMLDocument.Value {
        if let string = try string() { return .string(string) }
        let word = word { $0 != "#" && $0 != " " && $0 != "\t" }
        switch word {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "": throw fault("'\(key)' has no value")
        default:
            let digits = word.filter { $0 != "_" }
            guard digits.unicodeScalars.allSatisfy({ "0123456789+-.eE".unicodeScalars.contains($0) }),
                let number = Double(digits)
            else { throw fault("'\(key)' is not a string in quotes, a decimal number, true or false") }
            return .number(number)
        }
    }

    /// Nil if there is no quotation mark.
    private mutating func string() throws(Fault) -> String? {
        guard let quote = rest.first, quote == "\"" || quote == "'" else { return nil }
        rest.removeFirst()
        var text = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            if scalar == quote {
                if text.isEmpty && rest.first == quote { throw fault("strings of several lines are not read here") }
                skipBlanks()
                return String(text)
            }
            guard scalar.value >= 0x20 && scalar != "\u{7f}" || scalar == "\t" else {
                throw fault("a control character in a string")
            }
            text.append(scalar == "\\" && quote == "\"" ? try escaped() : scalar)
        }
        throw fault("the closing \(quote) is missing")
    }

    private static let escapes: [Unicode.Scalar: Unicode.Scalar] = [
        "b": "\u{8}", "t": "\t", "n": "\n", "f": "\u{c}", "r": "\r", "\"": "\"", "\\": "\\",
    ]

    /// What follows a backslash.
    private mutating func escaped() throws(Fault) -> Unicode.Scalar {
        let letter = rest.popFirst()
        if let letter, let scalar = Self.escapes[letter] { return scalar }
        let digits = letter == "u" ? 4 : letter == "U" ? 8 : 0
        let code = rest.prefix(digits)
        guard digits > 0, code.count == digits, code.allSatisfy(\.properties.isASCIIHexDigit),
            let value = UInt32(String(code), radix: 16), let scalar = Unicode.Scalar(value)
        else { throw fault("an unknown escape after '\\' in a string") }
        rest = rest[code.endIndex...]
        return scalar
    }
}

extension Unicode.Scalar {
    /// May stand in a key without quotation marks.
    fileprivate var isBare: Bool {
        ("a"..."z").contains(self) || ("A"..."Z").contains(self) || ("0"..."9").contains(self) || self == "_"
            || self == "-"
    }
}
