import ArgumentParser
import Training

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a network from a recipe.",
        discussion: "Example: continuo train recipes/maestro-small.toml -o runs/maestro-small --data maestro-v3.0.0")

    @Argument(help: "The recipe, a TOML file.")
    var recipe: String
    @Option(name: .shortAndLong, help: "Folder for checkpoints and the finished model.")
    var output: String
    @Flag(help: "Go on from the checkpoint in the output folder.")
    var resume = false
    @Option(help: "Folder of the corpus, instead of the recipe's.")
    var data: String?
    @Option(help: ArgumentHelp("Stop after so many updates.", visibility: .hidden))
    var updates = 0

    func run() throws {
        var options = Training.Options(output: output)
        options.resume = resume
        options.corpus = data
        options.updateLimit = updates
        try attempt { try Training.run(recipePath: recipe, options) }
    }
}
