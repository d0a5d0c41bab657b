/// Reads the lines of one tune: its header here, its music in `ABCMusicParser`.
struct ABCTuneParser {
    private let text: ABCText
    private var fields: [ABCField] = []

    /// - Parameters:
    ///   - lines: from the one with X: to the last before the empty line.
    ///   - defaults: fields of the head of the file (ABC 2.1, section 2.2.2 "File header").
    static func tune(_ text: ABCText, _ lines: Range<Int>, defaults: [ABCField]) throws(ABCError) -> ABCTune {
        var parser = ABCTuneParser(text: text)
        let body = try parser.header(lines)
        return try parser.tune(defaults, body: body..<lines.upperBound)
    }

    private init(text: ABCText) { self.text = text }

    /// - Returns: the first line after the header.
    private mutating func header(_ lines: Range<Int>) throws(ABCError) -> Int {
        for line in lines {
            let content = text.lines[line][...].withoutComment.trimmed
            if content.isEmpty { continue }
            if content.starts(with: "+:".unicodeScalars), !fields.isEmpty {
                fields[fields.count - 1].text += " " + String(content.dropFirst(2).trimmed)
                continue
            }
            guard let field = ABCField(content, line: line + 1) else {
                throw ABCError(.headerLine, at: ABCPosition(line: line + 1, column: content.startIndex + 1))
            }
            fields.append(field)
            if field.letter == "K" { return line + 1 }
        }
        throw ABCError(.noKey, at: ABCPosition(line: lines.lowerBound + 1, column: 1))
    }

    private func tune(_ defaults: [ABCField], body: Range<Int>) throws(ABCError) -> ABCTune {
        var tune = ABCTune(
            number: nil, fields: fields, key: .none, transposition: 0, meter: .common, unitLength: .one, tempo: nil,
            partOrder: [], voices: [])
        var unitLength: ABCRatio?
        for field in defaults + fields {
            if field.letter == "X" { tune.number = Int(field.text) }
            if field.letter == "P" {
                tune.partOrder = try ABCPartOrder.labels(field)
                continue
            }
            switch try field.meaning() {
            case .key(let key, let transposition): (tune.key, tune.transposition) = (key, transposition ?? 0)
            case .meter(let meter): tune.meter = meter
            case .unitLength(let length): unitLength = length
            case .tempo(let tempo): tune.tempo = tempo ?? tune.tempo
            case .part, .voice, .remark: break
            }
        }
        tune.unitLength = unitLength ?? ABCTune.unitLength(for: tune.meter)
        var music = ABCMusicParser()
        for line in body { try music.read(text.lines[line][...].withoutComment, line: line + 1) }
        tune.voices = music.voices
        return tune
    }
}

extension ABCField {
    /// - Parameter content: a line without its comment, from its first character that is no space.
    /// - Returns: nil if it is none.
    init?(_ content: ArraySlice<Unicode.Scalar>, line: Int) {
        var rest = content
        guard let letter = rest.popFirst(), letter.isABCLetter else { return nil }
        rest = rest.drop(while: \.isABCSpace)
        guard rest.popFirst() == ":" else { return nil }
        self.init(
            letter: Character(letter), text: Self.unescaped(rest.trimmed),
            position: ABCPosition(line: line, column: content.startIndex + 1))
    }
}

extension ABCField {
    /// `\%` is a percent sign that begins no comment.
    private static func unescaped(_ text: ArraySlice<Unicode.Scalar>) -> String {
        var result = String.UnicodeScalarView()
        for (index, scalar) in zip(text.indices, text) {
            let isEscape = scalar == "\\" && index + 1 < text.endIndex && text[index + 1] == "%"
            if !isEscape { result.append(scalar) }
        }
        return String(result)
    }
}

/// The order in which parts are played (ABC 2.1, section 3.1.9 "P: – parts"): "ABA", "A2B", "((AB)3.C)2".
enum ABCPartOrder {
    private static let mostParts = 1_024

    static func labels(_ field: ABCField) throws(ABCError) -> [Character] {
        let wrong = ABCError(
            .field(
                "P", field.text, wanted: "parts are capital letters, parentheses and numbers, such as AABB or (AB)2C"),
            at: field.position)
        // What each open parenthesis holds; the first is the whole.
        var open: [[Character]] = [[]]
        var last: [Character] = []
        for character in field.text {
            switch character {
            case "A"..."Z":
                last = [character]
                open[open.count - 1] += last
            case "(" where open.count < 32:
                open.append([])
                last = []
            case ")" where open.count > 1:
                last = open.removeLast()
                open[open.count - 1] += last
            case "1"..."9" where !last.isEmpty:
                for _ in 1..<character.wholeNumberValue! { open[open.count - 1] += last }
                last = []
            case ".", ",", " ": break
            default: throw wrong
            }
            if open.last!.count > mostParts { throw wrong }
        }
        guard open.count == 1 else { throw wrong }
        return open[0]
    }
}
