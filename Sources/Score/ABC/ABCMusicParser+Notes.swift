extension ABCMusicParser {
    /// Longest number of a length, a tuplet or a rest.
    private static let longest = 65_535

    /// Sections 4.1 "Pitch" and 4.2 "Accidentals".
    static func note(_ scanner: inout ABCScanner) throws(ABCError) -> ABCNote {
        let position = scanner.position
        var accidental: Int?
        if scanner.take("=") {
            accidental = 0
        } else if scanner.take("^") {
            accidental = scanner.take("^") ? 2 : 1
        } else if scanner.take("_") {
            accidental = scanner.take("_") ? -2 : -1
        }
        guard let scalar = scanner.peek(), let letter = ABCKey.letter(Character(scalar)) else {
            throw ABCError(.noteExpected(after: accidental.map(ABCKey.accidental) ?? ""), at: position)
        }
        scanner.skip()
        var octave = scalar >= "a" ? 1 : 0
        while let mark = scanner.peek(), mark == "'" || mark == "," {
            octave += mark == "'" ? 1 : -1
            scanner.skip()
        }
        return ABCNote(
            letter: letter, octave: octave, accidental: accidental, length: try length(&scanner), position: position)
    }

    /// Section 4.3: "3", "/2", "/", "//", "3/2".
    static func length(_ scanner: inout ABCScanner) throws(ABCError) -> ABCRatio {
        let position = scanner.position
        let numerator = try scanner.number(most: longest) ?? 1
        var denominator = 1
        while scanner.take("/") {
            denominator *= try scanner.number(most: longest) ?? 2
            if denominator > longest { throw ABCError(.number(most: longest), at: position) }
            if denominator == 0 { throw ABCError(.zero(what: "a length"), at: position) }
        }
        guard numerator > 0 else { throw ABCError(.zero(what: "a length"), at: position) }
        return ABCRatio(numerator, denominator)!
    }

    /// Nil if no number follows.
    static func count(_ scanner: inout ABCScanner, of what: String) throws(ABCError) -> Int? {
        let position = scanner.position
        let count = try scanner.number(most: longest)
        if count == 0 { throw ABCError(.zero(what: what), at: position) }
        return count
    }
}
