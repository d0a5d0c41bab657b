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
