import Files
import Foundation
import TestSupport
import Testing
import Training

@Suite struct RecipeTests {
    @Test func everyKeyIsRead() throws {
        let recipe = try Recipe(toml: tinyRecipe, path: "r")
        #expect(recipe.name == "tiny")
        #expect(recipe.validationPieces == 1 && recipe.dataSets.isEmpty)
        #expect(recipe.layers == 2 && recipe.headWidth == 16 && recipe.tokens == 960 && recipe.rate == 1e-2)
    }

    @Test func recipesOfTheRepositoryAreRight() throws {
        let recipes = try #require(folderEntries(Repository.path("recipes"))).filter { $0.hasSuffix(".toml") }
        #expect(!recipes.isEmpty)
        for name in recipes { _ = try Recipe(path: Repository.path("recipes/\(name)")) }
    }

    /// (what stands in the recipe, what stands there instead, what the error says)
    @Test(arguments: [
        ("hidden = 32", "hiden = 32", "network.hiden is no key of a recipe; did you mean network.hidden?"),
        ("[network]", "[netwerk]", "netwerk is no key of a recipe; did you mean network?"),
        ("hidden = 32", "hidden = 33", "network.hidden is 33; it must be 16…4096, a multiple of 16"),
        ("hidden = 32", "hidden = \"32\"", "network.hidden is not a whole number"),
        ("dropout = 0.1", "dropout = 1.5", "training.dropout is 1.5; it must be 0…0.9"),
        ("dropout = 0.1", "dropout = nan", "not a string in quotes, a decimal number"),
        ("tokens = 960", "", "training.tokens is missing"),
        ("name = \"tiny\"", "", "name is missing"),
        ("parts = 2", "parts = 5", "training.parts exceeds training.streams"),
        ("[corpus]\nvalidation-pieces = 1", "corpus = 3", "corpus is no key of a recipe"),
        ("[corpus]", "[corpus", "line 3"),
        ("[corpus]", "[.]", "line 3"),
        ("[corpus]", "[data.x]\nwieght = 3\n[corpus]", "data.x.wieght is no key of a data set; did you mean weight?"),
        ("[corpus]", "[data.x]\nsplit = \"odd\"\n[corpus]", "data.x.split must be \"auto\", \"train\""),
        ("[corpus]", "[data.\"x y\"]\n[corpus]", "the name of a data set is made of letters"),
        ("[corpus]", "[data.x.y]\n[corpus]", "data.x.y is no key of a recipe"),
        ("rate = 1e-2", "schedule = \"sine\"", "optimiser.schedule must be \"cosine\", \"constant\""),
    ]) func errorsNameTheKey(old: String, new: String, says: String) throws {
        let text = tinyRecipe.replacingOccurrences(of: old, with: new)
        #expect(text != tinyRecipe)
        let error = #expect(throws: TrainingError.self) { try Recipe(toml: text, path: "r.toml") }
        #expect(try #require(error).description.hasPrefix("recipe r.toml: "))
        #expect(try #require(error).description.contains(says), "\(error!)")
    }

    @Test func aRecipeSaysItselfAgain() throws {
        let text = tinyRecipe + "\n[data.a]\npath = \"/x \\\"y\\\"\"\nweight = 0.25\n[data.b]\n"
        let recipe = try Recipe(toml: text, path: "r")
        #expect(recipe.dataSets.map(\.name) == ["a", "b"])
        #expect(try Recipe(toml: recipe.text(), path: "r") == recipe)
        #expect(!recipe.text(places: false).contains("/x"))
        for key in Recipe.keys where !key.name.hasPrefix("from.") {
            #expect(recipe.text().contains(key.name.split(separator: ".").last! + " = "), "\(key.name)")
        }
    }

    @Test func settingsWinOverTheRecipe() throws {
        let recipe = try Recipe(
            toml: tinyRecipe + "\n[data.a]\n", path: "folder/r.toml", data: ["a=mine", "b=other"],
            settings: ["training.dropout=0.3", "name=new", "optimiser.schedule=constant", "data.a.weight=2"])
        #expect(recipe.dropout == 0.3 && recipe.name == "new" && recipe.schedule == .constant)
        #expect(recipe.dataSets.map(\.path) == ["mine", "other"] && recipe.dataSets[0].weight == 2)
        #expect(recipe.rate(afterTokens: 900) == Float(1e-2))
    }

    /// Places in a recipe are meant from its folder; a folder without a name stands for all data sets.
    @Test func placesOfData() throws {
        let text = tinyRecipe + "\n[data.a]\npath = \"x\"\nexclude = \"list\"\n"
        let recipe = try Recipe(toml: text, path: "folder/r.toml")
        #expect(recipe.dataSets[0].path == "folder/x" && recipe.dataSets[0].exclude == "folder/list")
        #expect(try Recipe(toml: text, path: "r.toml", data: ["mine"]).dataSets.map(\.name) == ["own"])
    }

    /// `--data` says no folder twice, and what it says is never lost: (what is given, names and folders of the sets)
    @Test(arguments: [
        (["A", "B"], ["own=A", "own2=B"]), (["A", "own=B"], ["own2=A", "own=B"]),
        (["own=B", "A", "own2=C", "D"], ["own=B", "own3=A", "own2=C", "own4=D"]),
        (["./my=playing"], ["own=./my=playing"]), (["=A"], ["own==A"]), (["my music=A"], ["own=my music=A"]),
        (["a=A", "b=B"], ["a=A", "b=B"]),
    ]) func everyFolderOfDataIsTaken(given: [String], sets: [String]) throws {
        let recipe = try Recipe(toml: tinyRecipe + "\n[data.a]\n", path: "r.toml", data: given)
        #expect(Set(recipe.dataSets.map { "\($0.name)=\($0.path)" }) == Set(sets))
    }

    @Test(arguments: [
        (["own=A", "own=B"], "--data own=B: the data set own is A already"),
        (["a=A", "b=B", "a=A"], "--data a=A: the data set a is A already"),
        (["own="], "--data \"own=\": a folder is missing"), ([""], "--data \"\": a folder is missing"),
    ]) func dataThatCannotBeMeantIsRefused(given: [String], says: String) throws {
        let error = #expect(throws: TrainingError.self) {
            try Recipe(toml: tinyRecipe, path: "r.toml", data: given)
        }
        #expect("\(try #require(error))".hasPrefix(says), "\(error!)")
    }

    @Test func aFoldersNameMayHoldAnEqualsSign() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/my=playing"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        func set(_ given: String) throws -> DataSet {
            try Recipe(toml: tinyRecipe, path: "r.toml", data: [given]).dataSets[0]
        }
        #expect(try set(path).path == path && set(path).name == "own")
        // Also where it could be a name and a folder, if the folder is not there; of both, that is what is documented.
        let rest = "playing-\(UUID().uuidString)"
        try FileManager.default.createSymbolicLink(atPath: "my=\(rest)", withDestinationPath: path)
        defer { try? FileManager.default.removeItem(atPath: "my=\(rest)") }
        #expect(try set("my=\(rest)").path == "my=\(rest)")
        try FileManager.default.createSymbolicLink(atPath: rest, withDestinationPath: path)
        defer { try? FileManager.default.removeItem(atPath: rest) }
        #expect(try set("my=\(rest)").path == rest)
    }

    @Test func aDefaultIsAValueOfItsKeyOrThereIsNone() {
        #expect(Recipe.keys.filter { !$0.hasDefault(Recipe()) }.map(\.name) == ["training.tokens"])
        #expect(DataSet.keys.allSatisfy { $0.hasDefault(DataSet(name: "NAME")) })
    }

    @Test(arguments: [
        ("dropout=0.3", "dropout is no key of a recipe; did you mean training.dropout?"),
        ("training.dropout=much", "training.dropout cannot be much; it takes 0…0.9"),
        ("training.dropout", "write key=value"),
        ("training.seed=-1", "training.seed is -1; it must be 0…"),
        ("zzz=1", "zzz is no key of a recipe; `continuo recipes` lists them"),
    ]) func settingsAreChecked(setting: String, says: String) throws {
        let error = #expect(throws: TrainingError.self) {
            try Recipe(toml: tinyRecipe, path: "r.toml", settings: [setting])
        }
        #expect(try #require(error).description.hasPrefix("--set \(setting): "))
        #expect(try #require(error).description.contains(says), "\(error!)")
    }

    /// From 0 to the rate, then down to the floor.
    @Test func theRateRisesAndFalls() throws {
        let recipe = try Recipe(toml: tinyRecipe, path: "r", settings: ["optimiser.floor=0.1", "optimiser.warmup=320"])
        let rates = stride(from: 0, through: 960, by: 32).map(recipe.rate)
        #expect(rates[0] > 0 && rates[0] < 2e-3)
        #expect(zip(rates, rates.dropFirst()).prefix(10).allSatisfy { $0 < $1 })
        #expect(zip(rates, rates.dropFirst()).dropFirst(10).allSatisfy { $0 > $1 })
        #expect(rates[10] == 1e-2 && abs(rates[30] - 1e-3) < 1e-8)
    }

    @Test func aConstantRateFallsAtItsEndAndMayBeProlonged() throws {
        let text = tinyRecipe.replacingOccurrences(of: "rate = 1e-2", with: "rate = 1e-2\nschedule = \"constant\"")
        func recipe(_ settings: [String]) throws -> Recipe {
            try Recipe(toml: text, path: "tiny.toml", settings: ["optimiser.cooldown=400"] + settings)
        }
        let short = try recipe([])
        let long = try recipe(["training.tokens=2000"])
        #expect(short.rate(afterTokens: 560) == 1e-2 && long.rate(afterTokens: 1600) == 1e-2)
        #expect(abs(short.rate(afterTokens: 760) - 5e-3) < 1e-8 && short.rate(afterTokens: 960) == 0)
        #expect(long.isSameTraining(as: short))
        let other = try recipe(["training.tokens=2000", "optimiser.schedule=cosine"])
        #expect(!other.isSameTraining(as: try recipe(["optimiser.schedule=cosine"])))
    }
}
