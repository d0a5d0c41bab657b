import ArgumentParser
import Commands
import Presets
import Training

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what a model consists of, and what it says of itself.",
        discussion: """
            Every tensor with its shape, type, parameters and bytes, and the metadata: representation, training data, \
            licence, validation. Of a recipe, the network that it would train.

            Example: continuo inspect maestro-small
            Example: continuo inspect recipes/maestro-small.toml --json
            """)

    @Argument(help: "A preset's name or folder, a model file, a training's output folder, or a recipe (.toml).")
    var model: String
    @Flag(help: "Print it as JSON.")
    var json = false

    func run() throws {
        try attempt {
            let isRecipe = model.hasSuffix(".toml")
            let place = isRecipe ? PresetLibrary.standard().shipped(model) : try ModelPlace.path(model)
            let inspection = try Inspection(path: place)
            print(json ? try asJSON(inspection) : inspection.table)
        }
    }
}
