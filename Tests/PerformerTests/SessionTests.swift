import Files
import Glibc
import Network
import Performer
import Ports
import Score
import Session
import TestSupport
import Testing
import Time

/// What is kept of a session, over instruments on the virtual clock.
@Suite struct SessionTests {
    private static func music(_ rig: Rig) throws -> SessionMusic {
        SessionMusic(try Tape(rig.tapeFile, from: "a test"))
    }

    /// What is to be on the file: nanoseconds from the first note, key, whether it begins.
    private struct Event: Hashable {
        let tenths: Int64
        let key: UInt8
        let isOn: Bool

        /// To a tenth of a millisecond, the file's tick at 120 quarters a minute.
        init(_ nanoseconds: Int64, _ key: UInt8, _ isOn: Bool) {
            (tenths, self.key, self.isOn) = ((nanoseconds + 50_000) / 100_000, key, isOn)
        }
    }

    private static func events(_ file: MIDIFile, _ track: String) throws -> [Event] {
        var part = file
        let wanted = try #require(file.tracks.first { $0.name == track })
        for index in part.tracks.indices where part.tracks[index].name != track { part.tracks[index].events = [] }
        #expect(!wanted.events.isEmpty)
        return part.playedEvents(on: { _ in true }).filter { $0.kind != .sustain }.map {
            Event($0.time, $0.key, $0.kind == .noteOn)
        }
    }

    @Test func theFileHoldsWhatBothPlayed() throws {
        // The bar begins with the first note.
        let rig = StageTests.replying { $0[.longest] = 3 }
        rig.play(until: rig.port.now + 5 * 48_000)
        let music = try Self.music(rig)
        #expect(music.turns == rig.performer.counters.takeovers.value && music.turns > 0)
        #expect(music.notes.machine == rig.performer.stageCounters.played.value && music.notes.machine > 3)
        let file = try MIDIFile(bytes: music.midiFile().serialized())
        let first = try #require(rig.recorder.human.first { $0.kind == .noteOn }).time
        // A bar of the clock, 2 s, began before that.
        let origin = first / 2_000_000_000 * 2_000_000_000
        func heard(_ events: [PlayedEvent]) -> [Event] {
            events.filter { $0.kind != .sustain }.map { Event($0.time - origin, $0.key, $0.kind == .noteOn) }
        }
        let player = try Self.events(file, "player")
        #expect(player == heard(rig.recorder.human))
        let machine = heard(rig.recorder.machine)
        #expect(Set(try Self.events(file, "machine")).isSuperset(of: machine) && machine.count > 6)
        let marks = file.tracks[0].marks.map(\.text)
        #expect(marks.contains("preset tiny") && marks.count { $0 == "take-over" } == music.turns)
    }

    @Test func turnsPresetsAndParametersAreMarked() throws {
        let rig = StageTests.replying { $0[.longest] = 20 }
        rig.play(until: rig.port.now + 48_000)
        for value in [1.1, 1.2, 1.3] as [Float] { try rig.performer.set(.temperatureKey, to: value) }
        rig.play(until: rig.port.now + 4_800)
        let frame = rig.port.now + 100
        rig.play([rig.on(frame: frame, 60), rig.off(frame: frame + 4800, 60)], until: frame + 9600)
        try rig.performer.command(.panic)
        rig.play(until: rig.port.now + 4_800)
        let marks = try Self.music(rig).marks
        #expect(marks.contains { $0.frame == frame && $0.text == "yield" })
        // A knob that is turned is one mark.
        #expect(marks.count { $0.text.hasPrefix("temperature-key") } == 1)
        #expect(marks.contains { $0.text == "temperature-key 1.3" } && marks.last?.text == "panic")
    }

    @Test func whatCameBackIsNotThePlayers() throws {
        let rig = StageTests.replying()
        rig.play(until: rig.port.now + 9600)
        var returned = 0
        for _ in 0..<400 {
            let before = rig.output.count
            rig.cycle(256)
            // A cable from output to input.
            let back = rig.output[before...].map { message in
                TimedMessage(
                    frame: rig.port.now, status: message.status, data1: message.data1, data2: message.data2)
            }
            returned += back.count
            rig.cycle(256, back)
        }
        #expect(returned > 4 && rig.performer.stageCounters.echoes.value > 0)
        let music = try Self.music(rig)
        let echoed = Set(music.machine.filter { $0.status & 0xF0 == 0x90 }.map(\.data1))
        let played = music.player.filter { $0.status & 0xF0 == 0x90 && $0.status & 0xF == 1 }
        #expect(played.isEmpty, "\(played) of \(echoed)")
    }

    /// Each note has an end, also of a tape that was cut off in a chord.
    @Test func aTapeThatIsCutOffHasNoHangingNote() throws {
        let rig = StageTests.replying()
        rig.play([rig.on(frame: rig.port.now + 9, 50)], until: rig.port.now + 48_000)
        let bytes = rig.tapeFile
        for length in stride(from: bytes.count - 400, to: bytes.count, by: 37) {
            let music = SessionMusic(try Tape(Array(bytes[..<length]), from: "a test"))
            for track in [music.player, music.machine] {
                var sounding: Set<Int> = []
                for message in track {
                    let note = Int(message.status & 0xF) << 7 | Int(message.data1)
                    if message.status & 0xF0 == 0x90 && message.data2 > 0 { sounding.insert(note) }
                    if message.status & 0xF0 == 0x80 { sounding.remove(note) }
                }
                #expect(sounding.isEmpty)
            }
        }
    }

    // MARK: The tempo map

    /// Bars of the clock are bars of the file, and what is played on a beat lies on one.
    @Test func barsFit() throws {
        let rig = Rig { ($0[.tempo], $0[.auto]) = (90, 0) }
        // Beats of 32,000 frames, from frame 0 on; a bar is 128,000.
        let beats: [Int64] = [5, 6, 7, 9, 12]
        rig.play(
            beats.flatMap { [rig.on(frame: $0 * 32_000, 60), rig.off(frame: $0 * 32_000 + 9000, 60)] }, until: 420_000)
        let file = try MIDIFile(bytes: try Self.music(rig).midiFile().serialized())
        let map = try #require(file.tempoMap)
        let places = file.playedEvents().filter { $0.kind == .noteOn }.map {
            map.beats(atNanoseconds: $0.time).quarters
        }
        #expect(places.count == 5)
        for (place, beat) in zip(places, beats) { #expect(abs(place - Double(beat - 4)) < 0.002, "\(places)") }
    }

    /// The clock changes its tempo, jumps and stops: each bar line after that is one of the file.
    @Test func aBeatThatJumpsKeepsItsBars() {
        func beat(_ frame: Int64, _ quarters: Int, _ framesPerBeat: Double, _ state: Beat.State = .running) -> Beat {
            var beat = Beat()
            beat.state = state
            beat.line = BeatLine(from: frame, at: Beats(quarters), framesPerBeat: framesPerBeat)
            return beat
        }
        let ticks = SessionTicks(
            48_000, from: 1000,
            [
                (0, beat(0, 0, 24_000)), (240_000, beat(240_000, 10, 16_000)), (300_000, beat(300_000, 101, 16_000)),
                (400_000, beat(0, 0, 16_000, .stopped)), (900_000, beat(900_000, 0, 20_000)),
            ])
        let quarter = Double(SessionTicks.perQuarter)
        for (frame, inBar) in [
            (24_000, 1), (96_000, 0), (216_000, 1), (240_000, 2), (272_000, 0), (300_000, 1), (348_000, 0),
            (900_000, 0), (920_000, 1), (980_000, 0),
        ] as [(Int64, Double)] {
            let place = Double(ticks.tick(of: frame)) / quarter
            let rest = place.truncatingRemainder(dividingBy: 4) - inBar
            #expect(min(abs(rest), abs(4 - abs(rest))) < 0.01, "frame \(frame) is at \(place)")
        }
        let all = stride(from: Int64(1000), to: 1_000_000, by: 777).map(ticks.tick)
        #expect(zip(all, all.dropFirst()).allSatisfy { $0 < $1 })
    }

    // MARK: The folder

    /// A performer whose tape goes into `folder`, by hand.
    private final class Stand {
        let keeper: SessionKeeper
        let rig: MemoryPort
        let performer: Performer
        var outlet: SessionOutlet
        let complaints = Complaints()

        final class Complaints: @unchecked Sendable { var texts: [String] = [] }

        init(_ path: String, limits: RecordLimits = RecordLimits(megabytes: 1000, days: 0), on: Bool = true) {
            keeper = SessionKeeper(in: SessionFolder(path: path), limits: limits)
            keeper.isRecording = on
            var values = ParameterValues()
            (values[.turnTaking], values[.patience], values[.hold]) = (0, 300, 2)
            let performer = Performer(
                mind: TinyModel.mind(TinyModel.performance), sampleRate: 48_000, values: values, isTaped: true)
            self.performer = performer
            rig = MemoryPort(performer)
            let complaints = complaints
            outlet = SessionOutlet(
                keeper,
                SessionOutlet.Source {
                    TapeHeader(of: performer, version: "test", preset: "tiny")
                } preset: {
                    "tiny"
                }
            ) { complaints.texts.append("\($0)") }
        }

        /// - Parameter keys: struck at once, for a tenth of a second.
        func play(seconds: Double, _ keys: [UInt8] = []) {
            let end = rig.now + Int64(seconds * 48_000)
            var input = keys.map { TimedMessage(frame: rig.now, status: 0x90, data1: $0, data2: 70) }
            while rig.now < end {
                for _ in 0..<19 {
                    _ = rig.cycle(256, input)
                    input = []
                }
                input = keys.map { TimedMessage(frame: rig.now, status: 0x80, data1: $0, data2: 0) }
                while let item = performer.nextTapeItem() { outlet.take(item) }
                outlet.rest()
            }
        }

        func end() { outlet.end() }
    }

    private static func replays(_ folder: SessionFolder, _ name: String) throws -> Bool {
        let replay = try Replay(Tape(path: folder.tape(name)), .taped, kernels: kernels) { TinyModel.network($0) }
        return replay.isSame && replay.sent.then > 0
    }

    @Test func aSessionIsThereWhileItIsPlayedAndWhole() throws {
        let folder = try TemporaryFolder()
        let stand = Stand(folder.path + "/a/sessions")
        let place = stand.keeper.folder
        stand.play(seconds: 2)
        #expect(place.names.isEmpty)
        stand.play(seconds: 3, [60, 64])
        let name = try #require(place.names.first)
        #expect(place.isRecorded(name) && stand.keeper.session == name && place.names.count == 1)
        // What was played until half a second before is there.
        let music = try place.music(name)
        #expect(music.notes.player == 2 && music.notes.machine > 0 && music.fault == nil)
        #expect(throws: SessionError.isRecorded(name)) { try place.delete(name) }
        #expect(access(place.midi(name).cPath, F_OK) != 0)
        stand.end()
        #expect(!place.isRecorded(name))
        #expect(try MIDIFile(path: place.midi(name)) { _ in }.tracks.map(\.name) == ["session", "player", "machine"])
        #expect(try Self.replays(place, name))
        #expect(try place.find("last") == name && place.find(String(name.prefix(8))) == name)
        #expect(throws: SessionError.unknown("1999", place.path)) { try place.find("1999") }
        try place.delete(name)
        #expect(place.names.isEmpty && folderEntries(place.path) == [])
    }

    /// A program that was killed leaves no MIDI file; the next one makes it.
    @Test func whatWasKilledIsCompleted() throws {
        let folder = try TemporaryFolder()
        let stand = Stand(folder.path)
        stand.play(seconds: 2, [60])
        let place = stand.keeper.folder
        let name = try #require(place.names.first)
        let bytes = try readFile(place.tape(name), limit: 1 << 20)
        try folder.folder("2026-05-01T20-15-09-2")
        try folder.write(Array(bytes.dropLast(3)), "2026-05-01T20-15-09-2/session.tape")
        try folder.folder("2026-05-01T20-15-08")
        try folder.write([1, 2, 3], "2026-05-01T20-15-08/session.tape")
        try folder.folder("notes of mine")
        place.complete()
        #expect(try MIDIFile(path: place.midi("2026-05-01T20-15-09-2")) { _ in }.playedEvents().count >= 2)
        // What is no tape stays, and is listed as what it is.
        #expect(place.names == ["2026-05-01T20-15-08", "2026-05-01T20-15-09-2", name])
        #expect(throws: TapeError.self) { try place.music("2026-05-01T20-15-08") }
        stand.end()
    }

    @Test func nothingIsKeptOfASessionInWhichNobodyPlayed() throws {
        let folder = try TemporaryFolder()
        let stand = Stand(folder.path + "/sessions")
        // The machine alone.
        try stand.performer.set(.attract, to: 0.3)
        stand.play(seconds: 5)
        #expect(stand.performer.stageCounters.played.value > 0)
        stand.end()
        #expect(access((folder.path + "/sessions").cPath, F_OK) != 0)
    }

    @Test func recordingEndsAtOnceAndBeginsAnew() throws {
        let folder = try TemporaryFolder()
        let stand = Stand(folder.path)
        stand.play(seconds: 2, [60, 64])
        stand.keeper.isRecording = false
        stand.play(seconds: 2, [61, 65])
        let place = stand.keeper.folder
        let first = try #require(place.names.first)
        #expect(!place.isRecorded(first) && stand.keeper.session == nil)
        let before = try place.music(first)
        #expect(Set(before.player.map(\.data1)) == [60, 64])
        #expect(try Self.replays(place, first))
        stand.keeper.isRecording = true
        stand.play(seconds: 2)
        #expect(place.names.count == 1)
        stand.play(seconds: 2, [62])
        stand.end()
        let second = try #require(place.names.first { $0 != first })
        #expect(Set(try place.music(second).player.map(\.data1)) == [62])
        // What the machine had heard is not known.
        #expect(try !Tape(path: place.tape(second)).header.isWhole && Tape(path: place.tape(first)).header.isWhole)
        // Off and on again between two looks: there is a gap, and so another session.
        let quick = Stand(folder.path + "/quick")
        quick.play(seconds: 1, [60])
        quick.keeper.isRecording = false
        _ = quick.rig.cycle(256, [TimedMessage(frame: quick.rig.now, status: 0x90, data1: 61, data2: 70)])
        while let item = quick.performer.nextTapeItem() { quick.outlet.take(item) }
        quick.keeper.isRecording = true
        quick.play(seconds: 1, [62])
        quick.play(seconds: 1, [63])
        quick.end()
        let names = quick.keeper.folder.names
        #expect(names.count == 2)
        for name in names {
            let keys = try quick.keeper.folder.music(name).player.map(\.data1)
            #expect(!keys.contains(61), "\(keys)")
        }
    }

    @Test func whatIsOffFromTheStartIsKeptNowhere() throws {
        let folder = try TemporaryFolder()
        let stand = Stand(folder.path + "/sessions", on: false)
        stand.play(seconds: 2, [60])
        stand.end()
        #expect(access((folder.path + "/sessions").cPath, F_OK) != 0)
    }

    /// The oldest goes first, and never what is being recorded, here the oldest of all.
    @Test func limitsDeleteTheOldest() throws {
        let folder = try TemporaryFolder()
        let place = SessionFolder(path: folder.path)
        let stand = Stand(folder.path)
        stand.play(seconds: 2, [60])
        let running = try #require(place.names.first)
        try #require(rename("\(folder.path)/\(running)".cPath, "\(folder.path)/1999-01-01T00-00-00".cPath) == 0)
        let size = place.bytes("1999-01-01T00-00-00")
        let names = (1...4).map { "2026-05-0\($0)T20-15-09" }
        for name in names { try makeFolders("\(folder.path)/\(name)") }
        for name in names { try folder.write([UInt8](repeating: 1, count: 1_000_000), "\(name)/session.tape") }
        try folder.folder("2026-05-02T20-15-09/mine")
        var limits = RecordLimits(megabytes: 3, days: 0)
        limits.bytes = 3_000_000 + size
        let now = time(nil)
        #expect(place.keep(within: limits, now: now) == [names[0]])
        limits.bytes = size + 1_500_000
        // What else lies there stays; the tape has gone.
        _ = place.keep(within: limits, now: now)
        #expect(place.names == ["1999-01-01T00-00-00", names[3]])
        #expect(access("\(folder.path)/\(names[1])/mine".cPath, F_OK) == 0)
        limits.days = 2
        #expect(place.keep(within: limits, now: now + 86_400) == [])
        #expect(place.keep(within: limits, now: now + 3 * 86_400) == [names[3]])
        #expect(place.names == ["1999-01-01T00-00-00"])
    }

    /// A folder that cannot be made, as on a full disk: it is told once, and it plays on.
    @Test func aDiskThatFailsIsTold() throws {
        let folder = try TemporaryFolder()
        try folder.write([], "file")
        let stand = Stand(folder.path + "/file/sessions")
        stand.play(seconds: 2, [60])
        stand.play(seconds: 2, [60])
        #expect(stand.complaints.texts.count == 1 && stand.performer.stageCounters.played.value > 0)
        stand.end()
        #expect(stand.complaints.texts.count == 1)
    }

    @Test func aSessionLargerThanAllMayBeEnds() throws {
        let folder = try TemporaryFolder()
        var limits = RecordLimits(megabytes: 1, days: 0)
        limits.bytes = 2000
        let stand = Stand(folder.path, limits: limits)
        stand.play(seconds: 12, [60])
        #expect(stand.complaints.texts.count == 1, "\(stand.complaints.texts)")
        #expect(stand.keeper.session == nil)
        stand.end()
    }

    @Test func theFolderIsTheStates() {
        func path(_ variables: [String: String]) -> String? { SessionFolder { variables[$0] }?.path }
        #expect(path(["HOME": "/home/x"]) == "/home/x/.local/state/continuo/sessions")
        #expect(path(["HOME": "/home/x", "XDG_STATE_HOME": "/s"]) == "/s/continuo/sessions")
        #expect(
            path(["STATE_DIRECTORY": "/var/lib/continuo:/b", "XDG_STATE_HOME": "/s"]) == "/var/lib/continuo/sessions")
        #expect(path(["XDG_STATE_HOME": "relative"]) == nil)
        #expect(RecordLimits(megabytes: .max, days: 0).bytes == .max)
    }
}
