/// Key of a tune: its signature, and what changes it (ABC 2.1, section 3.1.14 "K: – key").
public struct ABCKey: Hashable, Sendable {
    /// Church mode; the raw value is how many fifths its signature lies from that of the major key on the same tonic.
    public enum Mode: Int, CaseIterable, Sendable {
        case lydian = 1
        case major = 0
        case mixolydian = -1
        case dorian = -2
        case minor = -3
        case phrygian = -4
        case locrian = -5
    }

    /// As fifths from C: −1 is F, 1 is G, 6 is F♯; nil for `K:none`, for the pipes' `K:HP`, and where only
    /// accidentals are given.
    public var tonic: Int?
    public var mode: Mode
    /// Sharps of the signature, or flats if negative, before `changes`.
    public var fifths: Int
    /// Semitones by letter (0 is C, 6 is B), in place of the signature's: `K:D Phr ^f`.
    public var changes: [Int: Int]

    /// Nil if the signature has more than seven sharps or flats.
    public init?(tonic: Int, mode: Mode = .major, changes: [Int: Int] = [:]) {
        guard (-7...7).contains(tonic + mode.rawValue) else { return nil }
        self.tonic = tonic
        self.mode = mode
        fifths = tonic + mode.rawValue
        self.changes = changes
    }

    /// Without a tonic.
    init(fifths: Int, changes: [Int: Int] = [:]) {
        tonic = nil
        mode = .major
        self.fifths = fifths
        self.changes = changes
    }

    /// No sharps and no flats.
    public static var none: ABCKey { ABCKey(fifths: 0) }

    /// Semitones by which each letter is raised, from C to B, unless an accidental says otherwise.
    public var alterations: [Int] {
        (0..<7).map { letter in changes[letter] ?? Self.sevenths(fifths + 6 - Self.places[letter]) }
    }

    /// Place of each letter, from C to B, in the order of the sharps: F is 0, B is 6.
    static let places = [1, 3, 5, 0, 2, 4, 6]
    /// The letter at each place in the order of the sharps.
    static let lettersByFifths = [3, 0, 4, 1, 5, 2, 6]
    /// Semitones from C, of the letters from C to B.
    static let semitones = [0, 2, 4, 5, 7, 9, 11]
    static let letters: [Character] = ["C", "D", "E", "F", "G", "A", "B"]

    /// From C, 0, to B, 6, in capitals or not; nil for any other character.
    static func letter(_ character: Character) -> Int? {
        switch character {
        case "A"..."G": letters.firstIndex(of: character)
        case "a"..."g": letters.firstIndex { $0.lowercased() == String(character) }
        default: nil
        }
    }

    /// A seventh, rounded down.
    static func sevenths(_ number: Int) -> Int { (number - (number % 7 + 7) % 7) / 7 }

    /// Name of a letter raised so many fifths from C: "F#", "Bb".
    static func name(fifths: Int) -> String {
        let raised = sevenths(fifths + 1)
        let letter = letters[lettersByFifths[fifths + 1 - 7 * raised]]
        return String(letter) + String(repeating: raised < 0 ? "b" : "#", count: abs(raised))
    }

    /// Value of the field, as `ABCKey(field:)` reads it: "G", "Em", "Ador", "D _e".
    public var field: String {
        let change = changes.sorted { $0.key < $1.key }.map { letter, semitones in
            " " + Self.accidental(semitones) + Self.letters[letter].lowercased()
        }
        guard let tonic else { return (fifths == 2 ? "HP" : "none") + change.joined() }
        let isExplicit = fifths != tonic + mode.rawValue
        return Self.name(fifths: tonic) + Self.suffix(mode) + (isExplicit ? " exp" : "") + change.joined()
    }

    private static func suffix(_ mode: Mode) -> String {
        switch mode {
        case .lydian: "lyd"
        case .major: ""
        case .mixolydian: "mix"
        case .dorian: "dor"
        case .minor: "m"
        case .phrygian: "phr"
        case .locrian: "loc"
        }
    }

    /// Marks before a note of −2…2 semitones.
    static func accidental(_ semitones: Int) -> String {
        semitones == 0 ? "=" : String(repeating: semitones < 0 ? "_" : "^", count: abs(semitones))
    }
}

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

/// Semitones by which a K: or V: field moves what is written (ABC 2.1, section 4.6 "Clefs and transposition").
enum ABCTransposition {
    private static let properties = [
        "clef", "octave", "transpose", "middle", "m", "stafflines", "staffscale", "name", "nm", "subname", "snm",
        "merge", "stem", "gstem", "dyn", "lyrics", "score", "sound", "shift", "style", "cue",
    ]
    private static let clefs = [
        "treble", "alto", "tenor", "bass", "perc", "none", "mezzosoprano", "soprano", "baritone",
    ]

    /// "clef=bass", "bass", "treble-8", "octave=-1", "style=normal".
    static func isProperty(_ word: some StringProtocol) -> Bool {
        if let mark = word.firstIndex(of: "=") { return properties.contains(String(word[..<mark].lowercased())) }
        return clef(word) != nil
    }

    /// Nil without any.
    static func semitones(_ field: String) -> Int? {
        var semitones: Int?
        for word in field.split(whereSeparator: \.isWhitespace) {
            let mark = word.firstIndex(of: "=")
            let value = mark.map { word[word.index(after: $0)...] } ?? word
            switch mark.map({ word[..<$0].lowercased() }) {
            case "octave": semitones = (semitones ?? 0) + 12 * bounded(value)
            case "transpose": semitones = (semitones ?? 0) + bounded(value)
            case "clef", nil: if let octaves = clef(value) { semitones = (semitones ?? 0) + 12 * octaves }
            default: break
            }
        }
        return semitones
    }

    private static func bounded(_ number: Substring) -> Int { min(max(Int(number) ?? 0, -127), 127) }

    /// Octaves of "treble-8" and the like; nil if it is no clef.
    private static func clef(_ word: some StringProtocol) -> Int? {
        let name = word.lowercased()
        let octaves = name.hasSuffix("+8") ? 1 : name.hasSuffix("-8") ? -1 : 0
        let base = octaves == 0 ? Substring(name) : name.dropLast(2)
        // A digit after the name is the line of the staff: "alto4".
        let letters = base.last.map { "12345".contains($0) } == true ? base.dropLast() : base
        return clefs.contains(String(letters)) ? octaves : nil
    }
}
