import Files
import Foundation
import Hostile
import TestSupport
import Testing
import Training

/// Recipes come from strangers, and so does the recipe in a checkpoint.
@Suite struct HostileRecipeTests {
    private func recipes() throws -> [String] {
        try #require(folderEntries(Repository.path("recipes"))).filter { $0.hasSuffix(".toml") }.sorted().map {
            Repository.path("recipes/\($0)")
        }
    }

    /// 10,000 damaged copies: each is a recipe whose numbers are finite, or one typed error of one short line.
    @Test func survivesDamage() throws {
        let recipes = try recipes().map { try [UInt8](Data(contentsOf: URL(fileURLWithPath: $0))) }
        var damage = Damage(seed: 6)
        var read = 0
        for round in 0..<10_000 {
            let bytes = round % 8 == 0 ? damage.bytes(0...200) : damage.damaged(recipes.randomElement(using: &damage)!)
            do {
                let recipe = try Recipe(toml: String(decoding: bytes, as: UTF8.self), path: "r.toml")
                #expect(recipe.rate.isFinite && recipe.dropout.isFinite && recipe.tokens >= 0 && recipe.hidden > 0)
                read += 1
            } catch let error as TrainingError {
                #expect(error.description.utf8.count < 1000 && !error.description.contains("\n"))
            }
        }
        #expect(100...9000 ~= read)
    }

    @Test func whatIsNotUTF8IsNoRecipe() throws {
        let temporary = try TemporaryFile(named: "r.toml")
        let path = temporary.path
        let good = try Data(contentsOf: URL(fileURLWithPath: #require(try recipes().last)))
        try (good + Data([0x23, 0xC3, 0x28])).write(to: URL(fileURLWithPath: path))
        #expect(throws: TrainingError.recipe(path: path, problem: "the file is not UTF-8 text")) {
            try Recipe(path: path)
        }
    }

    @Test(arguments: HostilePreset.all.indices) func aPresetIsNoRecipe(_ index: Int) throws {
        let text = String(decoding: HostilePreset.all[index].bytes, as: UTF8.self)
        let error = #expect(throws: TrainingError.self) { try Recipe(toml: text, path: "r.toml") }
        #expect((error?.description ?? "").utf8.count < 1000, "\(String(describing: error))")
    }
}
