import Score
import TestSupport
import Testing

/// A file with a track more keeps what it said, and what is new sounds at its times.
@Suite struct ContinuingTests {
    private let messages = [7_270_000_000, 7_280_000_000, 9_990_000_000].map {
        ChannelMessage(time: $0, status: 0x93, data1: 60, data2: 50)
    }

    /// Nanoseconds at which the new track's events sound.
    private func times(_ file: MIDIFile) -> [Int64] {
        var file = file
        for track in file.tracks.indices.dropLast() { file.tracks[track].events = [] }
        return file.playedEvents().map(\.time)
    }

    private func expectTimes(_ file: MIDIFile, within tolerance: Int64) {
        for (time, message) in zip(times(file), messages) { #expect(abs(time - message.time) <= tolerance) }
        #expect(times(file).count == messages.count)
    }

    @Test(arguments: Fixture.names) func keepsWhatPlaysAndAddsAtItsTimes(_ name: String) throws {
        let file = try MIDIFile(bytes: Fixture.bytes(name))
        let continued = try #require(
            file.continued(after: file.duration, endings: [], by: "Continuo", messages))
        #expect(continued.tracks.count == file.tracks.count + 1 && continued.tracks.last?.name == "Continuo")
        #expect(continued.format == .simultaneousTracks)
        expectTimes(continued, within: name == "format1-tempo" ? 10_000_000 : 200_000)
        var old = continued
        old.tracks.removeLast()
        #expect(old.playedEvents() == file.playedEvents())
        #expect(try MIDIFile(bytes: continued.serialized()) == continued)
    }

    /// The machine's times are whole hundredths.
    @Test(arguments: [500_000, 600_000, 750_000]) func inOneTempoHundredthsOfASecondAreExact(_ tempo: Int) throws {
        for division in [24, 96, 480, 960] {
            var track = MIDIFile.Track(name: "", events: [], end: division)
            track.tempoChanges = [TempoChange(tick: 0, microsecondsPerQuarter: tempo)]
            let file = MIDIFile(
                format: .simultaneousTracks, timeBase: .ticksPerQuarter(division), tracks: [track])
            let continued = try #require(file.continued(after: 0, endings: [], by: "Continuo", messages))
            #expect(times(continued) == messages.map(\.time), "\(division)")
        }
    }

    /// Tempo, time and key signature, text, system exclusive, programs, drums, and what is said later.
    @Test func keepsAllButWhatIsSaidToChannelsLater() throws {
        let before: [UInt8] = [
            0, 0xFF, 0x51, 3, 7, 0xA1, 0x20, 0, 0xFF, 0x58, 4, 3, 2, 24, 8, 0, 0xFF, 0x59, 2, 0xFE, 1, 0, 0xF0, 2, 1,
            0xF7, 0, 0xC3, 40, 0, 0x93, 60, 64, 10, 0x99, 36, 64,
        ]
        let after: [UInt8] = [
            10, 0x83, 60, 0, 100, 0xB3, 123, 0, 0, 0xC3, 9, 0, 0x99, 36, 64, 0, 0xFF, 5, 2, 0x6C, 0x61, 0, 0xFF, 0x2F,
            0,
        ]
        let file = try MIDIFile(bytes: midiFile(before + after))
        let end = Int64(20 * 500_000 / 480) * 1_000
        let continued = try #require(file.continued(after: end + 1_000, endings: [], by: "Continuo", messages))
        let bytes = continued.serialized()
        for kept: [UInt8] in [
            [0xFF, 0x51, 3, 7, 0xA1, 0x20], [0xFF, 0x58, 4, 3, 2, 24, 8], [0xFF, 0x59, 2, 0xFE, 1], [0xF0, 2, 1, 0xF7],
            [0xC3, 40], [0xFF, 5, 2, 0x6C, 0x61],
        ] { #expect(contains(bytes, kept), "\(kept)") }
        #expect(!contains(bytes, [0xB3, 123, 0]) && !contains(bytes, [0xC3, 9]))
        #expect(continued.percussionCount == 2)
        expectTimes(continued, within: 20_000)
    }

    private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        bytes.indices.contains { bytes[$0...].starts(with: part) }
    }

    @Test func theEndsOfWhatIsLeftDownStandInItsTrack() throws {
        let file = try MIDIFile(
            bytes: header(tracks: 2) + chunk([0, 0x91, 60, 64]) + chunk([0, 0xB1, 64, 127, 10, 0x92, 50, 1]))
        let end = file.duration
        let continued = try #require(
            file.continued(
                after: end,
                endings: [
                    PlayedEvent(time: end, kind: .noteOff, channel: 1, key: 60, value: 64),
                    PlayedEvent(time: end, kind: .sustain, channel: 1, key: 0, value: 0),
                ], by: "Continuo", []))
        #expect(continued.tracks[0].events.last?.status == 0x81)
        #expect(continued.tracks[1].events.last.map { [$0.status, $0.data2] } == [0xB1, 0])
        #expect(continued.playedEvents().suffix(3).map(\.time) == [end, end, end])
    }

    /// Tempi of 0 and of a microsecond a quarter.
    @Test(arguments: [0, 1] as [UInt8]) func timeThatStandsStillMovesOn(_ tempo: UInt8) throws {
        let note: [UInt8] = [0, 0x90, 60, 64, 96, 60, 0]
        for late: UInt8 in [0, 96] {
            let file = try MIDIFile(bytes: midiFile(note + [late, 0xFF, 0x51, 3, 0, 0, tempo]))
            let end = try #require(file.playedEvents().last?.time)
            let continued = try #require(file.continued(after: end, endings: [], by: "Continuo", messages))
            expectTimes(continued, within: 20_000)
        }
    }

    @Test func whatFindsNoRoomIsNotWritten() throws {
        let full = try MIDIFile(bytes: header(tracks: 65_535) + (0..<65_535).flatMap { _ in chunk([]) })
        #expect(full.continued(after: 0, endings: [], by: "", messages) == nil)
        let long = MIDIFile(
            format: .simultaneousTracks, timeBase: .ticksPerQuarter(480),
            tracks: [.init(name: "", events: [], end: 1 << 38)])
        let late = [ChannelMessage(time: long.duration + 1_000_000_000, status: 0x90, data1: 60, data2: 1)]
        #expect(long.continued(after: long.duration, endings: [], by: "", late) == nil)
    }
}
