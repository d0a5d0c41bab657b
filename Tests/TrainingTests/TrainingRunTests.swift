import Foundation
import Network
import Score
import TestSupport
import Testing
import Training

/// `continuo train` as a whole, on a MAESTRO of five scales. Serialized for their output's sake.
@Suite(.serialized) struct TrainingRunTests {
    private func options(_ output: String, _ corpus: String, resume: Bool = false, updates: Int = 0) -> Training.Options
    {
        var options = Training.Options(output: output)
        options.data = [corpus]
        options.cache = output + "-cache"
        options.resume = resume
        options.updateLimit = updates
        return options
    }

    @Test func anInterruptedTrainingEndsInTheSameModel() throws {
        let folder = try TemporaryFolder()
        try writeMaestro(folder.path)
        let recipe = try folder.write(tinyRecipe, "tiny.toml")
        let whole = folder.path + "/runs/of mine/whole"
        let parts = folder.path + "/parts"
        _ = try Training.run(recipePath: recipe, options(whole, folder.path))
        _ = try Training.run(recipePath: recipe, options(parts, folder.path, updates: 7))
        #expect(!FileManager.default.fileExists(atPath: parts + "/model.safetensors"))
        // Said in other words, it is the same recipe.
        let same = try folder.write("# Again.\n" + tinyRecipe, "same.toml")
        _ = try Training.run(recipePath: same, options(parts, folder.path, resume: true))

        let models = try [whole, parts].map { try Model.load($0 + "/model.safetensors") }
        #expect(models[0].weights.values == models[1].weights.values)
        #expect(models[0].notes["validation"] == models[1].notes["validation"])
        #expect(models[0].notes["tokens_seen"] == "960")
        #expect(models[0].notes["recipe"]?.contains("dropout = 0.1") == true)
        #expect(models[0].notes["licence"]?.contains("CC BY-NC-SA 4.0") == true)
        #expect(models[0].notes["validation"]?.contains("nats a note on 1 piece of") == true)

        // The folder gives the model, its checkpoint the weights before they were rounded to half precision.
        #expect(try TrainedWeights(path: whole).weights.values == models[0].weights.values)
        let exact = try TrainedWeights(path: whole + "/checkpoint").weights.values
        #expect(zip(exact, models[0].weights.values).allSatisfy { abs($0 - $1) <= abs($0) * 0x1p-11 + 0x1p-25 })
        #expect(exact != models[0].weights.values)
    }

    /// Killed before the first checkpoint but one, it has not looked for the best model any longer than it has.
    @Test func whatItBeginsWithIsValidatedOnce() throws {
        let folder = try TemporaryFolder()
        try writeMaestro(folder.path)
        let recipe = try folder.write(tinyRecipe + "\n[report]\ncheckpoint-minutes = 100\n", "tiny.toml")
        _ = try Training.run(recipePath: recipe, options(folder.path + "/base", folder.path))
        var options = options(folder.path + "/on", folder.path, resume: true)
        options.settings = ["from.model=\(folder.path)/base", "training.patience=3"]
        options.updateLimit = 1
        _ = try Training.run(recipePath: recipe, options)
        let path = folder.path + "/on/checkpoint"
        var begun = try Checkpoint(path: path)
        #expect(begun.updates == 1 && begun.best.validationsSince == 0)
        // As the program leaves it when it is killed within the first minutes.
        begun.updates = 0
        try begun.write(path)
        _ = try Training.run(recipePath: recipe, options)
        #expect(try Checkpoint(path: path).best.validationsSince == 0)
    }

    /// Also of a prolonged training, but not over what somebody wrote.
    @Test func theCardTellsOfTheModelBesideIt() throws {
        let folder = try TemporaryFolder()
        try writeMaestro(folder.path)
        let constant = tinyRecipe + "\nschedule = \"constant\"\n"
        let recipe = try folder.write(constant, "tiny.toml")
        let longer = try folder.write(
            constant.replacingOccurrences(of: "tokens = 960", with: "tokens = 1280"), "l.toml")
        let output = folder.path + "/output"
        func card() throws -> String { try String(contentsOfFile: output + "/CARD.md", encoding: .utf8) }
        _ = try Training.run(recipePath: recipe, options(output, folder.path))
        #expect(try card().contains("Tokens seen: 960"))
        _ = try Training.run(recipePath: longer, options(output, folder.path, resume: true))
        #expect(try card().contains("Tokens seen: 1280"))
        let preset = try String(contentsOfFile: output + "/preset.toml", encoding: .utf8)
            .replacingOccurrences(of: "name = \"tiny\"", with: "name = \"My piano\"")
        try preset.write(toFile: output + "/preset.toml", atomically: false, encoding: .utf8)
        try "# Mine\n".write(toFile: output + "/CARD.md", atomically: false, encoding: .utf8)
        _ = try Training.run(recipePath: longer, options(output, folder.path, resume: true))
        #expect(try card() == "# Mine\n")
        #expect(try String(contentsOfFile: output + "/preset.toml", encoding: .utf8) == preset)
        #expect(preset.contains("My piano"))
    }

    /// What a recipe says in words may hold anything.
    @Test func controlCharactersSpoilNothing() throws {
        let folder = try TemporaryFolder()
        try writeMaestro(folder.path)
        let recipe = try folder.write(
            tinyRecipe + "\n[data.maestro]\nabout = \"two\\nlines \\u001b \\f\"\n", "tiny.toml")
        let output = folder.path + "/output"
        _ = try Training.run(recipePath: recipe, options(output, "maestro=" + folder.path))
        _ = try Training.run(recipePath: nil, options(output, "maestro=" + folder.path, resume: true))
        let preset = try String(contentsOfFile: output + "/preset.toml", encoding: .utf8)
        #expect(preset.contains("Trained on two lines"))
        #expect(!preset.unicodeScalars.contains { $0 < " " && $0 != "\n" })
    }

    @Test func whatIsThereIsNotReplaced() throws {
        let folder = try TemporaryFolder()
        try writeMaestro(folder.path)
        let recipe = try folder.write(tinyRecipe, "tiny.toml")
        let output = folder.path + "/output"
        _ = try Training.run(recipePath: recipe, options(output, folder.path, updates: 1))
        #expect(throws: TrainingError.olderTraining(checkpoint: output + "/checkpoint")) {
            _ = try Training.run(recipePath: recipe, options(output, folder.path))
        }
        let other = try folder.write(tinyRecipe.replacingOccurrences(of: "steps = 8", with: "steps = 9"), "other.toml")
        #expect(throws: TrainingError.otherRecipe(checkpoint: output + "/checkpoint")) {
            _ = try Training.run(recipePath: other, options(output, folder.path, resume: true))
        }
    }

    @Test func whatIsMissingIsNamed() throws {
        let folder = try TemporaryFolder()
        let recipe = try folder.write(tinyRecipe, "tiny.toml")
        let output = folder.path + "/output"
        func error(_ recipe: String?, _ options: Training.Options) throws -> String {
            do { _ = try Training.run(recipePath: recipe, options) } catch { return "\(error)" }
            return "no error"
        }
        #expect(try error(folder.path + "/lost.toml", options(output, folder.path)).contains("lost.toml"))
        #expect(
            try error(recipe, options(output, folder.path + "/lost")).contains("lost: there is no such file or folder"))
        #expect(try error(nil, options(output, folder.path, resume: true)).contains("output/checkpoint"))
        #expect(try error(recipe, options("/proc/continuo", folder.path)).contains("cannot make the folder"))
    }
}
