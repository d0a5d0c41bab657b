import ArgumentParser
import Control
import Performer
import Score
import Session

struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Continue a MIDI file.",
        discussion: """
            The instrument hears the file as it would hear a player, then plays on. The same file, preset and seed give \
            the same bytes on machines of the same kind of processor.

            Example: continuo generate phrase.mid -o continued.mid --seconds 30 --seed 7
            """)

    @Argument(help: "A Standard MIDI File: what the player plays.")
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
    }

    func run() throws {
        try attempt {
            let events = try MIDIFile(path: piece).playedEvents()
            guard (events.last?.time ?? 0) < Self.longestSeed else {
                throw GenerateError.tooLong(piece)
            }
            var (mind, values) = try instrument.load()
            if let seed { values[.seed] = try Parameter.seed.checked(Float(seed)) }
            let generation = try Generation(continuing: events, with: mind, values, seconds: seconds)
            try MIDIFile(recording: [
                (name: "player", messages: generation.human.map { ChannelMessage($0) }),
                (name: "Continuo", messages: generation.machine.map { ChannelMessage($0) }),
            ]).write(to: output)
            let played = [generation.machine, events].map { $0.count { $0.kind == .noteOn } }
            tell("\(output): \(played[1]) notes of \(piece), then \(played[0]) of the machine\n")
        }
    }
}

enum GenerateError: Error, CustomStringConvertible {
    case tooLong(String)

    var description: String {
        switch self {
        case .tooLong(let piece): "\(piece): lasts longer than a day; cut it before you have it continued"
        }
    }
}
