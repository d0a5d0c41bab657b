/// Reads the lines of music of a tune (ABC 2.1, section 4 "The tune body"). Each line is read on its own: what opens
/// in it – a chord, a text between quotes, grace notes – closes in it.
struct ABCMusicParser {
    private static let mostVoices = 64
    private(set) var voices: [ABCTune.Voice] = [ABCTune.Voice(name: "", bars: [])]
    private var voice = 0
    /// The label that the music since then has: it holds for all voices.
    private var part: ABCElement?
    /// Where the grace notes that are open began.
    private var grace: ABCPosition?

    /// - Parameter scalars: a line without its comment.
    mutating func read(_ scalars: ArraySlice<Unicode.Scalar>, line: Int) throws(ABCError) {
        let content = scalars.trimmed
        if content.starts(with: "+:".unicodeScalars) { return }
        if let field = ABCField(content, line: line), !Self.isMusic(content) {
            try append(field, at: field.position)
            return
        }
        var scanner = ABCScanner(content, line: line)
        while !scanner.isAtEnd { try element(&scanner) }
        if let grace { throw ABCError(.unclosed("}", what: "a group of grace notes"), at: grace) }
    }

    /// `A:|` is a note and the end of a repeat.
    static func isMusic(_ content: ArraySlice<Unicode.Scalar>) -> Bool {
        let mark = content.firstIndex(of: ":")! + 1
        return mark < content.endIndex && (content[mark] == "|" || content[mark] == ":")
    }

    private mutating func append(_ kind: ABCElement.Kind, at position: ABCPosition) {
        if voices[voice].bars.last.map({ $0.line != nil }) ?? true { voices[voice].bars.append(ABCBar()) }
        voices[voice].bars[voices[voice].bars.count - 1].elements.append(ABCElement(kind: kind, position: position))
    }

    private mutating func append(_ line: ABCBarLine) {
        if voices[voice].bars.last.map({ $0.line != nil }) ?? true { voices[voice].bars.append(ABCBar()) }
        voices[voice].bars[voices[voice].bars.count - 1].line = line
    }

    /// Section 7.1 "Voice properties": what follows a V: field belongs to its voice.
    private mutating func append(_ field: ABCField, at position: ABCPosition) throws(ABCError) {
        let meaning = try field.meaning()
        switch meaning {
        case .remark: return
        case .voice(let name, _):
            if voices.count == 1, voices[0].name.isEmpty, voices[0].bars.isEmpty { voices[0].name = name }
            voice = voices.firstIndex { $0.name == name } ?? voices.count
            if voice == voices.count {
                if voice == Self.mostVoices { throw ABCError(.tooManyVoices(Self.mostVoices), at: position) }
                voices.append(ABCTune.Voice(name: name, bars: []))
                if let part { append(part.kind, at: part.position) }
            }
        case .part:
            part = ABCElement(kind: .field(meaning), position: position)
            let current = voice
            for other in voices.indices where other != current {
                voice = other
                append(.field(meaning), at: position)
            }
            voice = current
        default: break
        }
        append(.field(meaning), at: position)
    }

    // MARK: Elements

    private mutating func element(_ scanner: inout ABCScanner) throws(ABCError) {
        let position = scanner.position
        switch scanner.peek()! {
        case "A"..."G", "a"..."g", "^", "_", "=":
            append(.note(try Self.note(&scanner)), at: position)
        case "z", "x":
            scanner.skip()
            append(.rest(try Self.length(&scanner)), at: position)
        case "Z", "X":
            scanner.skip()
            append(.bars(try Self.count(&scanner, of: "a rest") ?? 1), at: position)
        case "y":
            // Section 6.1.2 "Typesetting extra space".
            scanner.skip()
            _ = try Self.length(&scanner)
        case "|", ":": try barLine(&scanner)
        case "." where scanner.peek(1) == "|":
            scanner.skip()
            try barLine(&scanner)
        case "]" where scanner.peek(1) == "|": try barLine(&scanner)
        case "[": try bracket(&scanner)
        case "(": try parenthesis(&scanner)
        case ")": mark(.slur(opens: false), &scanner)
        case "{":
            if grace != nil { throw ABCError(.nested(what: "grace notes"), at: position) }
            grace = position
            mark(.grace(opens: true), &scanner)
            _ = scanner.take("/")
        case "}":
            if grace == nil { throw ABCError(.unopened("}", what: "a group of grace notes"), at: position) }
            grace = nil
            mark(.grace(opens: false), &scanner)
        case "-": mark(.tie, &scanner)
        case "&": mark(.overlay, &scanner)
        case ">", "<": try broken(&scanner)
        case "\"", "!", "+", ".", "~", "H"..."W", "h"..."w": try ornament(&scanner)
        case "\\" where scanner.peek(1) == nil: scanner.skip()
        default: try Self.filler(&scanner)
        }
    }

    private mutating func mark(_ kind: ABCElement.Kind, _ scanner: inout ABCScanner) {
        append(kind, at: scanner.position)
        scanner.skip()
    }

    /// Spaces, the back quotes of section 4.7 "Beams", `$` for a line break, and the characters that section 8.1
    /// "Tune body" reserves and asks to ignore.
    private static func filler(_ scanner: inout ABCScanner) throws(ABCError) {
        let position = scanner.position
        guard let scalar = scanner.next() else { return }
        guard scalar.isABCSpace || "`$#*;?@".unicodeScalars.contains(scalar) else {
            throw ABCError(.character(scalar), at: position)
        }
    }

    /// Decorations, and what stands between quotes.
    private mutating func ornament(_ scanner: inout ABCScanner) throws(ABCError) {
        let position = scanner.position
        let scalar = scanner.next()!
        switch scalar {
        case "\"":
            guard let text = scanner.text(until: "\"") else {
                throw ABCError(.unclosed("\"", what: "a text between quotes"), at: position)
            }
            append(.symbol(text), at: position)
        case "!", "+":
            // Once `!` ended lines (section 10.2.1 "Outdated line-breaking"); the name of a decoration has no spaces or bars.
            var ahead = scanner
            if let name = ahead.text(until: scalar), !name.contains(where: { " |".contains($0) }) {
                scanner = ahead
                append(.decoration(name), at: position)
            } else if scalar == "+" {
                throw ABCError(.unclosed("+", what: "a decoration"), at: position)
            }
        default: append(.decoration(String(Character(scalar))), at: position)
        }
    }

    // MARK: Bar lines

    /// Section 4.8: "parsers should be quite liberal in recognizing bar lines"; any run of their characters is one.
    private mutating func barLine(_ scanner: inout ABCScanner) throws(ABCError) {
        var line = ABCBarLine(position: scanner.position)
        // Colons since the last bar, and whether that was a thick one.
        var (colons, isThick, bars) = (0, false, 0)
        while let scalar = scanner.peek() {
            if scalar == ":" {
                colons += 1
            } else if scalar == "|" || (scalar == "[" && scanner.peek(1) == "|") || scalar == "]" {
                // In `[|]:|` they end a repeat, in `|:|` they begin one.
                if bars == 0 || isThick { line.repeatsBefore += colons } else { line.repeatsAfter += colons }
                (colons, isThick) = (0, scalar == "]")
                bars += 1
                line.isDouble = line.isDouble || bars > 1 || scalar != "|"
            } else {
                break
            }
            scanner.skip()
        }
        if bars > 0 {
            line.repeatsAfter += colons
        } else if colons > 1 {
            // `::`; a colon alone is an old dotted line.
            (line.repeatsBefore, line.repeatsAfter) = (colons / 2, colons - colons / 2)
        }
        if max(line.repeatsBefore, line.repeatsAfter) >= ABCEnding.most { throw ABCError(.ending, at: line.position) }
        append(line)
        if scanner.peek()?.abcDigit != nil { try ending(&scanner, at: line.position) }
    }

    private mutating func ending(_ scanner: inout ABCScanner, at position: ABCPosition) throws(ABCError) {
        var times: [ClosedRange<Int>] = []
        repeat {
            guard let first = try scanner.number(most: 99_999), (1...ABCEnding.most).contains(first) else {
                throw ABCError(.ending, at: position)
            }
            var last = first
            if scanner.peek() == "-", scanner.peek(1)?.abcDigit != nil {
                scanner.skip()
                last = try scanner.number(most: 99_999)!
            }
            guard (first...ABCEnding.most).contains(last) else { throw ABCError(.ending, at: position) }
            times.append(first...last)
        } while Self.takeComma(&scanner)
        append(.ending(ABCEnding(times: times)), at: position)
    }

    private static func takeComma(_ scanner: inout ABCScanner) -> Bool {
        scanner.peek(1)?.abcDigit != nil && scanner.take(",")
    }

    // MARK: Brackets

    private mutating func bracket(_ scanner: inout ABCScanner) throws(ABCError) {
        let position = scanner.position
        switch (scanner.peek(1), scanner.peek(2)) {
        case ("|", _): try barLine(&scanner)
        case (let digit?, _) where digit.abcDigit != nil:
            scanner.skip()
            try ending(&scanner, at: position)
        case (let letter?, ":") where letter.isABCLetter:
            scanner.skip(3)
            var column = scanner.position
            column.column -= 2
            guard let text = scanner.text(until: "]") else {
                throw ABCError(.unclosed("]", what: "a field"), at: position)
            }
            let trimmed = String(Array(text.unicodeScalars)[...].trimmed)
            try append(ABCField(letter: Character(letter), text: trimmed, position: column), at: position)
        default: try chord(&scanner)
        }
    }

    private mutating func chord(_ scanner: inout ABCScanner) throws(ABCError) {
        let position = scanner.position
        var notes: [ABCNote] = []
        scanner.skip()
        while !scanner.take("]") {
            guard let scalar = scanner.peek() else { throw ABCError(.unclosed("]", what: "a chord"), at: position) }
            switch scalar {
            case "A"..."G", "a"..."g", "^", "_", "=": notes.append(try Self.note(&scanner))
            case "-" where !notes.isEmpty:
                notes[notes.count - 1].isTied = true
                scanner.skip()
            case "(", ")": scanner.skip()
            case "[": throw ABCError(.nested(what: "a chord"), at: scanner.position)
            case "|": throw ABCError(.unclosed("]", what: "a chord"), at: position)
            case "\"", "!", "+", ".", "~", "H"..."W", "h"..."w": try ornament(&scanner)
            default: try Self.filler(&scanner)
            }
        }
        guard !notes.isEmpty else { throw ABCError(.emptyChord, at: position) }
        append(.chord(notes, times: try Self.length(&scanner)), at: position)
    }

    private mutating func parenthesis(_ scanner: inout ABCScanner) throws(ABCError) {
        let position = scanner.position
        scanner.skip()
        guard let size = try scanner.number(most: 99_999) else {
            append(.slur(opens: true), at: position)
            return
        }
        if grace != nil { throw ABCError(.tuplet(.inGrace), at: position) }
        var (time, notes): (Int?, Int?)
        if scanner.take(":") {
            time = try Self.count(&scanner, of: "a tuplet")
            if scanner.take(":") { notes = try Self.count(&scanner, of: "a tuplet") }
        }
        guard (2...9).contains(size) || (time != nil && size > 0) else {
            throw ABCError(.tuplet(.size(size)), at: position)
        }
        append(.tuplet(ABCTuplet(size: size, time: time, notes: notes ?? size)), at: position)
    }

    private mutating func broken(_ scanner: inout ABCScanner) throws(ABCError) {
        let position = scanner.position
        let longer = scanner.peek() == ">"
        let count = scanner.count(longer ? ">" : "<")
        if grace != nil { throw ABCError(.brokenRhythm(.inGrace), at: position) }
        if count > 3 { throw ABCError(.brokenRhythm(.tooMany), at: position) }
        append(.broken(longer ? count : -count), at: position)
    }
}
