import Time

/// Something of a voice with its length or pitch worked out, still in the order of the text.
enum ABCEvent {
    case sound(ABCSoundingNotes)
    case barLine(ABCBarLine)
    case ending(ABCEnding, ABCPosition)
    case part(Character)
    case meter(Meter?)
    case tempo(Tempo)
    case overlay

    /// Nil for those that only say how it is played.
    var position: ABCPosition? {
        switch self {
        case .sound(let sound): sound.position
        case .barLine(let line): line.position
        case .ending(_, let position): position
        case .part, .meter, .tempo, .overlay: nil
        }
    }
}

/// A note, a chord, or a rest, which has no keys.
struct ABCSoundingNotes {
    struct Key: Equatable {
        var key: UInt8
        /// To the same key in what follows.
        var isTied: Bool
    }

    var keys: [Key]
    /// A fraction of a whole note.
    var length: ABCRatio
    var position: ABCPosition
}

/// Works out what each note of a voice is: key and accidentals, broken rhythm, tuplets, rests of whole bars.
struct ABCVoiceReader {
    private(set) var events: [ABCEvent] = []
    private var key: ABCKey
    private var transposition: Int
    private var meter: Meter?
    private var unitLength: ABCRatio
    /// Of the bar, by letter, in all octaves: ABC 2.1, section 11.3 "Accidental directives", whose default this is.
    private var accidentals = [Int?](repeating: nil, count: 7)
    /// What the last sound has tied over a bar line: a tied note keeps its accidental.
    private var tied: [(letter: Int, octave: Int, semitones: Int)] = []
    /// Letters, octaves and semitones of the last sound, while it may still be tied.
    private var last: [(letter: Int, octave: Int, semitones: Int)] = []
    /// In `events`, of the last note, chord or rest.
    private var lastSound: Int?
    private var broken: (count: Int, position: ABCPosition)?
    private var tuplet: (left: Int, factor: ABCRatio, position: ABCPosition)?
    private var isGrace = false

    static func events(_ tune: ABCTune, _ voice: ABCTune.Voice) throws(ABCError) -> [ABCEvent] {
        var reader = ABCVoiceReader(tune)
        for bar in voice.bars {
            for element in bar.elements { try reader.read(element) }
            if let line = bar.line { reader.cross(line) }
        }
        if let broken = reader.broken { throw ABCError(.brokenRhythm(.noNoteAfter), at: broken.position) }
        if let tuplet = reader.tuplet {
            throw ABCError(.tuplet(.unfinished(missing: tuplet.left)), at: tuplet.position)
        }
        return reader.events
    }

    private init(_ tune: ABCTune) {
        (key, transposition, meter, unitLength) = (tune.key, tune.transposition, tune.meter, tune.unitLength)
    }

    private mutating func cross(_ line: ABCBarLine) {
        accidentals = [Int?](repeating: nil, count: 7)
        events.append(.barLine(line))
    }

    private mutating func read(_ element: ABCElement) throws(ABCError) {
        let position = element.position
        switch element.kind {
        case .note(let note): try sound([note], times: .one, at: position)
        case .chord(let notes, let times): try sound(notes, times: times, at: position)
        case .rest(let length): try append([], length: try product(unitLength, length, position), at: position)
        case .bars(let count):
            let bar = ABCRatio((meter ?? .common).numerator * count, (meter ?? .common).denominator)!
            try append([], length: bar, at: position)
        case .broken(let count):
            guard lastSound != nil else { throw ABCError(.brokenRhythm(.noNoteBefore), at: position) }
            broken = (count, position)
        case .tuplet(let tuplet):
            if self.tuplet != nil { throw ABCError(.tuplet(.nested), at: position) }
            let factor = ABCRatio(tuplet.time ?? defaultTime(tuplet.size), tuplet.size)!
            self.tuplet = (tuplet.notes, factor, position)
        case .tie: tie()
        case .grace(let opens): isGrace = opens
        case .ending(let ending): events.append(.ending(ending, position))
        case .overlay: events.append(.overlay)
        case .field(let meaning): try read(meaning)
        case .slur, .decoration, .symbol: break
        }
    }

    private mutating func read(_ field: ABCField.Meaning) throws(ABCError) {
        switch field {
        case .key(let key, let transposition):
            self.key = key
            self.transposition = transposition ?? self.transposition
            accidentals = [Int?](repeating: nil, count: 7)
        case .meter(let meter):
            self.meter = meter
            events.append(.meter(meter))
        case .unitLength(let length): unitLength = length
        case .tempo(let tempo):
            if let tempo = tempo?.tempo(unit: unitLength) { events.append(.tempo(tempo)) }
        case .part(let label):
            if let letter = label.first, "A"..."Z" ~= letter { events.append(.part(letter)) }
        case .voice(_, let transposition): self.transposition = transposition ?? self.transposition
        case .remark: break
        }
    }

    /// Section 4.13, the table of defaults; a meter is compound if it counts three eighths a beat.
    private func defaultTime(_ size: Int) -> Int {
        switch size {
        case 2, 4, 8: 3
        case 3, 6: 2
        default: meter.map { $0.numerator % 3 == 0 && $0.numerator > 3 } ?? false ? 3 : 2
        }
    }

    // MARK: Notes

    private mutating func sound(
        _ notes: [ABCNote], times: ABCRatio, at position: ABCPosition
    ) throws(ABCError) {
        var keys: [ABCSoundingNotes.Key] = []
        var written: [(letter: Int, octave: Int, semitones: Int)] = []
        for note in notes {
            let semitones = self.semitones(note)
            let key = 60 + 12 * note.octave + ABCKey.semitones[note.letter] + semitones + transposition
            guard let midi = UInt8(exactly: key), midi < 128 else { throw ABCError(.pitch(key), at: note.position) }
            if isGrace { continue }
            written.append((note.letter, note.octave, semitones))
            // Twice the same key in a chord is one.
            if let index = keys.firstIndex(where: { $0.key == midi }) {
                keys[index].isTied = keys[index].isTied || note.isTied
            } else {
                keys.append(ABCSoundingNotes.Key(key: midi, isTied: note.isTied))
            }
        }
        // Grace notes take no time and do not sound here; their accidentals hold.
        if isGrace { return }
        tied = zip(notes, written).filter { $0.0.isTied }.map { $0.1 }
        last = written
        // Section 4.17: a chord lasts as long as its first note.
        let length = try product(try product(unitLength, notes[0].length, position), times, position)
        try append(keys, length: length, at: position)
    }

    private mutating func semitones(_ note: ABCNote) -> Int {
        if let accidental = note.accidental {
            accidentals[note.letter] = accidental
            return accidental
        }
        if let tie = tied.first(where: { $0.letter == note.letter && $0.octave == note.octave }) {
            return tie.semitones
        }
        return accidentals[note.letter] ?? key.alterations[note.letter]
    }

    private mutating func tie() {
        guard !isGrace, let lastSound, case .sound(var sound) = events[lastSound] else { return }
        for index in sound.keys.indices { sound.keys[index].isTied = true }
        events[lastSound] = .sound(sound)
        tied = last
    }

    /// - Parameter keys: empty for a rest.
    private mutating func append(
        _ keys: [ABCSoundingNotes.Key], length: ABCRatio, at position: ABCPosition
    ) throws(ABCError) {
        if isGrace { return }
        if keys.isEmpty { (tied, last) = ([], []) }
        var sound = ABCSoundingNotes(keys: keys, length: length, position: position)
        if let tuplet {
            sound.length = try product(length, tuplet.factor, position)
            self.tuplet = tuplet.left > 1 ? (tuplet.left - 1, tuplet.factor, tuplet.position) : nil
        }
        if let broken {
            try dot(&sound, broken.count)
            self.broken = nil
        }
        lastSound = events.count
        events.append(.sound(sound))
    }

    /// Section 4.4; between notes of different lengths it has no effect, where the standard leaves it open.
    private mutating func dot(_ second: inout ABCSoundingNotes, _ count: Int) throws(ABCError) {
        guard let lastSound, case .sound(var first) = events[lastSound], first.length == second.length else { return }
        let whole = 1 << abs(count)
        let (longer, shorter) = (ABCRatio(2 * whole - 1, whole)!, ABCRatio(1, whole)!)
        first.length = try product(first.length, count > 0 ? longer : shorter, first.position)
        second.length = try product(second.length, count > 0 ? shorter : longer, second.position)
        events[lastSound] = .sound(first)
    }

    private func product(_ a: ABCRatio, _ b: ABCRatio, _ position: ABCPosition) throws(ABCError) -> ABCRatio {
        guard let product = a.times(b) else {
            throw ABCError(.tooLong(quarters: ABCPerformance.longest), at: position)
        }
        return product
    }
}
