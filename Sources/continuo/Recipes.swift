import ArgumentParser
import Commands
import Training

struct Recipes: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the keys of a recipe.",
        discussion: """
            Each can be written in a recipe, under the table before its last dot, or given to `continuo train` as \
            --set key=value. NAME is any name for a data set.

            Example: continuo recipes
            """)

    func run() {
        Self.tell(Recipe.keys, Recipe(), "")
        Self.tell(DataSet.keys, DataSet(name: "NAME"), "data.NAME.")
    }

    private static func tell<Owner>(_ keys: [RecipeKey<Owner>], _ defaults: Owner, _ prefix: String) {
        for key in keys {
            let value = key.hasDefault(defaults) ? "default \(key.shown(defaults))" : "no default"
            print("\(prefix)\(key.name): \(key.range), \(value)\n    \(key.about)")
        }
    }
}
