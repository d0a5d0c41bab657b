import Time

/// A line of a letter, a colon and a value (ABC 2.1, section 3 "Information fields").
public struct ABCField: Equatable, Sendable {
    public var letter: Character
    /// Without spaces at its ends and without a comment.
    public var text: String
    public var position: ABCPosition

    /// What a field means to who plays the tune.
    public enum Meaning: Equatable, Sendable {
        /// K:, with the semitones that its clef and properties move the notes by, if they say so.
        case key(ABCKey, transposition: Int?)
        /// M:; nil is free meter (`M:none`).
        case meter(Meter?)
        /// L:, as a fraction of a whole note.
        case unitLength(ABCRatio)
        /// Q:; nil if it is only text, as in `Q:"Andante"`.
        case tempo(ABCTempo?)
        /// P:, a label in the tune.
        case part(String)
        /// V:, the name of a voice.
        case voice(String, transposition: Int?)
        /// All others.
        case remark
    }

    public func meaning() throws(ABCError) -> Meaning {
        switch letter {
        case "K":
            guard let key = ABCKey(field: text) else {
                throw wanted(
                    "a key is a note and a mode, such as G, Bb, F#m or Ador, with at most seven sharps or flats")
            }
            return .key(key, transposition: ABCTransposition.semitones(text))
        case "M": return .meter(try meter())
        case "L":
            guard let length = Self.fraction(text[...]), length.numerator > 0 else {
                throw wanted("a unit note length is a fraction of a whole note, such as 1/8")
            }
            return .unitLength(length)
        case "Q": return .tempo(try tempo())
        case "P": return .part(text)
        case "V":
            let words = text.split(maxSplits: 1, whereSeparator: \.isWhitespace)
            return .voice(
                words.first.map(String.init) ?? "1",
                transposition: words.count > 1 ? ABCTransposition.semitones(String(words[1])) : nil)
        default: return .remark
        }
    }

    /// Section 3.1.6 "M: – meter".
    private func meter() throws(ABCError) -> Meter? {
        switch text {
        case "", "none", "None": return nil
        case "C", "c": return .common
        case "C|", "c|": return Meter(2, 2)
        default: break
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let denominator = Self.number(parts[1]) else { throw notAMeter }
        // "(2+3)/8" and "2+3/8".
        let sum = parts[0].filter { !"() ".contains($0) }.split(separator: "+", omittingEmptySubsequences: false)
        var numerator = 0
        for part in sum {
            guard let number = Self.number(part) else { throw notAMeter }
            numerator += number
        }
        guard let meter = Meter(numerator, denominator) else { throw notAMeter }
        return meter
    }

    private var notAMeter: ABCError { wanted("a meter is none, C, C| or a fraction such as 6/8 or (2+3)/8") }

    /// Section 3.1.8 "Q: – tempo", and the outdated forms of section 10.1: "120", "C=120", "C3=40".
    private func tempo() throws(ABCError) -> ABCTempo? {
        var rest = text[...]
        while let open = rest.firstIndex(of: "\"") {
            guard let close = rest[rest.index(after: open)...].firstIndex(of: "\"") else { throw notATempo }
            rest.removeSubrange(open...close)
        }
        let parts = rest.split(separator: "=", omittingEmptySubsequences: false).map { part in
            part.filter { !$0.isWhitespace || part.contains("/") }
        }
        if parts == [""] || parts.allSatisfy({ $0.allSatisfy(\.isWhitespace) }) && parts.count == 1 { return nil }
        guard parts.count <= 2, let beats = Self.number(parts.last![...]), (1...9_999).contains(beats) else {
            throw notATempo
        }
        guard parts.count == 2 else { return ABCTempo(beats: beats, unitLengths: 1) }
        if let first = parts[0].first, first == "C" || first == "c" {
            let count = parts[0].count == 1 ? 1 : Self.number(parts[0].dropFirst())
            guard let count, count > 0 else { throw notATempo }
            return ABCTempo(beats: beats, unitLengths: count)
        }
        var sum: ABCRatio?
        for word in parts[0].split(whereSeparator: \.isWhitespace) {
            guard let length = Self.fraction(word), length.numerator > 0 else { throw notATempo }
            sum =
                sum.map { sum in
                    ABCRatio(
                        sum.numerator * length.denominator + length.numerator * sum.denominator,
                        sum.denominator * length.denominator)!
                } ?? length
            if sum!.denominator > 65_536 { throw notATempo }
        }
        guard let sum else { throw notATempo }
        return ABCTempo(beats: beats, length: sum)
    }

    private var notATempo: ABCError { wanted("a tempo is a length and how many of it a minute has, such as 1/4=120") }

    private func wanted(_ text: String) -> ABCError { ABCError(.field(letter, self.text, wanted: text), at: position) }

    /// "1/8", "3/8", "1"; each number at most 1,024.
    private static func fraction(_ text: Substring) -> ABCRatio? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { number($0) }
        guard (1...2).contains(parts.count), let numerator = parts[0],
            let denominator = parts.count == 2 ? parts[1] : 1,
            numerator <= 1_024, denominator <= 1_024
        else { return nil }
        return ABCRatio(numerator, denominator)
    }

    private static func number(_ text: Substring) -> Int? {
        let digits = text.drop(while: \.isWhitespace).prefix { !$0.isWhitespace }
        guard !digits.isEmpty, digits.count < 6, digits.utf8.allSatisfy({ 48...57 ~= $0 }),
            text.drop(while: \.isWhitespace).dropFirst(digits.count).allSatisfy(\.isWhitespace)
        else { return nil }
        return Int(digits)
    }
}

/// Beats a minute, and what a beat is.
public struct ABCTempo: Equatable, Sendable {
    /// 1…9,999.
    public var beats: Int
    /// Of a whole note; nil if `unitLengths` says it.
    public var length: ABCRatio?
    /// Length of a beat in unit note lengths (L:).
    public var unitLengths = 1

    public init(beats: Int, length: ABCRatio) { (self.beats, self.length) = (beats, length) }
    init(beats: Int, unitLengths: Int) { (self.beats, self.unitLengths) = (beats, unitLengths) }

    /// - Parameter unit: unit note length, as a fraction of a whole note.
    /// - Returns: nil outside of 1…999 quarters a minute.
    func tempo(unit: ABCRatio) -> Tempo? {
        let beat = length ?? unit
        let quarters = 4 * Double(beat.numerator) / Double(beat.denominator) * (length == nil ? Double(unitLengths) : 1)
        return Tempo(beatsPerMinute: Double(beats) * quarters)
    }
}
