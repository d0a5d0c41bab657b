import Foundation
import Representation
import Score
import TestSupport
import Testing
import Training

/// Which pieces a training learns from, and which it is validated on.
@Suite struct TrainingDataTests {
    private func data(_ folder: String, _ toml: String, pieces: Int = 100) throws -> TrainingData {
        let recipe = try Recipe(
            toml: toml, path: folder + "/r.toml",
            settings: ["name=x", "training.tokens=1", "corpus.validation-pieces=\(pieces)"])
        return try TrainingData(Performance.self, recipe, cache: TokenCache(folder + "/cache", workers: Workers(2)))
    }

    private func names(_ corpus: Corpus) -> [String] {
        corpus.pieces.map { $0.name.split(separator: "/").suffix(2).joined(separator: "/") }
    }

    private func writeScales(_ folder: String, _ count: Int) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for i in 0..<count { try writeScale(from: UInt8(20 + i), notes: 5 + i, to: "\(folder)/\(i).mid") }
    }

    /// A file's split depends on its content alone: not on its name, and not on the other files.
    @Test func splitsFollowTheContent() throws {
        let folder = try TemporaryFolder()
        try writeScales(folder.path + "/a", 40)
        let whole = try data(folder.path, "[data.a]\npath = \"a\"")
        #expect(whole.training.pieces.count + whole.validation.pieces.count == 40)
        #expect((1...10).contains(whole.validation.pieces.count))
        try FileManager.default.createDirectory(atPath: folder.path + "/b", withIntermediateDirectories: true)
        let held = whole.validation.pieces.map(\.name)
        for (i, name) in (held + whole.training.pieces.prefix(9).map(\.name)).enumerated() {
            try FileManager.default.copyItem(atPath: name, toPath: "\(folder.path)/b/\(i).mid")
        }
        let part = try data(folder.path, "[data.a]\npath = \"b\"")
        #expect(names(part.validation).sorted() == held.indices.map { "b/\($0).mid" }.sorted())
        #expect(part.fingerprint != whole.fingerprint)
    }

    /// Whatever a MIDI file's name ends with, and in linked folders, each once.
    @Test func everyMIDIFileOfAFolderIsFound() throws {
        let folder = try TemporaryFolder()
        for (i, name) in ["a.mid", "b.MIDI", "c.kar", "d.rmi", "e.smf", "f.txt", "mid"].enumerated() {
            try writeScale(from: UInt8(20 + i), notes: 9, to: "\(folder.path)/\(name)")
        }
        try FileManager.default.createDirectory(atPath: folder.path + "/set", withIntermediateDirectories: false)
        for link in ["set/once", "set/twice"] {
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder.path)/\(link)", withDestinationPath: folder.path)
        }
        var skipped: [SkippedFile] = []
        let all = try Corpus.files([folder.path + "/set"], split: .validation, skipped: &skipped)
        #expect(all == ["a.mid", "b.MIDI", "c.kar", "d.rmi", "e.smf"].map { "\(folder.path)/set/once/\($0)" })
    }

    @Test(arguments: [1, 2, 3]) func fewFilesAreSharedOutToo(count: Int) throws {
        let folder = try TemporaryFolder()
        try writeScales(folder.path + "/a", count)
        let data = try data(folder.path, "[data.a]\npath = \"a\"")
        #expect(data.training.pieces.count >= 1)
        #expect(data.validation.pieces.count == (count == 1 ? 0 : 1))
        #expect(data.training.pieces.count + data.validation.pieces.count == count)
    }

    /// Old music that is mixed in against forgetting has no say in whether the new is learnt.
    @Test func aSetOfASmallWeightDoesNotJudge() throws {
        let folder = try TemporaryFolder()
        try writeScales(folder.path + "/own", 12)
        try writeScales(folder.path + "/old", 30)
        let toml = "[data.own]\npath = \"own\"\n[data.old]\npath = \"old\"\nweight = "
        func old(_ corpus: Corpus) -> Int { names(corpus).count { $0.hasPrefix("old/") } }
        #expect(try old(data(folder.path, toml + "1", pieces: 20).validation) > 0)
        let reminded = try data(folder.path, toml + "0.02", pieces: 20)
        #expect(old(reminded.validation) == 0 && !reminded.validation.pieces.isEmpty && old(reminded.training) > 0)
    }

    @Test func aLinkToAFolderIsThatFolder() throws {
        let folder = try TemporaryFolder()
        try writeScales(folder.path + "/disk/a", 2)
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/mine", withDestinationPath: folder.path + "/disk")
        // What is linked within is not followed: it may lead back.
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/disk/a/again", withDestinationPath: folder.path + "/disk")
        let data = try data(folder.path, "[data.a]\npath = \"mine\"")
        #expect(data.training.pieces.count + data.validation.pieces.count == 2)
    }

    @Test func listsOfMaestroAndExclusionsHold() throws {
        let folder = try TemporaryFolder()
        for name in ["maestro", "other"] {
            try FileManager.default.createDirectory(atPath: "\(folder.path)/\(name)", withIntermediateDirectories: true)
        }
        try writeMaestro(folder.path + "/maestro")
        try writeScales(folder.path + "/other/x", 3)
        try writeScales(folder.path + "/other/xy", 2)
        _ = try folder.write(
            "# unseen compositions\nx\n\nxy/1.mid # this one too\nlost\nA Prelude  in C# minor.mid\n", "list.txt")
        let toml = """
            [data.maestro]
            path = "maestro"
            [data.other]
            path = "other"
            exclude = "list.txt"
            split = "train"
            weight = 0.5
            """
        let data = try data(folder.path, toml)
        #expect(names(data.training) == ["maestro/a, b.midi", "maestro/c.midi", "maestro/d.midi", "xy/0.mid"])
        #expect(data.training.pieces.map(\.weight) == [1, 1, 1, 0.5])
        #expect(names(data.validation) == ["maestro/e.midi", "maestro/f.midi"])
        #expect(data.summary.contains("other: 2 of the names in \(folder.path)/list.txt are not there, such as lost"))
        #expect(data.skipped.map { $0.path } == [folder.path + "/maestro/lost.midi"])
        #expect(try names(self.data(folder.path, toml, pieces: 1).validation) == ["maestro/e.midi"])
    }

    @Test func aNameMayHaveASharpAndBlanks() throws {
        let folder = try TemporaryFolder()
        try writeScales(folder.path + "/a", 2)
        try writeScale(from: 61, notes: 9, to: folder.path + "/a/A Prelude  in C# minor.mid")
        _ = try folder.write("  A Prelude  in C# minor.mid  #sharp\n", "list.txt")
        let data = try data(folder.path, "[data.a]\npath = \"a\"\nexclude = \"list.txt\"")
        #expect((names(data.training) + names(data.validation)).sorted() == ["a/0.mid", "a/1.mid"])
        #expect(!data.summary.contains { $0.contains("list.txt") })
    }

    @Test func whatCannotBeLearntFromIsToldAndLeftOut() throws {
        let folder = try TemporaryFolder()
        try writeScales(folder.path + "/a", 2)
        try writeScale(from: 60, notes: 1, to: folder.path + "/a/one.mid")
        try writeScale(from: 60, notes: 0, to: folder.path + "/a/none.mid")
        _ = try folder.write("no music", "a/words.mid")
        let skipped = try data(folder.path, "[data.a]\npath = \"a\"").skipped.map(\.reason)
        #expect(skipped.count == 3)
        for words in ["none.mid: there is no note", "words.mid: byte 0", "one.mid: it has one note"] {
            #expect(skipped.contains { $0.contains(words) }, "\(skipped)")
        }
        func fault(_ toml: String) -> String {
            do { _ = try data(folder.path, toml) } catch { return "\(error)" }
            return "no error"
        }
        #expect(fault("[data.a]\npath = \"a/words.mid\"").contains("words.mid: byte 0"))
        #expect(fault("[data.a]\npath = \"a/one.mid\"").contains("one note"))
        #expect(
            fault("[data.a]\npath = \"lost\"").contains("lost: there is no such file or folder, where the data set a "))
        // A set that nobody gave a folder, told before any music is read.
        let nowhere = fault("[data.b]\npath = \"a\"\n[data.nowhere-\(UUID().uuidString)]")
        #expect(nowhere.hasPrefix("there is no music for the recipe's data set nowhere-"), "\(nowhere)")
        #expect(nowhere.contains("--data nowhere-") && nowhere.contains("--data FOLDER"), "\(nowhere)")
        #expect(fault("").contains("--data FOLDER"))
        try FileManager.default.createDirectory(atPath: folder.path + "/m", withIntermediateDirectories: true)
        _ = try folder.write("midi_filename,split\nx.midi,test\n", "m/maestro-v3.0.0.csv")
        try writeScale(from: 60, notes: 9, to: folder.path + "/m/x.midi")
        #expect(fault("[data.m]\npath = \"m\"").contains("pieces of the split test only"))
        try FileManager.default.createDirectory(atPath: folder.path + "/empty", withIntermediateDirectories: true)
        #expect(fault("[data.a]\npath = \"empty\"").contains("no MIDI file"))
    }

    /// A weight is how often an epoch hears a piece.
    @Test func weightsCountHearings() throws {
        var corpus = Corpus()
        for (i, weight) in [1, 2, 0.25, 3.5].enumerated() {
            corpus.append(
                name: "\(i)", [Token(0, Int16(60 + i), 3, -1), Token(9, Int16(188 + i), -1, -1)], weight: weight)
        }
        let streams = Streams<Performance>(corpus, count: 1, order: .init(seed: 4))
        let window = Window(streams: 1, steps: 2, classes: Performance.fields.map(\.classes))
        var heard = [0, 0, 0, 0]
        let epochs = 400
        for _ in 0..<Int(6.75 * Double(epochs)) {
            streams.plan(steps: 2)
            #expect(streams.fill(window, first: 0) == 1)
            heard[Int(window.fields[1].target.base[0]) - 60] += 1
        }
        for (count, weight) in zip(heard, [1, 2, 0.25, 3.5]) {
            #expect(abs(Double(count) / Double(epochs) - weight) < 0.15, "\(heard)")
        }
    }
}
