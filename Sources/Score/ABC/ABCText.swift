/// A text as lines of characters.
///
/// ABC 2.1, "Charset field": UTF-8 unless something else is declared. What is not UTF-8 is Latin-1 here,
/// as in most collections from before.
struct ABCText {
    /// Without their ends: LF, CR LF or CR.
    let lines: [[Unicode.Scalar]]

    init(_ bytes: [UInt8]) {
        let bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        let text = String(validating: bytes, as: UTF8.self)
        let scalars = text.map { Array($0.unicodeScalars) } ?? bytes.map { Unicode.Scalar($0) }
        var lines: [[Unicode.Scalar]] = [[]]
        var previous = Unicode.Scalar(0)
        for scalar in scalars {
            switch scalar {
            case "\n" where previous == "\r": break
            case "\n", "\r": lines.append([])
            default: lines[lines.count - 1].append(scalar)
            }
            previous = scalar
        }
        if lines.last == [] { lines.removeLast() }
        self.lines = Self.withoutTypesetText(lines)
    }

    /// Section 2.2.3 "Free text and typeset text": lines between `%%begintext` and `%%endtext`, and the like, are comments.
    private static func withoutTypesetText(_ lines: [[Unicode.Scalar]]) -> [[Unicode.Scalar]] {
        var isText = false
        return lines.map { line in
            if line.starts(with: "%%begin".unicodeScalars) { isText = true }
            if line.starts(with: "%%end".unicodeScalars) { isText = false }
            return isText ? ["%"] : line
        }
    }
}

/// A line of a text while it is read, from left to right.
struct ABCScanner {
    private let scalars: ArraySlice<Unicode.Scalar>
    /// From 1.
    let line: Int
    private var index: Int

    /// - Parameter scalars: a whole line, or the end of one: its first index is its column, from 0.
    init(_ scalars: ArraySlice<Unicode.Scalar>, line: Int) {
        self.scalars = scalars
        self.line = line
        index = scalars.startIndex
    }

    var position: ABCPosition { ABCPosition(line: line, column: index + 1) }
    var isAtEnd: Bool { index == scalars.endIndex }

    /// The character at `offset` from the next one; nil beyond the end.
    func peek(_ offset: Int = 0) -> Unicode.Scalar? {
        index + offset < scalars.endIndex ? scalars[index + offset] : nil
    }

    mutating func next() -> Unicode.Scalar? {
        guard let scalar = peek() else { return nil }
        index += 1
        return scalar
    }

    mutating func skip(_ count: Int = 1) { index = min(index + count, scalars.endIndex) }

    /// Whether the next character is this; if so, it is read.
    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek() == scalar else { return false }
        index += 1
        return true
    }

    /// How many of this character follow; they are read.
    mutating func count(_ scalar: Unicode.Scalar) -> Int {
        let start = index
        while take(scalar) {}
        return index - start
    }

    mutating func skipSpaces() { while let scalar = peek(), scalar.isABCSpace { index += 1 } }

    /// The text up to a closing mark, which is read too; nil, and nothing is read, if none follows.
    mutating func text(until mark: Unicode.Scalar) -> String? {
        guard let end = scalars[index...].firstIndex(of: mark) else { return nil }
        let text = String(scalars[index..<end])
        index = end + 1
        return text
    }

    /// A number without a sign; nil if none follows.
    mutating func number(most: Int) throws(ABCError) -> Int? {
        let start = position
        var value: Int?
        while let digit = peek()?.abcDigit {
            value = (value ?? 0) * 10 + digit
            if value! > most { throw ABCError(.number(most: most), at: start) }
            index += 1
        }
        return value
    }
}

extension Unicode.Scalar {
    var isABCSpace: Bool { self == " " || self == "\t" || self == "\u{A0}" }
    var isABCLetter: Bool { "a"..."z" ~= self || "A"..."Z" ~= self }
    var abcDigit: Int? { "0"..."9" ~= self ? Int(value) - 48 : nil }
}

extension String {
    init(_ scalars: ArraySlice<Unicode.Scalar>) { self.init(String.UnicodeScalarView(scalars)) }
}

extension ArraySlice<Unicode.Scalar> {
    /// Without spaces at either end.
    var trimmed: ArraySlice {
        let start = firstIndex { !$0.isABCSpace } ?? endIndex
        let end = self[start...].lastIndex { !$0.isABCSpace }.map { $0 + 1 } ?? start
        return self[start..<end]
    }

    /// Without a comment (ABC 2.1, section 2.2.5 "Comments and remarks"): `%`, unless `\%`, to the end.
    var withoutComment: ArraySlice {
        var end = startIndex
        while end < endIndex, self[end] != "%" || (end > startIndex && self[end - 1] == "\\") { end += 1 }
        return self[..<end]
    }
}
