import Files
import Glibc
import Processes
import Score
import Testing

/// `continuo generate` as one calls it.
@Suite struct GenerateTests {
    private let files: BadFiles

    init() throws { files = try BadFiles() }

    private func continuation(_ options: String...) throws -> [UInt8] {
        let output = files.folder + "/out.mid"
        let process = try ChildProcess(
            [
                sibling("continuo"), "generate", files.folder + "/good.mid", "-o", output, "--preset",
                files.folder + "/good", "--seconds", "3",
            ] + options)
        #expect(process.hasEnded(within: 60) == .exited(0), "\(process.printed)")
        return try readFile(output, limit: 1 << 20)
    }

    /// However it is said: on its own, or as any parameter.
    @Test func theSeedChoosesTheContinuation() throws {
        let seven = try continuation("--seed", "7")
        #expect(try continuation("--set", "seed=7") == seven)
        #expect(try continuation("--seed", "7", "--set", "seed=8") == seven)
        #expect(try continuation() != seven)
        #expect(try continuation() == continuation("--seed", "0"))
    }

    /// Notes of velocity 64, each a second long, on a channel.
    private func song(_ notes: [(key: UInt8, second: Int64, channel: UInt8)]) -> MIDIFile {
        MIDIFile(recording: [
            (
                name: "",
                messages: notes.flatMap { key, second, channel in
                    [(0x90, second), (0x80, second + 1)].map { status, time in
                        ChannelMessage(time: time * 1_000_000_000, status: status | channel, data1: key, data2: 64)
                    }
                }
            )
        ])
    }

    /// What is said of a file.
    private func said(_ song: MIDIFile, _ options: String...) throws -> String {
        let (piece, output) = (files.folder + "/song.mid", files.folder + "/song-out.mid")
        try song.write(to: piece)
        let process = try ChildProcess(
            [
                sibling("continuo"), "generate", piece, "-o", output, "--preset", files.folder + "/good", "--seconds",
                "1",
            ] + options)
        #expect(process.hasEnded(within: 60) == .exited(0), "\(process.printed)")
        #expect(try MIDIFile(path: output).percussionCount == song.percussionCount)
        return process.printed
    }

    @Test func itSaysWhatItHeard() throws {
        let folder = files.folder
        #expect(try said(song([(60, 0, 0)])).contains("song-out.mid: 1 note of \(folder)/song.mid, then "))
        #expect(
            try said(song([])).contains(
                "song-out.mid: there is no note in \(folder)/song.mid; the machine begins by itself, "))
        #expect(
            try said(song([(36, 0, 9), (38, 1, 9)])).contains(
                "there is nothing in \(folder)/song.mid but 2 strokes of percussion on channel 10, not heard; the machine begins"
            ))
        #expect(
            try said(song([(36, 0, 9), (60, 0, 0), (62, 1, 0)])).contains(
                "2 notes of \(folder)/song.mid, where 1 stroke of percussion on channel 10 is not heard, then "))
    }

    /// A repeated note is dull, and three notes say nothing.
    @Test func itSaysWhatTheSeedIsWorth() throws {
        #expect(try said(song([(60, 0, 0), (62, 1, 0)])).contains("seed: the last 2 notes: 1.0 a second, 2 keys, "))
        #expect(try said(song([(60, 0, 0), (62, 1, 0)])).contains("too few notes to say"))
        let slow = (0..<40 as Range<Int64>).map { (key: UInt8(40 + $0), second: $0, channel: UInt8(0)) }
        #expect(try said(song(slow)).contains("sparser than 95 % of music, so the continuation may be dull"))
    }

    /// Of a folder with a dull piece and a lively one, the lively one is chosen, and not its end.
    @Test func aSeedIsChosenOfAFolder() throws {
        let folder = files.folder + "/collection"
        let output = files.folder + "/chosen.mid"
        _ = mkdir(folder.cPath, 0o700)
        func write(_ name: String, _ key: (Int64) -> UInt8) throws {
            let notes = (0..<400 as Range<Int64>).flatMap { index in
                [
                    ChannelMessage(time: index * 100_000_000, status: 0x90, data1: key(index), data2: 70),
                    ChannelMessage(time: index * 100_000_000 + 90_000_000, status: 0x80, data1: key(index), data2: 0),
                ]
            }
            try MIDIFile(recording: [(name: name, messages: notes)]).write(to: "\(folder)/\(name).mid")
        }
        try write("dull") { UInt8(60 + $0 % 3) }
        try write("lively") { UInt8(40 + $0 * 7 % 41) }
        func generate(_ options: String...) throws -> ChildProcess {
            let process = try ChildProcess(
                [
                    sibling("continuo"), "generate", "-o", output, "--preset", files.folder + "/good", "--seconds", "1",
                ] + options)
            _ = process.hasEnded(within: 60)
            return process
        }
        let process = try generate("--seed-from", folder)
        #expect(process.hasEnded(within: 1) == .exited(0), "\(process.printed)")
        #expect(process.printed.contains("continuo: seed: \(folder)/lively.mid, from "), "\(process.printed)")
        #expect(process.printed.contains("64 notes") && process.printed.contains("a good seed"), "\(process.printed)")
        #expect(try MIDIFile(path: output).tracks.map(\.name).contains("Continuo"))
        unlink("\(folder)/lively.mid".cPath)
        let none = try generate("--seed-from", folder)
        #expect(none.hasEnded(within: 1) == .exited(EX_DATAERR), "\(none.printed)")
        #expect(none.printed.contains("no stretch of 64 notes there is worth going on from"))
        #expect(try generate().hasEnded(within: 1) == .exited(EX_USAGE))
    }

    @Test func aPauseThatWasForgottenIsSaid() throws {
        let pause = song([(60, 0, 0), (60, 90, 0)])
        #expect(
            try said(pause).contains(
                "song.mid: what comes before 90.0 s is forgotten, since the pause there is longer than forget, 60 s; "
                    + "--set forget=3600 keeps it"))
        #expect(try !said(pause, "--set", "forget=100").contains("forgotten"))
    }

    /// A file that is read in spite of its faults is read with a warning.
    @Test func warningsAreSaidWhereAFileIsRead() throws {
        var bytes = song([(60, 0, 0)]).serialized()
        bytes[11] = 3  // tracks
        try files.write("lax.mid", bytes)
        let lax = files.folder + "/lax.mid"
        for words in [
            ["events", lax], ["render", lax, "-o", files.folder + "/lax.svg"],
            ["generate", lax, "-o", files.folder + "/lax-out.mid", "--preset", files.folder + "/good"],
        ] {
            let process = try ChildProcess([sibling("continuo")] + words)
            #expect(process.hasEnded(within: 60) == .exited(0), "\(process.printed)")
            #expect(process.printed.contains("continuo: \(lax): byte 10: the header declares 3 tracks, 1 is there"))
        }
    }

    /// A tune in ABC is read where a MIDI file is, with its repeats; a damaged one after it does not matter.
    @Test func tunesInABCAreReadToo() throws {
        try files.write("tune.abc", Array("X:1\nL:1/4\nK:G\nG|1F:|2A|]\n\nX:2\nK:C\n[C\n".utf8))
        let tune = files.folder + "/tune.abc"
        let (again, out) = (files.folder + "/tune.mid", files.folder + "/tune-out.mid")
        for words in [
            ["events", tune, "--write", again], ["render", tune, "-o", files.folder + "/tune.svg"],
            ["generate", tune, "-o", out, "--preset", files.folder + "/good", "--seconds", "1"],
        ] {
            let process = try ChildProcess([sibling("continuo")] + words)
            #expect(process.hasEnded(within: 60) == .exited(0), "\(process.printed)")
            #expect(process.printed.contains("continuo: \(tune): the first of 2 tunes is read"))
        }
        let keys = notes(from: try MIDIFile(path: again).playedEvents(), foldingPedal: false).map(\.key)
        #expect(keys == [67, 66, 67, 69])
        #expect(try MIDIFile(path: out).tracks.last?.name == "Continuo")
    }
}
