import ArgumentParser
import Commands
import Presets
import Training

struct Tokens: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make tokens of a recipe's music, for a trainer elsewhere.",
        discussion: """
            The output folder gets pieces.tokens and tokens.json, which interop/pytorch trains on: the same pieces, \
            splits and weights as `continuo train` takes. The second time they come from the token cache.

            Example: continuo tokens recipes/maestro-3x512.toml -o tokens --data maestro=maestro-v3.0.0
            """)

    @Argument(help: "The recipe, a TOML file.")
    var recipe: String
    @Option(name: .shortAndLong, help: "Folder for the tokens.")
    var output: String
    @Option(
        help: ArgumentHelp(
            "A folder of MIDI files instead of the recipe's data sets; with a name, where that data set lies, or one more.",
            valueName: "[name=]folder"))
    var data: [String] = []
    @Option(help: ArgumentHelp("Value of a recipe's key, over the recipe's.", valueName: "key=value"))
    var set: [String] = []
    @Option(help: "Folder of the token cache. Default: continuo in $XDG_CACHE_HOME or ~/.cache.")
    var cache: String?

    func run() throws {
        try attempt {
            var options = Training.Options(output: output)
            options.data = data
            options.settings = set
            options.cache = cache
            options.watch = TrainingView().take
            let place = PresetLibrary.standard().shipped(recipe)
            for line in try TokenExport.write(recipePath: place, options).summary { print(line) }
            printPeakMemory()
        }
    }
}
