import Time

/// What of a tune sounds, in beats: repeats played, ties joined. Grace notes, ornaments and chord symbols do not sound.
public struct ABCPerformance: Equatable, Sendable {
    /// Longest tune, in quarters, which is nine hours at 120 a minute.
    static let longest = 1 << 16
    /// Of a voice, with rests.
    static let mostNotes = 1 << 18

    /// By onset, then key; of several voices all together.
    public private(set) var notes: [BeatNote] = []
    public private(set) var tempi: [TempoMap.Change<Tempo>] = []
    public private(set) var meters: [TempoMap.Change<Meter>] = []
    /// Where the longest voice ends, with its rests.
    public private(set) var end = Beats.zero

    /// Tempo and bars; 120 quarters a minute where the tune states no tempo.
    public var tempoMap: TempoMap { TempoMap(tempi: tempi, meters: meters) }
}

extension ABCTune {
    /// - Throws: where what is written cannot be played: a pitch that MIDI does not have, a tune without end.
    public func performance() throws(ABCError) -> ABCPerformance {
        var performance = ABCPerformance()
        if let meter { performance.add(meter, at: .zero) }
        if let tempo = tempo?.tempo(unit: unitLength) { performance.add(tempo, at: .zero) }
        for (index, voice) in voices.enumerated() {
            let events = try ABCVoiceReader.events(self, voice)
            let order = try ABCRepeats.order(events, parts: partOrder, of: self)
            try performance.play(events, order, voice: index)
        }
        performance.finish()
        return performance
    }
}

extension ABCPerformance {
    fileprivate mutating func add(_ meter: Meter, at beats: Beats) { meters.append(.init(at: beats, meter)) }
    fileprivate mutating func add(_ tempo: Tempo, at beats: Beats) { tempi.append(.init(at: beats, tempo)) }

    fileprivate mutating func play(_ events: [ABCEvent], _ order: [Range<Int>], voice: Int) throws(ABCError) {
        var sounds = 0
        var (now, bar, barEnd) = (Beats.zero, Beats.zero, Beats.zero)
        // In `notes`, by key.
        var tied: [UInt8: Int] = [:]
        for event in order.joined().lazy.map({ events[$0] }) {
            switch event {
            case .sound(let sound):
                sounds += 1
                if sounds > Self.mostNotes { throw ABCError(.tooManyNotes(Self.mostNotes), at: sound.position) }
                guard let length = sound.length.beats(limit: Self.longest), now + length <= Beats(Self.longest) else {
                    throw ABCError(.tooLong(quarters: Self.longest), at: sound.position)
                }
                tied = play(sound, length, at: now, tied, voice: voice)
                now = now + length
            case .barLine:
                now = max(now, barEnd)
                (bar, barEnd) = (now, now)
            case .overlay:
                barEnd = max(barEnd, now)
                now = bar
                tied = [:]
            case .meter(let meter): if let meter, voice == 0 { add(meter, at: now) }
            case .tempo(let tempo): if voice == 0 { add(tempo, at: now) }
            case .ending, .part: break
            }
        }
        end = max(end, now, barEnd)
    }

    /// - Parameter tied: notes that go on, by key.
    /// - Returns: those that go on from here.
    private mutating func play(
        _ sound: ABCSoundingNotes, _ length: Beats, at onset: Beats, _ tied: [UInt8: Int], voice: Int
    ) -> [UInt8: Int] {
        var goingOn: [UInt8: Int] = [:]
        for key in sound.keys {
            let note = tied[key.key] ?? notes.count
            if note == notes.count {
                notes.append(BeatNote(onset: onset, duration: length, key: key.key, voice: voice))
            } else {
                notes[note].duration = notes[note].duration + length
            }
            if key.isTied { goingOn[key.key] = note }
        }
        return goingOn
    }

    fileprivate mutating func finish() {
        notes.sort { ($0.onset, $0.key, $0.voice) < ($1.onset, $1.key, $1.voice) }
    }
}
