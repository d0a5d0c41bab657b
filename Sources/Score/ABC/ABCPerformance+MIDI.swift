import Time

extension ABCPerformance {
    /// Ticks of a quarter: whole for all notes down to 128ths, and for tuplets of 3, 5, 6, 7 and 9.
    private static let ticksPerQuarter = 10_080

    /// A file of format 1: tempi and meters, then a track for each voice.
    public func midiFile(title: String = "", velocity: UInt8 = 80) -> MIDIFile {
        var conductor = MIDIFile.Track(
            name: title, events: [],
            tempoChanges: tempi.sorted { $0.beats < $1.beats }.map {
                TempoChange(
                    tick: Self.tick($0.beats), microsecondsPerQuarter: min($0.value.microsecondsPerBeat, 0xFF_FFFF))
            })
        if tempi.first?.beats != .zero {
            conductor.tempoChanges.insert(
                TempoChange(tick: 0, microsecondsPerQuarter: Tempo.standard.microsecondsPerBeat), at: 0)
        }
        for meter in meters.sorted(by: { $0.beats < $1.beats }) {
            // Standard MIDI Files 1.0, "Time Signature": the denominator as a power of two, 24 clocks a click.
            let power = UInt8(meter.value.denominator.trailingZeroBitCount)
            conductor.others.append(
                [0xFF, 0x58, 4, UInt8(meter.value.numerator), power, 24, 8], at: Self.tick(meter.beats))
        }
        conductor.end = Self.tick(end)
        let voices = (notes.map(\.voice).max() ?? 0) + 1
        let tracks = (0..<voices).map { voice in track(voice, velocity: min(max(velocity, 1), 127)) }
        return MIDIFile(
            format: .simultaneousTracks, timeBase: .ticksPerQuarter(Self.ticksPerQuarter), tracks: [conductor] + tracks)
    }

    private func track(_ voice: Int, velocity: UInt8) -> MIDIFile.Track {
        // Not the channel of percussion.
        let channel = UInt8([0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15][voice % 15])
        var events: [MIDIFileEvent] = []
        for note in notes where note.voice == voice {
            let onset = Self.tick(note.onset)
            events.append(MIDIFileEvent(tick: onset, status: 0x90 | channel, data1: note.key, data2: velocity))
            events.append(
                MIDIFileEvent(
                    tick: max(Self.tick(note.end), onset + 1), status: 0x80 | channel, data1: note.key, data2: 64))
        }
        // Notes end before others begin.
        events.sort { ($0.tick, $0.status, $0.data1) < ($1.tick, $1.status, $1.data1) }
        return MIDIFile.Track(name: "", events: events, end: Self.tick(end))
    }

    private static func tick(_ beats: Beats) -> Int {
        Int(
            (beats + Beats(units: Beats.unitsPerBeat / Int64(2 * ticksPerQuarter))).ticks(
                perBeat: Int64(ticksPerQuarter)))
    }
}
