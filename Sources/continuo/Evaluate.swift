import ArgumentParser
import Commands
import Glibc
import Representation
import Score
import Training

extension Maestro.Split: ExpressibleByArgument {}

extension Corpus {
    /// The files of music that a command's arguments name, or MAESTRO's by default; what is left out is told.
    /// - Parameter suffixes: of the files that are read.
    static func named(
        _ music: [String], split: Maestro.Split, suffixes: [String] = MIDIFile.suffixes
    ) throws -> [String] {
        var skipped: [SkippedFile] = []
        let files = try files(
            music.isEmpty ? [try standardCorpus()] : music, split: split, suffixes: suffixes, skipped: &skipped)
        for folder in skipped { tell("\(folder)\n") }
        return files
    }
}

extension EventOrder: ExpressibleByArgument {}

struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell how well a model predicts music that it was not trained on.",
        discussion: """
            Every piece is heard whole from silence, on all cores. A nat is 1/ln 2 bits of surprise, so less is better; \
            an impossible class (a note-off of a silent key) costs nothing. An event is a note-on or note-off with the \
            time before it. Each field is predicted given those before it; accuracy is the share of most probable \
            classes that were right, of an event if all its fields were. Nats a 388-event are for orientation in the \
            literature on Performance RNN.

            Example: continuo evaluate maestro-small --sample 10 --pieces
            """)

    @Argument(help: ArgumentHelp(ModelPlace.help))
    var model: String
    @Argument(
        help: """
            MIDI files and folders of them, but for outputs of trainings; of a MAESTRO folder the split is taken. \
            Default: maestro in $CONTINUO_DATA, or else in ../shared/data.
            """)
    var music: [String] = []
    @Option(help: "Split of a MAESTRO folder: train, validation or test.")
    var split = Maestro.Split.validation
    @Option(
        help: """
            Of the events of a tick (10 ms): true, as played, or canonical, note-offs before note-ons, each by key, as \
            often in the literature.
            """)
    var order = EventOrder.playing
    @Option(help: ArgumentHelp("Evaluate only so many pieces, chosen at even distances.", valueName: "pieces"))
    var sample: Int?
    @Option(
        help: ArgumentHelp(
            """
            Let the model learn each piece while it hears it, as the instrument does from its player: the factor of what \
            it learns, 0 to 1. Each token is scored before it is learnt from, and beside the figures stands what they are \
            without.
            """, valueName: "factor"))
    var learning: Float?
    @Flag(help: "Of collections of tunes (.abc), only those that a training holds out: one title in ten.")
    var heldOut = false
    @Flag(help: "Tell the figures of each piece too.")
    var pieces = false
    @Flag(help: "Print the figures as JSON.")
    var json = false

    func validate() throws {
        if let sample, sample < 1 { throw ValidationError("--sample \(sample): at least one piece is needed") }
        if let learning, !(learning > 0 && learning <= 1) {
            throw ValidationError("--learning \(learning): the factor is above 0 and up to 1")
        }
    }

    func run() throws {
        try attempt {
            var options = Evaluation.Options()
            options.split = split
            options.order = order
            options.sample = sample ?? .max
            options.learning = learning
            options.heldOut = heldOut
            let trained = try TrainedWeights(path: ModelPlace.path(model))
            let showsProgress = isatty(STDERR_FILENO) == 1
            let result = try Evaluation.run(
                trained.weights, on: music.isEmpty ? [try standardCorpus()] : music, options
            ) { if showsProgress { Self.show($0) } }
            if showsProgress { tell("\r\u{1B}[K") }
            for file in result.skipped { tell("\(file)\n") }
            let report = Evaluation.Report(result, eachPiece: pieces)
            print(json ? try asJSON(report) : report.table)
        }
    }

    private static func show(_ progress: Evaluation.Progress) {
        tell(
            "\r\u{1B}[K\(Int(100 * progress.share)) % · \(progress.pieces) of \(counted(progress.allPieces, "piece"))"
                + " · \(Int(progress.tokensPerSecond)) events/s · \(Int(progress.secondsLeft)) s left")
    }
}
