import Foundation
import Network
import Representation
import TestSupport
import Testing
import Training

/// What a training writes is never music: not for a training, not for an evaluation, wherever it lies.
@Suite(.serialized) struct TrainingOutputTests {
    private let files = FileManager.default
    private let recipe = tinyRecipe + "\nschedule = \"constant\"\n"

    /// Twenty pieces, and a recipe that learns from all below their folder.
    private func writeMusic(_ folder: borrowing TemporaryFolder) throws {
        for i in 0..<20 { try writeScale(from: UInt8(20 + i), notes: 25 + i, to: "\(folder.path)/\(i).mid") }
        _ = try folder.write(recipe, "r.toml")
    }

    private func options(_ output: String, _ music: String, resume: Bool = false) -> Training.Options {
        var options = Training.Options(output: output)
        options.data = [music]
        options.cache = NSTemporaryDirectory() + "continuo-cache-\(getpid())"
        options.resume = resume
        return options
    }

    private func train(_ folder: borrowing TemporaryFolder, _ output: String, updates: Int = 0) throws {
        var options = options("\(folder.path)/\(output)", folder.path)
        options.updateLimit = updates
        _ = try Training.run(recipePath: folder.path + "/r.toml", options)
        try writeReport("\(folder.path)/\(output)/report")
    }

    /// Files of the names that `Report.write` gives them.
    private func writeReport(_ folder: String) throws {
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in ["1-continuo.mid", "1-composer.mid", "2-continuo.mid", "2-composer.mid"] {
            try writeScale(from: 40, notes: 30, to: "\(folder)/\(name)")
        }
        for name in ["loss.svg", "figures.json", "index.html"] {
            try "".write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
        }
    }

    /// What a training with `output` reads.
    private func data(_ music: String, output: String? = nil) throws -> TrainingData {
        let recipe = try Recipe(toml: recipe, path: "r.toml", data: [music])
        let cache = try TokenCache(options("", "").cache, workers: Workers(2))
        return try TrainingData(Performance.self, recipe, cache: cache, output: output)
    }

    private func count(_ data: TrainingData) -> [Int] { [data.training.pieces.count, data.validation.pieces.count] }

    private func fault(_ work: () throws -> Void) -> String {
        do { try work() } catch { return "\(error)" }
        return "no error"
    }

    /// The second and third training below the same music read what the first did, and the first can be prolonged.
    @Test func aTrainingBelowItsMusicDoesNotHearAnother() throws {
        let folder = try TemporaryFolder()
        try writeMusic(folder)
        let first = try data(folder.path)
        #expect(first.skipped.isEmpty)
        try train(folder, "mine")
        try train(folder, "deep/down/mine2")
        let outputs = ["\(folder.path)/deep/down/mine2", "\(folder.path)/mine"]
        let last = try data(folder.path, output: outputs[0])
        #expect(count(last) == count(first) && last.fingerprint == first.fingerprint)
        #expect(last.skipped.map(\.path) == outputs)
        var longer = options(outputs[1], folder.path, resume: true)
        longer.settings = ["training.tokens=1280"]
        _ = try Training.run(recipePath: folder.path + "/r.toml", longer)
        #expect(try Model.load(outputs[1] + "/model.safetensors").notes["tokens_seen"] == "1280")
    }

    @Test func anyOutputIsKnownByWhatLiesInIt() throws {
        let folder = try TemporaryFolder()
        try writeMusic(folder)
        let whole = count(try data(folder.path))
        func expectNothingNew(_ what: String, _ skipped: String) throws {
            let data = try data(folder.path)
            #expect(count(data) == whole && data.skipped.map(\.path) == [folder.path + skipped], "\(what)")
        }
        try train(folder, "mine", updates: 2)
        try expectNothingNew("an interrupted training", "/mine")
        try files.createDirectory(atPath: folder.path + "/else/where", withIntermediateDirectories: true)
        try files.moveItem(atPath: folder.path + "/mine", toPath: folder.path + "/else/where/moved")
        try expectNothingNew("moved", "/else/where/moved")
        let moved = folder.path + "/else/where/moved"
        try files.removeItem(atPath: moved + "/checkpoint")
        try expectNothingNew("its log alone, as PyTorch's trainer leaves it", "/else/where/moved")
        try files.moveItem(atPath: moved + "/report", toPath: folder.path + "/pages")
        try files.removeItem(atPath: moved)
        try expectNothingNew("its report alone", "/pages")
        try files.removeItem(atPath: folder.path + "/pages")
        _ = try TokenExport.write(
            recipePath: folder.path + "/r.toml", options(folder.path + "/tokens", folder.path + "/3.mid"))
        try writeScale(from: 40, notes: 30, to: folder.path + "/tokens/x.mid")
        try expectNothingNew("exported tokens", "/tokens")
    }

    /// Music beside a text file of one of these names stays music.
    @Test func otherFoldersAreMusic() throws {
        let folder = try TemporaryFolder()
        for name in ["checkpoint", "log.csv", "index.html", "figures.json", "tokens.json", "pieces.tokens"] {
            _ = try folder.write("update,tokens\n", name)
        }
        try files.createDirectory(atPath: folder.path + "/report", withIntermediateDirectories: false)
        for name in ["a", "report/b"] { try writeScale(from: 40, notes: 30, to: "\(folder.path)/\(name).mid") }
        let data = try data(folder.path)
        #expect(count(data) == [1, 1] && data.skipped.isEmpty)
    }

    @Test func namedByItselfItIsRefused() throws {
        let folder = try TemporaryFolder()
        try writeMusic(folder)
        try train(folder, "mine", updates: 1)
        // An unfinished report is known by its training.
        for name in ["figures.json", "index.html"] {
            try files.removeItem(atPath: "\(folder.path)/mine/report/\(name)")
        }
        try files.createSymbolicLink(
            atPath: folder.path + "/link", withDestinationPath: folder.path + "/mine")
        let weights = try TrainedWeights(path: folder.path + "/mine").weights
        for name in ["mine", "link", "mine/report", "link/report/", "./mine/../mine/"] {
            let path = "\(folder.path)/\(name)"
            let both = [
                fault { _ = try data(path) }, fault { _ = try Evaluation.run(weights, on: [path]) },
            ]
            for said in both {
                #expect(said.contains("of a training, which is never music; name the folder"), "\(said)")
            }
        }
        let piece = folder.path + "/mine/report/1-continuo.mid"
        #expect(fault { _ = try data(piece) }.contains("it belongs to the report of a training"))
        // A piece beside a checkpoint is nobody's output.
        try writeScale(from: 40, notes: 30, to: folder.path + "/mine/piece.mid")
        #expect(count(try data(folder.path + "/mine/piece.mid")) == [1, 0])
    }

    /// Before anything is written.
    @Test func theOutputFolderIsNoMusicFromTheBeginning() throws {
        let folder = try TemporaryFolder()
        try writeMusic(folder)
        let whole = count(try data(folder.path))
        let said = fault {
            _ = try Training.run(recipePath: folder.path + "/r.toml", options(folder.path, folder.path + "/."))
        }
        #expect(said.contains("it is the output folder itself, which is never music; choose another one with -o"))
        #expect(
            !files.fileExists(atPath: folder.path + "/checkpoint")
                && !files.fileExists(atPath: folder.path + "/log.csv"))
        // Music that lies in it is not read now and missed later.
        try files.createDirectory(atPath: folder.path + "/mine", withIntermediateDirectories: false)
        try writeScale(from: 40, notes: 30, to: folder.path + "/mine/piece.mid")
        try files.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: folder.path + "/mine")
        let found = try data(folder.path, output: folder.path + "/link")
        #expect(found.skipped.contains { $0.path == folder.path + "/mine" })
        #expect(count(found) == whole)
        // Music below the output folder is music.
        #expect(count(try data(folder.path + "/mine", output: folder.path)) == [1, 0])
    }

    @Test func whoeverAsksIsToldOnce() throws {
        let folder = try TemporaryFolder()
        try writeMusic(folder)
        try train(folder, "mine", updates: 1)
        let weights = try TrainedWeights(path: folder.path + "/mine").weights
        let result = try Evaluation.run(weights, on: [folder.path, folder.path])
        #expect(result.pieces == 40)
        #expect(
            result.skipped.map(\.description)
                == ["skipped: \(folder.path)/mine: it is the output of a training, which is never music"])
        #expect(Evaluation.Report(result).table.hasPrefix("40 pieces, 1380 notes, 2760 events in true order\n"))
        let export = try TokenExport.write(
            recipePath: folder.path + "/r.toml", options(folder.path + "/tokens", folder.path))
        #expect(export.summary.count { $0.contains("never music") } == 2)
        try files.createDirectory(atPath: folder.path + "/other", withIntermediateDirectories: false)
        try files.moveItem(atPath: folder.path + "/mine", toPath: folder.path + "/other/mine")
        #expect(
            fault { _ = try data(folder.path + "/other") }.hasSuffix(
                "besides what trainings wrote, such as \(folder.path)/other/mine"))
    }
}
