import Time

/// A tune as it is written (ABC 2.1, section 2.2.1 "Abc tune"). `performance()` says what of it sounds when.
public struct ABCTune: Equatable, Sendable {
    /// Section 7 "Multiple voices".
    public struct Voice: Equatable, Sendable {
        /// Empty if the tune names none.
        public var name: String
        public var bars: [ABCBar]
    }

    /// X:; nil if it has no number.
    public internal(set) var number: Int?
    /// The header's fields, in order, from X: to K:.
    public internal(set) var fields: [ABCField]
    public internal(set) var key: ABCKey
    /// Semitones by which clef and properties of the K: field move all notes.
    public internal(set) var transposition: Int
    /// Nil for free meter.
    public internal(set) var meter: Meter?
    /// A fraction of a whole note.
    public internal(set) var unitLength: ABCRatio
    public internal(set) var tempo: ABCTempo?
    /// Labels of parts in playing order (P: in the header); empty if the tune is played as it is written.
    public internal(set) var partOrder: [Character]
    /// At least one.
    public internal(set) var voices: [Voice]

    /// Of the line with X:.
    public var position: ABCPosition { fields[0].position }
    /// T:, the first one; empty without any.
    public var title: String { text("T") ?? "" }

    /// Value of the first field of this letter in the header.
    public func text(_ letter: Character) -> String? { fields.first { $0.letter == letter }?.text }
}

extension ABCTune {
    /// Section 3.1.7 "L: – unit note length": without a field it follows from the meter at the beginning.
    static func unitLength(for meter: Meter?) -> ABCRatio {
        guard let meter, meter.numerator * 4 < meter.denominator * 3 else { return ABCRatio(1, 8)! }
        return ABCRatio(1, 16)!
    }
}
