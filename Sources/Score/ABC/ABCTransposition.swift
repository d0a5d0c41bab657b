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
