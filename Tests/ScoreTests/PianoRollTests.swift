import Score
import Testing

@Suite struct PianoRollTests {
    private func count(_ part: String, in text: String) -> Int {
        text.indices.filter { text[$0...].hasPrefix(part) }.count
    }

    private func note(_ key: UInt8, _ onset: Int64, channel: UInt8 = 0) -> Note {
        Note(onset: onset, end: onset + 500_000_000, channel: channel, key: key, velocity: 100)
    }

    @Test func drawsEachNoteOfEachVoiceInItsColour() {
        let svg = PianoRoll(title: "A & B <\u{1}>").svg(voices: [
            Voice(name: "human", notes: [note(60, 0), note(64, 1_000_000_000)]),
            Voice(name: "machine", notes: [note(72, 1_500_000_000)]),
        ])
        #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n"))
        #expect(svg.contains(">A &amp; B &lt; &gt;</text>"))
        #expect(count("fill-opacity", in: svg) == 3)
        let groups = svg.split(separator: "<g ").dropFirst().map { count("fill-opacity", in: String($0)) }
        #expect(groups == [2, 1])
        #expect(svg.contains(">human</tspan>") && svg.contains(">machine</tspan>"))
        #expect(svg.contains(">C4</text>") && svg.contains(">2 s</text>"))
    }

    @Test func longPiecesAreOfBoundedWidthAndFewLabels() {
        let day = PianoRoll(title: "").svg(voices: [Voice(name: "v", notes: [note(60, 86_400_000_000_000)])])
        #expect(day.contains("width=\"1580\""))
        #expect(count("<line", in: day) < 60)
        #expect(PianoRoll(title: "").svg(voices: []).hasSuffix("</svg>\n"))
    }

    // MARK: Voices

    private func track(_ name: String, channels: [UInt8]) -> MIDIFile.Track {
        MIDIFile.Track(
            name: name, events: channels.map { MIDIFileEvent(tick: 0, status: 0x90 | $0, data1: 60, data2: 9) })
    }

    private func voices(_ tracks: [MIDIFile.Track]) -> [String] {
        MIDIFile(format: .simultaneousTracks, timeBase: .ticksPerQuarter(480), tracks: tracks).voices().map(\.name)
    }

    @Test func voicesAreTracksElseChannelsElseOne() {
        let tempo = track("tempo", channels: [])
        #expect(voices([tempo, track("right", channels: [0, 1]), track("", channels: [0])]) == ["right", "track 3"])
        #expect(voices([tempo, track("both", channels: [3, 1])]) == ["channel 2", "channel 4"])
        #expect(voices([tempo, track("", channels: [0])]) == ["piano"])
        #expect(voices([tempo, track("drums", channels: [9])]) == [])
    }

    /// Right hand and pedal are often written in different tracks.
    @Test func aPedalHoldsItsChannelInAllTracks() {
        let hand = MIDIFile.Track(
            name: "",
            events: [
                MIDIFileEvent(tick: 10, status: 0x90, data1: 60, data2: 9),
                MIDIFileEvent(tick: 20, status: 0x80, data1: 60, data2: 0),
            ])
        let pedal = MIDIFile.Track(
            name: "",
            events: [
                MIDIFileEvent(tick: 0, status: 0xB0, data1: 64, data2: 127),
                MIDIFileEvent(tick: 5, status: 0x90, data1: 40, data2: 9),
                MIDIFileEvent(tick: 480, status: 0xB0, data1: 64, data2: 0),
            ])
        let file = MIDIFile(format: .simultaneousTracks, timeBase: .ticksPerQuarter(480), tracks: [hand, pedal])
        #expect(file.voices().map { $0.notes[0].end } == [500_000_000, 500_000_000])
    }

    // MARK: Terminal

    @Test func terminalLines() {
        var roll = TerminalRoll(colour: false)
        #expect(roll.ruler.count == 88)
        let first = Array(roll.line(human: [21, 60], machine: [108, 62]))
        #expect(first.count == 88)
        #expect([first[0], first[39], first[41], first[87]] == ["#", "#", "O", "O"])
        let second = Array(roll.line(human: [60, 62], machine: [0]))
        #expect([second[0], second[39], second[41], second[87]] == ["O", "|", "#", "."])
    }

    @Test func terminalColoursTellThePlayersApart() {
        var roll = TerminalRoll(columns: 44, colour: true)
        let line = roll.line(human: [60], machine: [70])
        #expect(line.contains("\u{1B}[0;94m█") && line.contains("\u{1B}[0;38;5;208m█"))
        #expect(line.hasSuffix("\u{1B}[0m"))
        var silent = TerminalRoll(columns: 1, colour: true)
        #expect(silent.line(human: [200, 0], machine: []).contains("█"))
    }
}
