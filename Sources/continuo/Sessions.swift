import ArgumentParser
import Commands
import Files
import Glibc
import Score
import Session

struct Sessions: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List, show, export, replay and delete what was played.",
        discussion: """
            continuod keeps each session in which somebody played: a tape, and a MIDI file with the player, the machine, the \
            tempo, and marks for turns, presets and parameters. Without a subcommand: list.

            Example: continuo sessions
            """,
        subcommands: [List.self, Show.self, Export.self, Replay.self, Delete.self], defaultSubcommand: List.self)

    /// Where sessions are looked for.
    struct Place: ParsableArguments {
        @Option(help: "Folder of the sessions, instead of $XDG_STATE_HOME/continuo/sessions.")
        var folder: String?

        func sessions() throws(SessionError) -> SessionFolder {
            guard let place = folder.map(SessionFolder.init(path:)) ?? SessionFolder() else { throw .nowhere }
            return place
        }
    }

    struct Name: ParsableArguments {
        @Argument(help: "A session's name or its beginning, or 'last'.")
        var session: String
        @OptionGroup var place: Place
    }
}

extension SessionError: CommandError {
    package var exitStatus: Int32 {
        switch self {
        case .nowhere, .unknown: EX_NOINPUT
        case .ambiguous: EX_USAGE
        case .isRecorded: EX_UNAVAILABLE
        }
    }
}

extension Sessions {
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the sessions, the latest last.",
            discussion: """
                Of each: when it began, its length, the machine's turns, the notes of the player and of the machine, its size, \
                and its presets.

                Example: continuo sessions list --json
                """)

        @OptionGroup var place: Place
        @Flag(help: "Print the list as JSON.")
        var json = false

        func run() throws {
            try attempt {
                let folder = try place.sessions()
                let rows = folder.names.map { SessionRow($0, folder) }
                if json { return print(try asJSON(rows)) }
                if rows.isEmpty { return tell("continuo: there is no session in \(folder.path) yet\n") }
                print("session              length   turns   notes  machine      KB  presets")
                for row in rows { print(row.line) }
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a session as a roll, in the terminal or as a picture.",
            discussion: """
                In the terminal time runs down and pitch to the right: # and | are the player's, O and : the machine's. -o \
                writes a piano roll in SVG, with bar lines where a beat passed.

                Example: continuo sessions show last -o evening.svg
                """)

        @OptionGroup var name: Name
        @Option(name: .shortAndLong, help: "The SVG file to write.")
        var output: String?

        func validate() throws { if let output { try WrittenFormat.svg.check(output) } }

        func run() throws {
            try attempt {
                let folder = try name.place.sessions()
                let session = try folder.find(name.session)
                let music = try folder.music(session)
                let file = music.midiFile()
                let voices = file.voices(foldingPedal: true)
                if let output {
                    let roll = PianoRoll(title: session, bars: file.tempoMap)
                    return try writeAtomically(Array(roll.svg(voices: voices).utf8), to: output)
                }
                printRoll(voices)
                for mark in music.marks {
                    print("\(seconds(mark.frame - (music.start ?? 0), music))  \(mark.text)")
                }
                if let fault = music.fault { tell("continuo: \(fault)\n") }
            }
        }

        private func seconds(_ frames: Int64, _ music: SessionMusic) -> String {
            padded(fixed(Double(frames) / Double(music.sampleRate), 1) + " s", 10)
        }

        private func printRoll(_ voices: [Voice]) {
            let end = voices.flatMap(\.notes).map(\.end).max() ?? 0
            // A quarter of a second, or more of a long one.
            let step = max(Int64(250_000_000), end / 400)
            var roll = TerminalRoll(colour: isatty(STDOUT_FILENO) == 1)
            print(padded("", 10) + " " + roll.ruler)
            var time: Int64 = 0
            repeat {
                let label = padded(fixed(Double(time) / 1e9, 1) + " s", 10)
                let moment = time..<time + step
                print(
                    label + " "
                        + roll.line(
                            human: keys(of: "player", in: moment, voices),
                            machine: keys(of: "machine", in: moment, voices)))
                time += step
            } while time < end
        }

        private func keys(of name: String, in moment: Range<Int64>, _ voices: [Voice]) -> Set<UInt8> {
            var keys: Set<UInt8> = []
            for voice in voices where voice.name == name {
                for note in voice.notes where note.onset < moment.upperBound {
                    if note.end > moment.lowerBound || note.onset >= moment.lowerBound { keys.insert(note.key) }
                }
            }
            return keys
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a session as a MIDI file.",
            discussion: """
                Tracks: tempi, meters and marks; the player; the machine.

                Example: continuo sessions export last -o evening.mid
                """)

        @OptionGroup var name: Name
        @Option(name: .shortAndLong, help: "The MIDI file to write.")
        var output: String

        func validate() throws { try WrittenFormat.midi.check(output) }

        func run() throws {
            try attempt {
                let folder = try name.place.sessions()
                let music = try folder.music(folder.find(name.session))
                if let fault = music.fault { tell("continuo: \(fault); what comes before it is written\n") }
                try music.midiFile().write(to: output)
            }
        }
    }

    struct Replay: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Play a session again, and tell whether the same comes out; as continuo replay does.",
            discussion: """
                With --preset or --set: what would have been different.

                Example: continuo sessions replay last --set temperature-key=1.2
                """)

        @OptionGroup var name: Name
        @OptionGroup var options: ReplayOptions

        func run() throws {
            try attempt {
                let folder = try name.place.sessions()
                try options.replay(folder.tape(folder.find(name.session)))
            }
        }
    }

    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete sessions.",
            discussion: """
                One that is being recorded stays.

                Example: continuo sessions delete 2026-05-01
                """)

        @Argument(help: "Names of sessions or their beginnings, or 'last'.")
        var sessions: [String] = []
        @Flag(help: "Delete all of them.")
        var all = false
        @OptionGroup var place: Place

        func validate() throws {
            guard all == sessions.isEmpty else {
                throw ValidationError("name the sessions to delete, or all of them by --all")
            }
        }

        func run() throws {
            try attempt {
                let folder = try place.sessions()
                // All are found before any goes.
                var names = try sessions.map { name throws(SessionError) in try folder.find(name) }
                if all { names = folder.names.filter { !folder.isRecorded($0) } }
                if let busy = names.first(where: folder.isRecorded) { throw SessionError.isRecorded(busy) }
                for name in Set(names).sorted() {
                    try folder.delete(name)
                    print(name)
                }
            }
        }
    }
}

/// A line of the list.
private struct SessionRow: Encodable {
    let name: String
    let seconds: Double
    let turns: Int
    let notes: Int
    let machineNotes: Int
    let bytes: Int
    let presets: [String]
    let isRecorded: Bool
    let fault: String?

    init(_ name: String, _ folder: SessionFolder) {
        self.name = name
        isRecorded = folder.isRecorded(name)
        try? folder.midiFile(name)
        bytes = folder.bytes(name)
        do {
            let music = try folder.music(name)
            (seconds, turns) = ((music.seconds * 1000).rounded() / 1000, music.turns)
            (notes, machineNotes) = (music.notes.player, music.notes.machine)
            presets = music.presets
            fault = music.fault.map { "\($0)" }
        } catch {
            (seconds, turns, notes, machineNotes, presets) = (0, 0, 0, 0, [])
            fault = "\(error)"
        }
    }

    var line: String {
        let minutes = "\(Int(seconds) / 60):\(padded("\(Int(seconds) % 60)", 2).replacing(" ", with: "0"))"
        let state = isRecorded ? "  (being recorded)" : fault.map { "  (\($0))" } ?? ""
        return name + padded(minutes, 27 - name.count) + padded("\(turns)", 8) + padded("\(notes)", 8)
            + padded("\(machineNotes)", 9) + padded("\(bytes / 1000)", 8) + "  "
            + presets.joined(separator: ", ") + state
    }
}
