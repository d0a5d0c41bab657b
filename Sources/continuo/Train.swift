import ArgumentParser
import Commands
import Presets
import Report
import Training

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a network from a recipe.",
        discussion: """
            The output folder gets the checkpoint, log.csv and, in the end, a preset and a report. `continuo recipes` explains the \
            keys of a recipe. Ctrl-C writes a checkpoint and ends.

            Example: continuo train recipes/fine-tune.toml -o runs/mine --from maestro-small --data my-playing
            """)

    @Argument(help: "The recipe, a TOML file; with --resume the checkpoint's, if none is named.")
    var recipe: String?
    @Option(name: .shortAndLong, help: "Folder for checkpoint, log and the finished preset.")
    var output: String
    @Flag(help: "Go on from the checkpoint in the output folder; without one, begin.")
    var resume = false
    @Option(
        help: ArgumentHelp(
            """
            A folder of MIDI files (or one file) to learn from instead of the recipe's data sets; with a name, where \
            that data set lies, or one more. May be given several times. Outputs of trainings below it are left out.
            """, valueName: "[name=]folder"))
    var data: [String] = []
    @Option(help: ArgumentHelp("Value of a recipe's key, over the recipe's.", valueName: "key=value"))
    var set: [String] = []
    @Option(help: ArgumentHelp("What to begin from: \(ModelPlace.help)", valueName: "model"))
    var from: String?
    @Option(help: "What stays as it is, such as embeddings,layer0 (see training.freeze).")
    var freeze: String?
    @Option(help: "Threads at work; their number changes no result. Default: one for each processor.")
    var threads = 0
    @Option(help: "Folder of the token cache. Default: continuo in $XDG_CACHE_HOME or ~/.cache.")
    var cache: String?
    @Option(help: "Folder to look for presets in before all others.")
    var presets: String?
    @Option(help: ArgumentHelp("Stop after so many updates.", visibility: .hidden))
    var updates = 0

    func validate() throws {
        if recipe == nil && !resume { throw ValidationError("name a recipe, such as recipes/maestro-small.toml") }
        if threads < 0 { throw ValidationError("--threads \(threads): at least one is needed") }
    }

    func run() throws {
        try attempt {
            var options = Training.Options(output: output)
            options.resume = resume
            options.data = data
            options.settings =
                set + (from.map { ["from.model=\($0)"] } ?? []) + (freeze.map { ["training.freeze=\($0)"] } ?? [])
            options.cache = cache
            options.threads = threads
            options.updateLimit = updates
            options.locate = { [presets] in try ModelPlace.path($0, presets: presets) }
            let view = TrainingView()
            TrainingView.catchSignals()
            options.watch = view.take
            options.isStopping = { TrainingView.isStopping }
            let place = recipe.map(PresetLibrary.standard().shipped)
            let trained = try Training.run(recipePath: place, options)
            defer { printPeakMemory() }
            guard let outcome = trained else { return }
            try Report(outcome).write(outcome, to: output + "/report")
            print("wrote \(output)/report/index.html")
        }
    }
}
