import Foundation
import Testing
import Training

@Suite struct RecipeTests {
    @Test func everyKeyIsRead() throws {
        let recipe = try Recipe(toml: tinyRecipe, path: "r")
        #expect(recipe.name == "tiny")
        #expect(recipe.corpus == "")
        #expect(recipe.layers == 2 && recipe.headWidth == 16 && recipe.tokens == 960 && recipe.rate == 1e-2)
    }

    @Test func recipesOfTheRepositoryAreRight() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../recipes")
        let recipes = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".toml") }
        #expect(!recipes.isEmpty)
        for name in recipes { _ = try Recipe(path: folder.appendingPathComponent(name).path) }
    }

    /// (what stands in the recipe, what stands there instead, what the error says)
    @Test(arguments: [
        ("hidden = 32", "hiden = 32", "network.hiden is no key of a recipe"),
        ("[network]", "[netwerk]", "netwerk is no key of a recipe"),
        ("hidden = 32", "hidden = 33", "network.hidden is 33; it must be 16…4096, a multiple of 16"),
        ("hidden = 32", "hidden = \"32\"", "network.hidden is not a whole number"),
        ("dropout = 0.1", "dropout = 1.5", "training.dropout is 1.5; it must be 0.0…0.9"),
        ("dropout = 0.1", "dropout = nan", "not a string in quotes, a decimal number"),
        ("tokens = 960", "", "training.tokens is missing"),
        ("name = \"tiny\"", "", "name is missing"),
        ("threads = 2", "threads = 5", "training.threads exceeds training.streams"),
        ("[corpus]\nvalidation-pieces = 1", "corpus = 3", "corpus is no key of a recipe"),
        ("[corpus]", "[corpus", "line 3"),
        ("[corpus]", "[.]", "line 3"),
    ]) func errorsNameTheKey(old: String, new: String, says: String) throws {
        let text = tinyRecipe.replacingOccurrences(of: old, with: new)
        #expect(text != tinyRecipe)
        let error = #expect(throws: TrainingError.self) { try Recipe(toml: text, path: "r.toml") }
        #expect(try #require(error).description.hasPrefix("recipe r.toml: "))
        #expect(try #require(error).description.contains(says), "\(error!)")
    }
}
