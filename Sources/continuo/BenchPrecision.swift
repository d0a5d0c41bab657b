import ArgumentParser
import Commands
import Glibc
import Kernels
import Realtime
import Representation
import Training

struct BenchPrecision: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "precision",
        abstract: "Tell what fewer bits of the weights cost in likelihood.",
        discussion: """
            Networks of all precisions (of mixed, the LSTM's weights are 8-bit integers with a scale for each 32, the \
            heads' bfloat16) hear the same pieces event by event, as the instrument does. KL is the divergence \
            of their distributions from those of fp32, in nats an event, all fields together. It fails if what the \
            instrument plays with costs more than 0.1 % or 1e-4 nats an event.

            Example: continuo bench precision maestro-small --sample 20
            """)

    @Argument(help: ArgumentHelp(ModelPlace.help))
    var model: String
    @Argument(help: "MIDI files and folders of them; of a MAESTRO folder the split is taken. Default as of evaluate.")
    var music: [String] = []
    @Option(help: "Split of a MAESTRO folder: train, validation or test.")
    var split = Maestro.Split.validation
    @Option(help: ArgumentHelp("Only so many pieces, chosen at even distances.", valueName: "pieces"))
    var sample: Int?
    @Flag(help: "Print the figures as JSON.")
    var json = false

    func validate() throws {
        if let sample, sample < 1 { throw ValidationError("--sample \(sample): at least one piece is needed") }
    }

    func run() throws {
        try attempt {
            let weights = try TrainedWeights(path: ModelPlace.path(model)).weights
            let representation: any Representation.Type = try weights.layout.configuration.spoken
            let all = try Corpus.named(music, split: split, suffixes: representation.fileSuffixes)
            let files = spread(all, sample ?? all.count)
            let kernels = try KernelTable.best()
            let comparison = PrecisionComparison(weights, kernels)
            let thread = RealtimeThread(name: "bench", priority: nil) {
                for file in files { comparison.hear(file, as: representation) }
            }
            thread.join()
            for failure in comparison.failures { tell("\(failure)\n") }
            print(json ? try asJSON(comparison.figures) : comparison.table)
            let played = try WeightPrecision.chosen()
            guard comparison.isClose(played) else {
                tell("continuo: \(played.rawValue) costs too much of this model\n")
                throw ExitCode(EX_DATAERR)
            }
        }
    }
}
