import ArgumentParser
import FoundationEssentials
import Glibc
import Training

extension Maestro.Split: ExpressibleByArgument {}

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell how well a model predicts music that it was not trained on.",
        discussion: """
            Every piece is heard whole from silence. A nat is 1/ln 2 bits of surprise, so less is better; an impossible \
            class (a note-off of a silent key) costs nothing. Nats a 388-event are for orientation in the literature \
            on Performance RNN.

            Example: continuo evaluate presets/maestro-small maestro-v3.0.0 --split test
            """)

    @Argument(help: "A preset's folder, a model file, a training's output folder, or a checkpoint.")
    var model: String
    @Argument(
        help: """
            MIDI files and folders of them; of a MAESTRO folder the split is taken. Default: maestro in \
            $CONTINUO_DATA, or else in ../shared/data.
            """)
    var music: [String] = []
    @Option(help: "Split of a MAESTRO folder: train, validation or test.")
    var split = Maestro.Split.validation
    @Option(help: "Evaluate only so many pieces, chosen at even distances.")
    var pieces: Int?
    @Flag(help: "Print the figures as JSON.")
    var json = false

    func validate() throws {
        if let pieces, pieces < 1 { throw ValidationError("--pieces \(pieces): at least one piece is needed") }
    }

    func run() throws {
        try attempt {
            var options = Evaluation.Options()
            options.split = split
            options.pieces = pieces ?? .max
            let trained = try TrainedWeights(path: model)
            let showsProgress = isatty(STDERR_FILENO) == 1
            var shown = -1
            let result = try Evaluation.run(
                trained.weights, on: music.isEmpty ? [standardCorpus()] : music, options
            ) { share in
                guard showsProgress, Int(100 * share) > shown else { return }
                shown = Int(100 * share)
                tell("\r\(shown) %")
            }
            if showsProgress { tell("\r\u{1B}[K") }
            for file in result.skipped { tell("\(file)\n") }
            print(json ? try Self.json(result) : result.table)
        }
    }

    private static func json(_ result: Evaluation) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(result), as: UTF8.self)
    }
}
