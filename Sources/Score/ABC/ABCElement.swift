/// What is written between two bar lines, and the line that ends it (ABC 2.1, section 4.8 "Repeat/bar symbols").
public struct ABCBar: Equatable, Sendable {
    public var elements: [ABCElement] = []
    /// Nil at the end of a voice that ends without one.
    public var line: ABCBarLine?
}

/// Any run of `|`, `:`, `[` and `]` that ends a bar.
public struct ABCBarLine: Equatable, Sendable {
    /// How often what comes before is played again: 1 at `:|`, 2 at `::|`.
    public var repeatsBefore = 0
    /// The same of what follows, at `|:`.
    public var repeatsAfter = 0
    /// `||`, `|]` and `[|`: a section ends here.
    public var isDouble = false
    public var position: ABCPosition
}

/// One thing that is written, in the order of the text.
public struct ABCElement: Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
        case note(ABCNote)
        /// Section 4.17 "Chords and unisons"; the length after the bracket multiplies those inside.
        case chord([ABCNote], times: ABCRatio)
        /// Section 4.5 "Rests", `z` and `x`, in unit note lengths.
        case rest(ABCRatio)
        /// `Z` and `X`: whole bars.
        case bars(Int)
        /// Section 4.4 "Broken rhythm": so many `>`, or `<` if negative.
        case broken(Int)
        /// Section 4.13 "Duplets, triplets, quadruplets, etc.".
        case tuplet(ABCTuplet)
        /// Section 4.11 "Ties and slurs": of the note or chord before.
        case tie
        case slur(opens: Bool)
        /// Section 4.12 "Grace notes": `{` and `}`.
        case grace(opens: Bool)
        /// Sections 4.14 "Decorations" and 4.16 "Redefinable symbols": `.`, `T`, `!trill!`.
        case decoration(String)
        /// Sections 4.18 "Chord symbols" and 4.19 "Annotations": what stands between quotes.
        case symbol(String)
        /// Section 4.9 "First and second repeats".
        case ending(ABCEnding)
        /// Section 7.4 "Voice overlay": back to the beginning of the bar.
        case overlay
        /// A field in the tune (section 3.2 "Use of fields within the tune body"), inline or on a line of its own.
        indirect case field(ABCField.Meaning)
    }

    public var kind: Kind
    public var position: ABCPosition
}

/// ABC 2.1, sections 4.1 "Pitch" to 4.3 "Note lengths".
public struct ABCNote: Equatable, Sendable {
    /// 0 is C, 6 is B.
    public var letter: Int
    /// 0 for C to B, 1 for c to b.
    public var octave: Int
    /// Semitones of an accidental, −2…2; nil without one.
    public var accidental: Int?
    /// In unit note lengths.
    public var length: ABCRatio
    public var isTied = false
    public var position: ABCPosition
}

/// `(p:q:r`: the next `notes` are played in the time of `time` by `size` of them.
public struct ABCTuplet: Equatable, Sendable {
    public var size: Int
    /// Nil: by size and meter.
    public var time: Int?
    public var notes: Int
}

/// The times in which an ending is played: `[1`, `[1,3`, `[1-2`.
public struct ABCEnding: Equatable, Sendable {
    /// No tune is played oftener.
    static let most = 64

    /// Not empty; each within 1…64.
    public var times: [ClosedRange<Int>]

    public func contains(_ time: Int) -> Bool { times.contains { $0.contains(time) } }
    var last: Int { times.reduce(1) { max($0, $1.upperBound) } }
}
