import Files
import Network
import Processes
import Representation
import Testing

/// Commands with a preset that writes tunes. Its weights are random, and so is what it writes.
@Suite struct TunesTests {
    private let files: BadFiles

    init() throws {
        files = try BadFiles()
        let layout = ParameterLayout(
            Configuration(
                representation: ABC.name, fields: [Field("character", classes: 97)], embedding: 16, hidden: 16,
                layers: 1,
                headWidth: 0))
        let values = (0..<layout.count).map { Float($0 * 7919 % 1000) / 1000 - 0.5 }
        try makeFolders(files.folder + "/writer")
        try files.write("writer/preset.toml", Array("[preset]\n".utf8))
        try Model.save(Weights(layout: layout, values: values), to: files.folder + "/writer/model.safetensors")
        try files.write("tune.abc", Array("X:1\nT:New\nM:6/8\nK:G\nGBd|\n".utf8))
        try files.write("wrong.abc", Array("X:1\nT:New\nM:6\nK:G\n".utf8))
    }

    private func run(_ words: String...) throws -> (end: ChildProcess.End?, printed: String) {
        let process = try ChildProcess([sibling("continuo")] + words)
        let end = process.hasEnded(within: 60)
        return (end, process.printed)
    }

    @Test func aTuneIsContinuedInABC() throws {
        let (tune, out, writer) = (files.folder + "/tune.abc", files.folder + "/out.abc", files.folder + "/writer")
        var texts: [String] = []
        for seed in ["3", "3", "4"] {
            let result = try run("generate", tune, "-o", out, "--preset", writer, "--seed", seed)
            #expect(result.end == .exited(0), "\(result.printed)")
            texts.append(String(decoding: try readFile(out, limit: 1 << 20), as: UTF8.self))
        }
        #expect(texts[0].hasPrefix("X:1\nT:New\nM:6/8\nL:1/8\nK:G\nGBd|") && texts[0].utf8.count > 60)
        #expect(texts[0] == texts[1] && texts[0] != texts[2])
    }

    /// (words after generate, exit status, what is said)
    @Test(
        arguments: [
            (["tune.abc", "-o", "out.abc", "--preset", "good"], 65, "the preset plays, and writes no ABC"),
            (["good.mid", "-o", "out.abc", "--preset", "writer"], 65, "only tunes in ABC (.abc) are continued in ABC"),
            (["good.mid", "-o", "out.mid", "--preset", "writer"], 65, "continuo generate tune.abc -o out.abc"),
            (["wrong.abc", "-o", "out.abc", "--preset", "writer"], 65, "wrong.abc: line 3, column 1"),
            (["lost.abc", "-o", "out.abc", "--preset", "writer"], 66, "lost.abc"),
            (["tune.abc", "-o", "out.svg", "--preset", "writer"], 64, "not .svg"),
        ] as [([String], Int32, String)])
    func whatCannotBeIsSaid(words: [String], status: Int32, says: String) throws {
        let places = words.map { $0.contains(".") || ["good", "writer"].contains($0) ? files.folder + "/" + $0 : $0 }
        let process = try ChildProcess([sibling("continuo"), "generate"] + places)
        #expect(process.hasEnded(within: 60) == .exited(status), "\(process.printed)")
        #expect(process.printed.contains(says), "\(process.printed)")
        for name in ["out.abc", "out.mid"] {
            #expect(throws: FileError.self) { try readFile(files.folder + "/" + name, limit: 1) }
        }
    }

    @Test func tunesAreMeasured() throws {
        let out = files.folder + "/tunes.abc"
        let result = try run("bench", "tunes", "--preset", files.folder + "/writer", "--tunes", "2", "--output", out)
        #expect(result.end == .exited(0), "\(result.printed)")
        for line in ["ended by the model", "read by abc2midi", "read by Continuo", "distinct", "full bars"] {
            #expect(result.printed.contains(line), "\(result.printed)")
        }
        #expect(try readFile(out, limit: 1 << 20).starts(with: Array("X:1\n".utf8)))
        #expect(try run("bench", "tunes", "--preset", files.folder + "/good").end == .exited(65))
    }
}
