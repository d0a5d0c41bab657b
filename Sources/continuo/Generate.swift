import ArgumentParser
import Commands
import Glibc
import Performer
import Score
import Session

struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Continue a MIDI file.",
        discussion: """
            The instrument hears the file as it would hear a player, then plays on: from where the last note ends, on \
            that note's channel. The file's tempi, time signatures, programs and percussion stay; percussion (channel \
            10) is not heard. The same file, preset and seed give the same bytes on machines of the same kind of \
            processor.

            Example: continuo generate phrase.mid -o continued.mid --seconds 30 --seed 7
            """)

    @Argument(help: "A Standard MIDI File, or an ABC file (.abc): what the player plays.")
    var piece: String
    @Option(name: .shortAndLong, help: "The MIDI file to write: the seed and, in a track of its own, the machine.")
    var output: String
    @Option(help: "Length of the continuation, 0.5 to 3600.")
    var seconds: Float = 30
    @Option(help: "Chooses the continuation, 0 to 16777215; the same as --set seed=….")
    var seed: Int?
    @OptionGroup var instrument: InstrumentOptions

    /// A day is more than any piece, and less than a damaged file can claim.
    private static let longestSeed: Int64 = 86_400 * 1_000_000_000

    func validate() throws {
        guard (0.5...3600).contains(seconds) else { throw ValidationError("--seconds takes 0.5…3600, not \(seconds)") }
        try WrittenFormat.midi.check(output)
    }

    func run() throws {
        try attempt {
            let file = try readMusic(piece)
            var (mind, values) = try instrument.load()
            let events = file.playedEvents(on: values.hears)
            guard (events.last?.time ?? 0) < Self.longestSeed else { throw GenerateError.tooLong(piece) }
            if let seed { values[.seed] = try Parameter.seed.declaration.value(Double(seed)) }
            let generation = try Generation(continuing: events, with: mind, values, seconds: seconds)
            let continued = file.continued(
                after: generation.seed.end, endings: generation.seed.endings, by: "Continuo",
                generation.machine.map { ChannelMessage($0) })
            guard let continued else { throw GenerateError.noRoom(piece) }
            try continued.write(to: output)
            if let time = generation.forgotAt { tell("continuo: \(forgetting(at: time, values[.forget]))\n") }
            tell("\(output): \(summary(file, generation))\n")
        }
    }

    private static func noteCount(_ events: [PlayedEvent]) -> Int { events.count { $0.kind == .noteOn } }

    /// What was heard, and what came of it.
    private func summary(_ file: MIDIFile, _ generation: Generation) -> String {
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

    private func forgetting(at time: Int64, _ forget: Float) -> String {
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

    var exitStatus: Int32 { EX_DATAERR }

    var description: String {
        switch self {
        case .tooLong(let piece): "\(piece): lasts longer than a day; cut it before you have it continued"
        case .noRoom(let piece):
            "\(piece): has as many tracks or ticks as a MIDI file can hold; leave some out before you have it continued"
        }
    }
}
