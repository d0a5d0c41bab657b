import Files
import Score
import TestSupport
import Testing

@Suite struct MIDIFileReadingTests {
    @Test(arguments: Fixture.names) func playsWhatAnotherLibraryReads(_ name: String) throws {
        #expect(lines(try MIDIFile(bytes: Fixture.bytes(name)).playedEvents()) == (try Fixture.text(name)))
    }

    @Test func keepsNamesTempoAndEnd() throws {
        let file = try MIDIFile(bytes: Fixture.bytes("format1-tempo"))
        #expect(file.format == .simultaneousTracks)
        #expect(file.timeBase == .ticksPerQuarter(383))
        #expect(file.tracks.map(\.name) == ["tempo", "right", "left"])
        #expect(file.tracks[0].tempoChanges[1] == TempoChange(tick: 1_000, microsecondsPerQuarter: 333_333))
        #expect(file.tracks[0].end == 5_503)
    }

    @Test func sequentialTracksLastToTheirEnd() throws {
        // 152 ticks at 700,001 µs, 120 at 500,000 and 128 at 300,007 a quarter of 120 ticks: one rounding for all.
        #expect(try MIDIFile(bytes: Fixture.bytes("format2")).duration == 1_706_675_400)
    }

    @Test func realTimeByteLeavesRunningStatus() throws {
        let events = try MIDIFile(bytes: midiFile([0, 0x90, 60, 9, 0, 0xF8, 0, 62, 9, 0, 0xFF, 0x2F, 0], format: 0))
            .playedEvents()
        #expect(events.map(\.key) == [60, 62])
    }

    /// RP-001 lets later versions make events longer; of those, what is known counts.
    @Test func longerEventsAreReadToWhereTheyAreKnown() throws {
        let file = try MIDIFile(
            bytes: midiFile([0, 0xFF, 0x51, 5, 0x03, 0xD0, 0x90, 9, 9, 0, 0x90, 60, 9, 1, 0xFF, 0x2F, 1, 9], format: 0))
        #expect(file.tracks[0].tempoChanges == [TempoChange(tick: 0, microsecondsPerQuarter: 250_000)])
        #expect(file.tracks[0].end == 1)
    }

    @Test func listsWhatItRead() throws {
        let track: [UInt8] = [
            0, 0x91, 60, 9, 10, 0xA1, 60, 1, 0, 0xB1, 64, 127, 0, 0xFF, 0x51, 3, 1, 0, 0, 0, 0xC1, 5, 0, 0xD1, 6, 0,
            0xE1, 1,
            65, 1, 0x81, 60, 7, 0x83, 0x60, 0xFF, 0x2F, 0,
        ]
        #expect(
            try MIDIFile(bytes: midiFile(track, format: 0)).listing(title: "x.mid") == """
                # x.mid: format 0, 480 ticks a quarter, tracks: 1, notes: 1
                1\t0\t0.000000000\ton\t2\t60\t9
                1\t10\t0.010416667\ttempo\t-\t65536
                1\t10\t0.010416667\tpressure\t2\t60\t1
                1\t10\t0.010416667\tcontrol\t2\t64\t127
                1\t10\t0.010416667\tprogram\t2\t5
                1\t10\t0.010416667\tchannel-pressure\t2\t6
                1\t10\t0.010416667\tbend\t2\t8321
                1\t11\t0.010553200\toff\t2\t60\t7
                1\t491\t0.076089200\tend\t-

                """)
        let seconds = try MIDIFile(bytes: Fixture.bytes("smpte25")).listing(title: "x.mid")
        #expect(seconds.hasPrefix("# x.mid: format 0, 25 frames a second of 40 ticks, tracks: 1, notes: 20\n"))
        // The second of these tracks begins where the first has ended.
        let sequence = try MIDIFile(bytes: Fixture.bytes("format2")).listing(title: "x.mid")
        #expect(sequence.contains("\n1\t152\t0.886667933\tend\t-\n2\t0\t0.886667933\ton\t1\t61\t20\n"))
    }

    @Test func endsWithoutEndOfTrackAndIgnoresWhatFollowsIt() throws {
        let open = try MIDIFile(bytes: midiFile([0, 0x90, 60, 9], format: 0))
        let closed = try MIDIFile(bytes: midiFile([0, 0x90, 60, 9, 0, 0xFF, 0x2F, 0, 0xFF, 0xFF], format: 0))
        #expect(open == closed)
    }

    // MARK: Damage

    struct Damage: Sendable, CustomTestStringConvertible {
        var bytes: [UInt8]
        var offset: Int
        var words: String
        var testDescription: String { words }
    }

    static let damaged = [
        Damage(bytes: [], offset: 0, words: "the file is empty"),
        Damage(bytes: Array("music".utf8), offset: 0, words: "starts with 'MThd'"),
        Damage(bytes: Array("RIFF....RMID".utf8), offset: 12, words: "without a MIDI file ('MThd') in it"),
        Damage(bytes: Array("RIFF....WAVEfmt ".utf8), offset: 8, words: "a RIFF file of type 'WAVE'"),
        Damage(bytes: Array("RIFF".utf8), offset: 0, words: "starts with 'MThd'"),
        Damage(bytes: [0x1F, 0x8B, 8, 0], offset: 0, words: "compressed (gzip); unpack it first"),
        Damage(bytes: Array("PK\u{3}\u{4}".utf8), offset: 0, words: "compressed (ZIP)"),
        Damage(bytes: [0, 5, 0x16, 7, 0, 2, 0, 0], offset: 0, words: "the same name without '._'"),
        Damage(bytes: Array("MThd".utf8), offset: 4, words: "the file ends before the end of its header"),
        Damage(bytes: Array("MThd".utf8) + [0, 0, 0, 5], offset: 4, words: "at least 6 are needed"),
        Damage(
            bytes: Array("MThd".utf8) + [255, 255, 255, 255, 0, 0, 0, 1, 1, 1], offset: 4,
            words: "a chunk says it has 4294967295 bytes"),
        Damage(bytes: midiFile([], format: 3), offset: 8, words: "format 3 is unknown"),
        Damage(bytes: midiFile([], format: 0, division: 0x0), offset: 12, words: "time division 0x00"),
        Damage(bytes: midiFile([], format: 0, division: 0xE700), offset: 12, words: "time division 0xE700"),
        Damage(bytes: midiFile([], format: 0, division: 0xFF04), offset: 12, words: "time division 0xFF04"),
        Damage(
            bytes: Array(midiFile([], format: 0).dropLast(8)), offset: 14,
            words: "declares 1 track, the file ends after 0"),
        Damage(bytes: midiFile([0, 0x90], format: 0), offset: 24, words: "the file ends before the end of an event"),
        Damage(bytes: midiFile([0, 0x90], format: 0) + [0], offset: 24, words: "the track's bytes end before"),
        Damage(
            bytes: midiFile([0, 60, 1], format: 0), offset: 23, words: "data byte 0x3C stands where a status byte must"),
        Damage(bytes: midiFile([0, 0xF4], format: 0), offset: 23, words: "status 0xF4 may not stand in a file"),
        Damage(
            bytes: midiFile([0x80, 0x80, 0x80, 0x80, 0, 0x90, 60, 1], format: 0), offset: 25,
            words: "longer than four bytes"),
        Damage(
            bytes: midiFile([0, 0xFF, 0x51, 2, 1, 1], format: 0), offset: 24,
            words: "a tempo event has at least 3 bytes, this has 2"),
        Damage(
            bytes: midiFile([0, 0xFF, 1, 0xFF, 0xFF, 0xFF, 0x7F], format: 0), offset: 25,
            words: "the track's bytes end before the end of an event"),
        Damage(
            bytes: midiFile([0xFF, 0xFF, 0xFF, 0x7F, 0x90, 60, 1], format: 0, division: 0x1), offset: 29,
            words: "time runs beyond 104 days"),
    ]

    @Test(arguments: damaged) func damageIsOneClearError(_ damage: Damage) throws {
        let error = try #require(throws: MIDIFileError.self) { try MIDIFile(bytes: damage.bytes) }
        #expect(error.offset == damage.offset)
        #expect(error.description.contains(damage.words), "\(error)")
    }

    @Test func errorsNameTheFile() throws {
        let text = Fixture.folder + "README"
        let damaged = #expect(throws: MIDIFileError.self) { try MIDIFile(path: text) }
        #expect(damaged?.description.hasPrefix(text + ": byte 0: ") == true)
        let missing = #expect(throws: FileError.self) { try MIDIFile(path: "/nowhere.mid") }
        #expect(missing?.description == "cannot open /nowhere.mid: No such file or directory")
        #expect(throws: FileError.self) { try MIDIFile(path: "/dev/zero") }
    }

    /// The slowest tempo and the longest tracks, so that sums of them leave 64 bits.
    @Test func endlessTracksAreAnErrorAndDoNotOverflow() throws {
        let slow = [TempoChange(tick: 0, microsecondsPerQuarter: 0xFF_FFFF)]
        for end in [1 << 38, (1 << 38) + 1] {
            let endless = MIDIFile.Track(name: "", events: [], tempoChanges: slow, end: end)
            for format in [MIDIFile.Format.simultaneousTracks, .sequentialTracks] {
                let file = MIDIFile(
                    format: format, timeBase: .ticksPerQuarter(32_767), tracks: [endless, endless, endless])
                let error = try #require(throws: MIDIFileError.self) { try MIDIFile(bytes: file.serialized()) }
                #expect(error.problem == .tooLong)
            }
        }
    }

    /// But for one between two tracks, which is no different from a header that declares too many.
    @Test(arguments: Fixture.names) func everyTruncationIsAnErrorOrAWarning(_ name: String) throws {
        var bytes = try Fixture.bytes(name)
        if name == "oddities" { bytes.removeLast(8) }  // What follows the last track may be missing.
        let tracks = try MIDIFile(bytes: bytes).tracks.count
        var whole = 0
        for length in 0..<bytes.count {
            var warnings: [MIDIFileWarning.Problem] = []
            let cut = Array(bytes[..<length])
            guard let file = try? MIDIFile(bytes: cut, warn: { warnings.append($0.problem) }) else { continue }
            #expect(warnings == [.tracks(declared: tracks, found: file.tracks.count)])
            whole += 1
        }
        #expect(whole == tracks - 1)
    }

    /// Whatever is read must also play, make voices and be written and read again.
    @Test(arguments: Fixture.names) func flippedBytesNeverCrash(_ name: String) throws {
        let original = try Fixture.bytes(name)
        var random = Dice(seed: 0x9E37_79B9_7F4A_7C15)
        for _ in 0..<3_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard let file = try? MIDIFile(bytes: bytes) else { continue }
            #expect(inPlayingOrder(file.playedEvents()))
            #expect(try MIDIFile(bytes: file.serialized()) == file)
            _ = PianoRoll(title: name).svg(voices: file.voices())
        }
    }
}
