extension ABCKey {
    /// Reads the value of a field: tonic and mode, `HP`, `Hp`, `none` or nothing, `exp` and accidentals. Properties such
    /// as `clef=bass` are for `ABCTransposition`.
    /// - Returns: nil if it names no key.
    init?(field: String) {
        var words = field.split(whereSeparator: \.isWhitespace).map(String.init)[...]
        var key = ABCKey.none
        if let first = words.first, !Self.isAccidental(first), !ABCTransposition.isProperty(first) {
            words.removeFirst()
            if first.lowercased() == "hp" {
                // Highland pipes: F and C are sharp, whether the staff shows it (Hp) or not (HP).
                key = ABCKey(fifths: 2)
            } else if first.lowercased() != "none" {
                guard let named = Self.named(first, &words) else { return nil }
                key = named
            }
        }
        for word in words {
            if word.lowercased() == "exp" {
                key.fifths = 0
            } else if Self.isAccidental(word) {
                guard let (letter, semitones) = Self.change(word) else { return nil }
                key.changes[letter] = semitones
            } else if !ABCTransposition.isProperty(word) {
                return nil
            }
        }
        self = key
    }

    /// "Bb", "Ador", "F#" "minor". Accidentals may follow a mode at once, as in "Dmix=c".
    private static func named(_ word: String, _ words: inout ArraySlice<String>) -> ABCKey? {
        var rest = Substring(word)
        guard let letter = rest.popFirst(), let index = letters.firstIndex(of: letter) else { return nil }
        var tonic = places[index] - 1
        switch rest.first {
        case "#", "♯": tonic += 7
        case "b", "♭": tonic -= 7
        default: break
        }
        if let mark = rest.first, "#b♯♭".contains(mark) { rest.removeFirst() }
        if let mark = rest.firstIndex(where: { "^_=".contains($0) }) {
            words.insert(String(rest[mark...]), at: words.startIndex)
            rest = rest[..<mark]
        }
        if rest.isEmpty, let next = words.first, let mode = Mode(name: next) {
            words.removeFirst()
            return ABCKey(tonic: tonic, mode: mode)
        }
        guard !rest.isEmpty else { return ABCKey(tonic: tonic) }
        return Mode(name: rest).flatMap { ABCKey(tonic: tonic, mode: $0) }
    }

    private static func isAccidental(_ word: String) -> Bool { word.first.map { "^_=".contains($0) } ?? false }

    private static func change(_ word: String) -> (letter: Int, semitones: Int)? {
        guard let last = word.last, let letter = letter(last) else {
            return nil
        }
        switch word.dropLast() {
        case "^": return (letter, 1)
        case "^^": return (letter, 2)
        case "_": return (letter, -1)
        case "__": return (letter, -2)
        case "=": return (letter, 0)
        default: return nil
        }
    }
}

extension ABCKey.Mode {
    /// Only the first three letters count, in capitals or not; "m" alone is minor.
    init?(name: some StringProtocol) {
        switch name.lowercased().prefix(3) {
        case "lyd": self = .lydian
        case "maj", "ion": self = .major
        case "mix": self = .mixolydian
        case "dor": self = .dorian
        case "m", "min", "aeo": self = .minor
        case "phr": self = .phrygian
        case "loc": self = .locrian
        default: return nil
        }
    }
}
