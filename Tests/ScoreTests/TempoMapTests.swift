import Score
import TestSupport
import Testing
import Time

/// What a file says of tempo and meter, in beats, and the bar lines drawn from it.
@Suite struct TempoMapTests {
    /// 480 ticks a quarter: 2 s a quarter, 3/4; after two bars (6 quarters) 500 ms a quarter and 6/8.
    private let changing: [UInt8] =
        [0, 0xFF, 0x51, 3, 0x1E, 0x84, 0x80, 0, 0xFF, 0x58, 4, 3, 2, 24, 8]
        + [0x96, 0x40, 0xFF, 0x58, 0x80, 4, 6, 3, 24, 8, 0, 0xFF, 0x51, 3, 7, 0xA1, 0x20]
        + [0, 0x90, 60, 64, 0x96, 0x40, 60, 0, 0, 0xFF, 0x2F, 0]

    @Test func isThatOfTheFile() throws {
        let file = try MIDIFile(bytes: midiFile(changing, format: 0))
        let map = try #require(file.tempoMap)
        #expect(file.statesMeter)
        #expect(map.meter(at: Beats(5)) == Meter(3, 4) && map.meter(at: Beats(6)) == Meter(6, 8))
        #expect(map.position(at: Beats(nearest: 9.5)) == BarPosition(bar: 3, beat: 1))
        #expect(map.nanoseconds(at: Beats(6)) == 12_000_000_000)
        #expect(map.nanoseconds(at: Beats(12)) == file.duration)
    }

    /// Times in beats are those in ticks, where a tick is a whole number of units.
    @Test func agreesWithTheTicksToTheNanosecond() throws {
        var random = Dice(seed: 3)
        for division in [24, 96, 384, 480, 1_000, 5_000, 15_360] {
            var track = MIDIFile.Track(name: "", events: [])
            var tick = 0
            for _ in 0..<300 {
                tick += Int.random(in: 0...2_000, using: &random)
                let tempo = Int.random(in: 1...0xFF_FFFF, using: &random)
                track.tempoChanges.append(TempoChange(tick: tick, microsecondsPerQuarter: tempo))
                let late = tick + Int.random(in: 0...50, using: &random)
                track.end = max(track.end, late)
            }
            for end in stride(from: 0, through: track.end, by: 997) {
                track.end = end
                let file = MIDIFile(format: .singleTrack, timeBase: .ticksPerQuarter(division), tracks: [track])
                let beats = try #require(Beats(exactly: Int64(end), perBeat: Int64(division)))
                #expect(file.tempoMap?.nanoseconds(at: beats) == file.duration)
            }
        }
    }

    @Test func thereIsNoneWhereBeatsHaveNoOneTime() throws {
        for name in ["smpte24", "smpte25", "smpte29", "smpte30", "format2"] {
            #expect(try MIDIFile(bytes: Fixture.bytes(name)).tempoMap == nil, "\(name)")
        }
        let plain = try MIDIFile(bytes: midiFile([0x8F, 0, 0xFF, 0x2F, 0], format: 0))
        #expect(!plain.statesMeter && plain.tempoMap?.tempo(at: .zero) == .standard)
        #expect(plain.tempoMap?.meter(at: .zero) == .common)
    }

    /// Too short, no numerator, a denominator of 2¹⁴ and of 2²⁵⁵.
    @Test(arguments: [[1, 4], [0], [4, 0, 2, 24, 8], [4, 4, 14, 24, 8], [4, 4, 255, 24, 8]] as [[UInt8]])
    func senselessMetersAreNone(body: [UInt8]) throws {
        let file = try MIDIFile(bytes: midiFile([0, 0xFF, 0x58] + body + [0, 0xFF, 0x2F, 0], format: 0))
        #expect(!file.statesMeter && file.tempoMap?.meter(at: .zero) == .common)
    }

    // MARK: Bar lines

    private func barLines(_ file: MIDIFile) -> [Substring] {
        let svg = PianoRoll(title: "", bars: file.tempoMap).svg(voices: file.voices())
        let group = svg.split(separator: "<g ").first { $0.contains("class=\"bars\"") }
        return group?.prefix(while: { _ in true }).split(separator: "\n").filter { $0.hasPrefix("<line") } ?? []
    }

    /// A picture of 15 s, which is 760 pixels: bars at 0, 6, 12, 13.5 and 15 s.
    @Test func barLinesStandWhereBarsBegin() throws {
        let lines = try barLines(MIDIFile(bytes: midiFile(changing, format: 0)))
        let expected = [0, 6, 12, 13.5, 15].map { 72 + $0 * 760 / 15 }
        #expect(lines.count == expected.count)
        for (line, x) in zip(lines, expected) {
            let text = try #require(line.split(separator: "\"").dropFirst().first)
            #expect(abs((Double(text) ?? 0) - x) < 0.01)
        }
        let none = try MIDIFile(bytes: midiFile(changing, format: 0))
        #expect(!PianoRoll(title: "").svg(voices: none.voices()).contains("class=\"bars\""))
    }

    /// A bar a microsecond, and bars that take no time.
    @Test(arguments: [0, 1, 1_000]) func barLinesAreOfBoundedNumber(tempo: Int) throws {
        var track = MIDIFile.Track(
            name: "",
            events: [
                MIDIFileEvent(tick: 0, status: 0x90, data1: 60, data2: 9),
                MIDIFileEvent(tick: 1 << 36, status: 0x80, data1: 60, data2: 0),
            ])
        track.tempoChanges = [
            TempoChange(tick: 96, microsecondsPerQuarter: tempo),
            TempoChange(tick: (1 << 36) - 960, microsecondsPerQuarter: 500_000),
        ]
        let lines = barLines(MIDIFile(format: .singleTrack, timeBase: .ticksPerQuarter(24), tracks: [track]))
        #expect(lines.count < 500)
    }
}
