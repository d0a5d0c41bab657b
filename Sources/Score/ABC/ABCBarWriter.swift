import Time

/// Writes bars of one voice: spelling by the key, accidentals that hold through the bar, triplets, dotted pairs, beams.
struct ABCBarWriter {
    struct Bar {
        /// Of the whole bar, also if it begins later.
        var start: Beats
        var elements: [Element]
    }

    struct Element {
        /// From the start of the bar.
        var onset: Beats
        var length: Beats
        /// Nil for a rest.
        var key: UInt8?
        /// To what follows.
        var isTied: Bool
    }

    /// L: of what is written.
    private static let unit = Beats(units: Beats.unitsPerBeat / 2)
    private let key: ABCKey
    private let beam: Beats
    /// By letter, through the bar, in all octaves.
    private var accidentals: [Int]

    init(key: ABCKey, meter: Meter) {
        self.key = key
        beam = Self.beam(meter)
        accidentals = key.alterations
    }

    /// Length of notes under one beam: three eighths in 6/8, half a bar in 4/4, else a quarter or the whole bar.
    private static func beam(_ meter: Meter) -> Beats {
        switch (meter.numerator, meter.denominator) {
        case (let beats, 8) where beats % 3 == 0: meter.beat * 3
        case (4, 4), (2, 2): Beats(2)
        case (_, 2), (_, 4), (_, 1): Beats(1)
        default: meter.bar
        }
    }

    mutating func text(_ bar: Bar) -> String {
        accidentals = key.alterations
        var text = ""
        var rest = bar.elements[...]
        while let first = rest.first {
            if !text.isEmpty, first.onset.units % beam.units == 0 { text += " " }
            if let count = Self.triplet(rest) {
                text += count == 3 ? "(3" : "(3:2:\(count)"
                for element in rest.prefix(count) { text += note(element, Self.ratio(element, times: 3, over: 2)) }
                rest.removeFirst(count)
            } else if let mark = brokenPair(rest) {
                text += note(first, .one) + mark + note(rest[rest.startIndex + 1], .one)
                rest.removeFirst(2)
            } else {
                text += note(first, Self.ratio(first))
                rest.removeFirst()
            }
        }
        return text
    }

    /// Length in `unit`s.
    private static func ratio(_ element: Element, times numerator: Int = 1, over denominator: Int = 1) -> ABCRatio {
        ABCRatio(Int(element.length.units), Int(unit.units))!.times(ABCRatio(numerator, denominator)!)!
    }

    /// How many elements, up to where they make whole parts of two again, are written as a triplet (ABC 2.1, section
    /// 4.13); nil for none. What is finer than triplets is written as fractions.
    private static func triplet(_ elements: ArraySlice<Element>) -> Int? {
        guard let first = elements.first, ratio(first).denominator % 3 == 0 else { return nil }
        var sum = Beats.zero
        for (index, element) in elements.prefix(9).enumerated() {
            guard ratio(element, times: 3, over: 2).denominator % 3 != 0 else { return nil }
            sum = sum + element.length
            if ABCRatio(Int(sum.units), Int(unit.units))!.denominator % 3 != 0 { return index + 1 }
        }
        return nil
    }

    /// `>` for a dotted eighth and a sixteenth in one quarter, `<` for the other way round (section 4.4).
    private func brokenPair(_ elements: ArraySlice<Element>) -> String? {
        guard elements.count > 1, let first = elements.first, first.key != nil, !first.isTied,
            first.onset.units % Beats.unitsPerBeat == 0
        else { return nil }
        let second = elements[elements.startIndex + 1]
        guard second.key != nil, first.length + second.length == Beats(1) else { return nil }
        return first.length * 4 == Beats(3) ? ">" : second.length * 4 == Beats(3) ? "<" : nil
    }

    private mutating func note(_ element: Element, _ length: ABCRatio) -> String {
        let number =
            (length.numerator == 1 ? "" : "\(length.numerator)")
            + (length.denominator == 1 ? "" : "/\(length.denominator)")
        guard let midi = element.key else { return "z" + number }
        let spelling = key.spelling(midi)
        var text = ""
        if accidentals[spelling.letter] != spelling.semitones {
            accidentals[spelling.letter] = spelling.semitones
            text = ABCKey.accidental(spelling.semitones)
        }
        let letter = String(ABCKey.letters[spelling.letter])
        text +=
            spelling.octave > 0
            ? letter.lowercased() + String(repeating: "'", count: spelling.octave - 1)
            : letter + String(repeating: ",", count: -spelling.octave)
        return text + number + (element.isTied ? "-" : "")
    }
}

extension ABCKey {
    /// How a key of MIDI is written in this key: the twelve notes that lie nearest to it in fifths, which in C are
    /// E♭ B♭ F C G D A E B F♯ C♯ G♯.
    func spelling(_ midi: UInt8) -> (letter: Int, semitones: Int, octave: Int) {
        let nearest = (fifths - 3...fifths + 8).first { (7 * $0 - Int(midi)) % 12 == 0 }!
        let raised = Self.sevenths(nearest + 1)
        let letter = Self.lettersByFifths[nearest + 1 - 7 * raised]
        return (letter, raised, (Int(midi) - Self.semitones[letter] - raised) / 12 - 5)
    }
}
