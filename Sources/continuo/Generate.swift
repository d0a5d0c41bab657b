import ArgumentParser
import Commands
import Files
import Glibc
import Network
import Performer
import Score
import Session
import Training

struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Continue a MIDI file, or a tune in ABC.",
        discussion: """
            The instrument hears the file as it would hear a player, then plays on: from where the last note ends, on \
            that note's channel. The file's tempi, time signatures, programs and percussion stay; percussion (channel \
            10) is not heard. The same file, preset and seed give the same bytes on machines of the same kind of \
            processor. A line says what the seed is worth: a dull one has a dull continuation.

            A preset that writes tunes (recipes/folk.toml) goes on with a tune in ABC, of which there may be no more than \
            title, meter and key; the whole tune is written, as ABC (.abc) or as it is played (.mid).

            Example: continuo generate phrase.mid -o continued.mid --seconds 30 --seed 7
            """)

    @Argument(help: "A Standard MIDI File, or an ABC file (.abc): what the player plays.")
    var piece: String?
    @Option(
        help: ArgumentHelp(
            """
            Instead of a file: a stretch of 64 notes of the MIDI files below this folder, of those worth going on from; \
            --seed chooses another.
            """, valueName: "folder"))
    var seedFrom: String?
    @Option(
        name: .shortAndLong,
        help: """
            The MIDI file to write: the seed and, in a track of its own, the machine. Of a preset that writes tunes also an \
            ABC file (.abc).
            """)
    var output: String
    @Option(help: "Length of the continuation, 0.5 to 3600; a tune ends by itself.")
    var seconds: Float = 30
    @Option(help: "Chooses the continuation, 0 to 16777215; the same as --set seed=….")
    var seed: Int?
    @OptionGroup var instrument: InstrumentOptions

    /// A day is more than any piece, and less than a damaged file can claim.
    private static let longestSeed: Int64 = 86_400 * 1_000_000_000

    func validate() throws {
        guard (0.5...3600).contains(seconds) else { throw ValidationError("--seconds takes 0.5…3600, not \(seconds)") }
        if !WrittenFormat.abc.names(output) { try WrittenFormat.midi.check(output) }
        switch (piece, seedFrom) {
        case (nil, nil): throw ValidationError("name a MIDI file to go on with, or a folder of them with --seed-from")
        case (let piece?, _?): throw ValidationError("--seed-from takes the place of a file; leave \(piece) out")
        default: break
        }
    }

    func run() throws {
        try attempt {
            let named = piece ?? seedFrom ?? ""
            if WrittenFormat.abc.names(named), let writer = try instrument.loadWriter(seed: seed) {
                return try write(named, with: writer)
            }
            guard !WrittenFormat.abc.names(output) else {
                throw WrittenFormat.abc.names(named) ? GenerateError.plays(instrument.preset) : .noTune(named)
            }
            let read = try piece.map(readMusic)
            var (mind, values) = try instrument.load()
            if let seed { values[.seed] = try Parameter.seed.declaration.value(Double(seed)) }
            let (piece, file) = try read.map { (named, $0) } ?? chosen(from: named, mind.network, values)
            let events = file.playedEvents(on: values.hears)
            guard (events.last?.time ?? 0) < Self.longestSeed else { throw GenerateError.tooLong(piece) }
            let worth = SeedWorth(events, mind.network)
            if worth.notes > 0 { tell("continuo: seed: \(worth)\n") }
            let generation = try Generation(continuing: events, with: mind, values, seconds: seconds)
            let continued = file.continued(
                after: generation.seed.end, endings: generation.seed.endings, by: "Continuo",
                generation.machine.map { ChannelMessage($0) })
            guard let continued else { throw GenerateError.noRoom(piece) }
            try continued.write(to: output)
            if let time = generation.forgotAt { tell("continuo: \(forgetting(piece, at: time, values[.forget]))\n") }
            tell("\(output): \(summary(piece, file, generation))\n")
        }
    }

    /// A good seed out of a folder, and what it is called.
    private func chosen(
        from folder: String, _ network: Network, _ values: ParameterValues
    ) throws -> (String, MIDIFile) {
        let paths = try Corpus.named([folder], split: .train)
        let choice = SeedChoice.best(of: paths, number: Int(values[.seed]), network) {
            try? MIDIFile(path: $0).playedEvents(on: values.hears)
        }
        guard let choice else { throw GenerateError.noSeed(folder) }
        let name = "\(choice.path), from \(fixed(choice.start, 1)) s"
        tell("continuo: seed: \(name)\n")
        return (name, MIDIFile(recording: [(name: "seed", messages: choice.events.map { ChannelMessage($0) })]))
    }

    /// The tune that the file begins, whole.
    private func write(_ piece: String, with writer: NotationWriter) throws {
        let written: NotationWriter.Piece
        do { written = try writer.piece(after: try readFile(piece, limit: 1 << 24)) } catch var error as ABCError {
            error.path = piece
            throw error
        }
        let text = ABCTuneText.file(written.text)
        if WrittenFormat.abc.names(output) {
            try writeAtomically(Array(text.utf8), to: output)
        } else {
            let file: MIDIFile
            do {
                let tune = try ABCCollection(bytes: Array(text.utf8)).tunes[0]
                file = try tune.performance().midiFile(title: tune.title)
            } catch { throw GenerateError.unreadable(error) }
            try file.write(to: output)
        }
        let end = written.isComplete ? "" : "; cut off, for the model found no end"
        tell("\(output): \(counted(written.text.count, "character"))\(end)\n")
    }

    private static func noteCount(_ events: [PlayedEvent]) -> Int { events.count { $0.kind == .noteOn } }

    /// What was heard, and what came of it.
    private func summary(_ piece: String, _ file: MIDIFile, _ generation: Generation) -> String {
        let notes = Self.noteCount(generation.seed.events)
        let played = Self.noteCount(generation.machine)
        let drums = "\(counted(file.percussionCount, "stroke")) of percussion on channel 10"
        switch (notes, file.percussionCount) {
        case (0, 0): return "there is no note in \(piece); the machine begins by itself, \(counted(played, "note"))"
        case (0, _):
            return "there is nothing in \(piece) but \(drums), not heard; the machine begins by itself, "
                + counted(played, "note")
        case (_, 0): return "\(counted(notes, "note")) of \(piece), then \(played) of the machine"
        default:
            return
                "\(counted(notes, "note")) of \(piece), where \(drums) \(file.percussionCount == 1 ? "is" : "are") not heard, then \(played) of the machine"
        }
    }

    private func forgetting(_ piece: String, at time: Int64, _ forget: Float) -> String {
        let longest = Parameter.forget.declaration.maximum
        let advice = forget < longest ? "--set forget=\(Int(longest)) keeps it" : "shorten the pause"
        return
            "\(piece): what comes before \(fixed(Double(time) / 1e9, 1)) s is forgotten, since the pause there is longer "
            + "than forget, \(fixed(Double(forget), 0)) s; \(advice)"
    }
}

enum GenerateError: CommandError, CustomStringConvertible {
    case tooLong(String)
    case noRoom(String)
    case noSeed(String)
    case plays(String)
    case noTune(String)
    case unreadable(ABCError)

    var exitStatus: Int32 { EX_DATAERR }

    var description: String {
        switch self {
        case .tooLong(let piece): "\(piece): lasts longer than a day; cut it before you have it continued"
        case .noSeed(let folder):
            "\(folder): no stretch of 64 notes there is worth going on from; name a MIDI file instead"
        case .plays(let preset):
            "\(preset): the preset plays, and writes no ABC; name the output .mid, or a preset that writes tunes"
        case .noTune(let piece):
            "\(piece): only tunes in ABC (.abc) are continued in ABC; name the output .mid"
        case .unreadable(let error):
            "the tune that the model wrote is no ABC: \(error); choose another one with --seed, or see it with -o tune.abc"
        case .noRoom(let piece):
            "\(piece): has as many tracks or ticks as a MIDI file can hold; leave some out before you have it continued"
        }
    }
}
