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
    /// The table that the reader is in.
    private var place: [String] = []
    /// Keys, tables with a line of their own, and all tables, those that others merely lie in included; each by its whole path.
    /// Sets, so that many keys take no time squared.
    private var keys: Set<[String]> = []
    private var opened: Set<[String]> = []
    private var known: Set<[String]> = []

    /// The bytes of a file; of any bytes, a document or one fault.
    public init(_ bytes: [UInt8]) throws(Fault) {
        // Editors of other systems put a byte-order mark before UTF-8.
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        guard let text = String(validating: bytes.dropFirst(bytes.starts(with: mark) ? 3 : 0), as: UTF8.self) else {
            throw Fault(line: 1, problem: "the file is not UTF-8 text")
        }
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let endsWithReturn = line.last == "\r" && index + 1 < lines.count
            var cursor = Cursor(line: index + 1, rest: endsWithReturn ? line.dropLast() : line)
            try read(&cursor)
        }
    }

    /// Text with names from a file, which may be long and upset a terminal, as one short line.
    public static func shown(_ text: String) -> String {
        var scalars = text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }
        if scalars.count > 200 { scalars.replaceSubrange(100..<scalars.count - 80, with: ["…"]) }
        return String(String.UnicodeScalarView(scalars))
    }

    private mutating func read(_ cursor: inout Cursor) throws(Fault) {
        cursor.skipBlanks()
        if cursor.take("[") {
            place = try cursor.path()
            let name = place.joined(separator: ".")
            let around = place.indices.map { Array(place[...$0]) }
            guard opened.insert(place).inserted, keys.isDisjoint(with: around) else {
                throw cursor.fault("[\(name)] is there twice")
            }
            known.formUnion(around)
            tables.append((name, cursor.line))
        } else if !cursor.isAtEnd {
            let key = try cursor.key()
            guard cursor.take("=") else { throw cursor.fault("'=' is missing after '\(key)'") }
            let value = try cursor.value(of: key)
            guard keys.insert(place + [key]).inserted, !known.contains(place + [key]) else {
                throw cursor.fault("'\(key)' is there twice")
            }
            entries.append(Entry(table: tables.last?.name ?? "", key: key, value: value, line: cursor.line))
        }
        guard cursor.isAtEnd else { throw cursor.fault("nothing may follow on this line but a comment") }
        guard cursor.rest.allSatisfy({ !$0.isForbidden }) else {
            throw cursor.fault("a control character in a comment")
        }
    }
}

/// What remains of a line.
private struct Cursor {
    typealias Fault = TOMLDocument.Fault

    let line: Int
    var rest: Substring.UnicodeScalarView

    func fault(_ problem: String) -> Fault { Fault(line: line, problem: TOMLDocument.shown(problem)) }

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

    /// The words of a table's name, up to the bracket.
    mutating func path() throws(Fault) -> [String] {
        var words = [try word()]
        while take(".") { words.append(try word()) }
        let name = words.joined(separator: ".")
        guard take("]") else { throw fault("']' is missing after '[\(name)'") }
        guard words.allSatisfy({ !$0.isEmpty && !$0.contains(".") }) else {
            throw fault("[\(name)]: empty words, and dots within quotation marks, are not read here")
        }
        return words
    }

    mutating func value(of key: String) throws(Fault) -> TOMLDocument.Value {
        if let string = try string() { return .string(string) }
        let word = word { $0 != "#" && $0 != " " && $0 != "\t" }
        switch word {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "": throw fault("'\(key)' has no value")
        default:
            guard Self.isDecimal(word), let number = Double(word.filter { $0 != "_" }) else {
                throw fault("'\(key)' is not a string in quotes, a decimal number, true or false")
            }
            let isWhole = !word.contains { ".eE".contains($0) }
            guard !isWhole || abs(number) < 0x1p53 else { throw fault("'\(key)' is too large a whole number") }
            return .number(number)
        }
    }

    /// TOML 1.0, "Integer" and "Float", of base ten and finite.
    private static func isDecimal(_ word: String) -> Bool {
        func isDigits(_ text: Substring) -> Bool {
            text.split(separator: "_", omittingEmptySubsequences: false).allSatisfy { group in
                !group.isEmpty && group.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            }
        }
        func unsigned(_ text: Substring) -> Substring {
            text.first == "+" || text.first == "-" ? text.dropFirst() : text
        }
        let parts = word.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
        let halves = unsigned(parts[0]).split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        return halves.allSatisfy(isDigits) && (halves[0] == "0" || halves[0].first != "0")
            && (parts.count == 1 || isDigits(unsigned(parts[1])))
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
            guard !scalar.isForbidden else { throw fault("a control character in a string") }
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
    /// May stand nowhere but in an escape.
    fileprivate var isForbidden: Bool { (value < 0x20 && self != "\t") || value == 0x7f }

    /// May stand in a key without quotation marks.
    fileprivate var isBare: Bool {
        ("a"..."z").contains(self) || ("A"..."Z").contains(self) || ("0"..."9").contains(self) || self == "_"
            || self == "-"
    }
}
