/// Moves the text of a tune into another key: key fields, notes and chord symbols; all else stays as it is written.
public enum ABCTransposer {
    /// Every note moves by the same interval, so accidentals are written where they were. The key is the one of −5…6 fifths.
    /// - Parameter semitones: up, or down if negative.
    /// - Returns: nil if the tune has a key without tonic or with changes, or needs more than two accidentals at a note.
    public static func transposed(_ text: String, by semitones: Int) -> String? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { Array($0.unicodeScalars) }
        let fields = lines.lazy.compactMap { ABCField($0[...], line: 1) }
        guard let first = fields.first(where: { $0.letter == "K" }), let key = plainKey(first.text) else { return nil }
        let fifths = (key.fifths + 7 * semitones + 5) %% 12 - 5
        let interval = ABCInterval(fifths: fifths - key.fifths, semitones: semitones)
        var result: [String] = []
        for line in lines {
            guard let line = transposed(line, interval) else { return nil }
            result.append(line)
        }
        return result.joined(separator: "\n")
    }

    /// Nil for a key that has more to it than tonic and mode.
    private static func plainKey(_ text: String) -> ABCKey? {
        guard let key = ABCKey(field: text), let tonic = key.tonic, key == ABCKey(tonic: tonic, mode: key.mode),
            ABCTransposition.semitones(text) ?? 0 == 0
        else { return nil }
        return key
    }

    private static func transposed(key text: String, _ interval: ABCInterval) -> String? {
        guard let key = plainKey(text) else { return nil }
        return ABCKey(tonic: key.tonic! + interval.fifths, mode: key.mode)?.field
    }

    private static func transposed(_ line: [Unicode.Scalar], _ interval: ABCInterval) -> String? {
        if let field = ABCField(line[...], line: 1), !ABCMusicParser.isMusic(line[...]) {
            return field.letter == "K" ? transposed(key: field.text, interval).map { "K:" + $0 } : String(line[...])
        }
        var scanner = ABCScanner(line[...], line: 1)
        var result = ""
        while let scalar = scanner.peek() {
            switch scalar {
            case "\"":
                scanner.skip()
                guard let text = scanner.text(until: "\"") else { return nil }
                result += "\"" + ABCChordSymbol.transposed(text, interval) + "\""
            case "!":
                scanner.skip()
                result += "!" + (scanner.text(until: "!").map { $0 + "!" } ?? "")
            case "[" where scanner.peek(1)?.isABCLetter == true && scanner.peek(2) == ":":
                scanner.skip()
                guard let field = scanner.text(until: "]") else { return nil }
                guard field.hasPrefix("K:") else {
                    result += "[" + field + "]"
                    continue
                }
                guard let key = transposed(key: String(field.dropFirst(2)), interval) else { return nil }
                result += "[K:" + key + "]"
            case "^", "_", "=", "A"..."G", "a"..."g":
                guard let note = note(&scanner, interval) else { return nil }
                result += note
            default:
                result.unicodeScalars.append(scalar)
                scanner.skip()
            }
        }
        return result
    }

    /// A note without its length, or an accidental that belongs to none.
    private static func note(_ scanner: inout ABCScanner, _ interval: ABCInterval) -> String? {
        var accidental: Int?
        let mark = scanner.peek()
        switch mark {
        case "^": accidental = scanner.count("^")
        case "_": accidental = -scanner.count("_")
        case "=":
            accidental = 0
            scanner.skip()
        default: break
        }
        guard let letter = scanner.peek().flatMap({ ABCKey.letter(Character($0)) }) else {
            return accidental.map { ABCKey.accidental($0) }
        }
        var octave = scanner.next()!.value >= 97 ? 1 : 0
        while true {
            let (up, down) = (scanner.count("'"), scanner.count(","))
            if up + down == 0 { break }
            octave += up - down
        }
        let place = 7 * octave + letter + interval.steps
        let newLetter = place %% 7
        var text = ""
        if let accidental {
            let fifths = ABCKey.places[letter] + 7 * accidental + interval.fifths
            let moved = ABCKey.sevenths(fifths)
            guard (-2...2).contains(moved) else { return nil }
            text = ABCKey.accidental(moved)
        }
        let name = String(ABCKey.letters[newLetter])
        let newOctave = (place - newLetter) / 7
        return text
            + (newOctave > 0
                ? name.lowercased() + String(repeating: "'", count: newOctave - 1)
                : name + String(repeating: ",", count: -newOctave))
    }
}

/// By how much notes move.
struct ABCInterval {
    /// On the line of fifths.
    let fifths: Int
    /// On the staff.
    let steps: Int

    /// - Parameter fifths: as many as lead to a note `semitones` higher, in some octave.
    init(fifths: Int, semitones: Int) {
        self.fifths = fifths
        // A fifth is seven semitones and four steps, an octave twelve and seven.
        steps = 4 * fifths + 7 * ((semitones - 7 * fifths) / 12)
    }
}

/// "Am7", "F#/A#": a root, a kind and a bass note (ABC 2.1, section 4.18 "Chord symbols").
enum ABCChordSymbol {
    private static let kinds = ["min", "maj", "dim", "aug", "sus", "add", "m", "M", "o"]

    /// What is no chord symbol, such as an annotation, stays as it is.
    static func transposed(_ text: String, _ interval: ABCInterval) -> String {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let (root, kind) = root(parts[0]), isKind(kind) else { return text }
        guard parts.count == 2 else { return name(root, interval) + kind }
        guard let (bass, rest) = self.root(parts[1]), rest.isEmpty else { return text }
        return name(root, interval) + kind + "/" + name(bass, interval)
    }

    /// The root as fifths from C, and what follows it.
    private static func root(_ text: Substring) -> (fifths: Int, rest: Substring)? {
        guard let first = text.first, "A"..."G" ~= first, let letter = ABCKey.letter(first) else { return nil }
        let fifths = ABCKey.places[letter] - 1
        switch text.dropFirst().first {
        case "#": return (fifths + 7, text.dropFirst(2))
        case "b": return (fifths - 7, text.dropFirst(2))
        default: return (fifths, text.dropFirst())
        }
    }

    private static func isKind(_ text: Substring) -> Bool {
        var rest = text
        while let first = rest.first {
            if let kind = kinds.first(where: { rest.hasPrefix($0) }) {
                rest = rest.dropFirst(kind.count)
            } else if "0123456789#b+-()".contains(first) {
                rest = rest.dropFirst()
            } else {
                return false
            }
        }
        return true
    }

    /// With one accidental at most, from C♭ to A♯.
    private static func name(_ fifths: Int, _ interval: ABCInterval) -> String {
        let moved = fifths + interval.fifths
        return ABCKey.name(fifths: moved < -7 ? moved + 12 : moved > 10 ? moved - 12 : moved)
    }
}

infix operator %% : MultiplicationPrecedence

/// The remainder of a division that rounds down.
private func %% (number: Int, divisor: Int) -> Int { (number % divisor + divisor) % divisor }
