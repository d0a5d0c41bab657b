import Files
import Glibc
import Processes
import Score
import TestSupport
import Testing

/// File names are bytes: what each command reads and writes lies in a folder whose name is no UTF-8.
@Suite struct PathTests {
    private let files: BadFiles
    /// `für` in Latin-1, with a preset `für`, which is good, and `fèr.mid`.
    private let folder: String
    private var preset: String { folder + "/" + Self.name }
    private var music: String { folder + "/music" }
    private var piece: String { "\(music)/f\(String(path: [0xE8]))r.mid" }

    private static let name = String(path: [0x66, 0xFC, 0x72])

    init() throws {
        files = try BadFiles()
        folder = "\(files.folder)/\(Self.name)"
        try makeFolders(preset)
        try makeFolders(music)
        for file in ["preset.toml", "model.safetensors"] {
            try writeAtomically(try readFile("\(files.folder)/good/\(file)", limit: 1 << 24), to: "\(preset)/\(file)")
        }
        for (path, key) in [(piece, 60), (music + "/b.mid", 67)] as [(String, UInt8)] {
            var messages: [ChannelMessage] = []
            for i in 0..<24 as Range<Int64> {
                for (status, delay) in [(0x90, 0), (0x80, 200)] as [(UInt8, Int64)] {
                    messages.append(
                        ChannelMessage(
                            time: (250 * i + delay) * 1_000_000, status: status, data1: key + UInt8(i % 5), data2: 64))
                }
            }
            try MIDIFile(recording: [(name: "", messages: messages)]).write(to: path)
        }
    }

    /// What a command prints; it must end well.
    @discardableResult private func run(_ words: String...) throws -> [UInt8] {
        let process = try ChildProcess([sibling("continuo")] + words)
        #expect(process.hasEnded(within: 120) == .exited(0), "\(words): \(process.said)")
        return process.printedBytes
    }

    /// Where it was told, and nowhere else.
    private func expectFiles(_ names: Set<String>) {
        #expect(Set(folderEntries(folder) ?? []) == names.union([Self.name, "music"]))
        let beside = Set(folderEntries(files.folder) ?? [])
        #expect(beside.count { $0.utf8.first == UInt8(ascii: "f") } == 1, "\(beside)")
    }

    @Test func musicIsReadAndWrittenWhereOneWasTold() throws {
        let out = "\(folder)/\(String(path: [0xFF])).mid"
        let said = try run("generate", piece, "-o", out, "--preset", preset, "--seconds", "1")
        #expect(said.contains(0xFF) && said.contains(0xE8), "names are told as they are")
        #expect(try MIDIFile(path: out).tracks.last?.name == "Continuo")
        try run("generate", piece, "-o", out, "--preset", Self.name, "--presets", folder, "--seconds", "1")
        try run("render", piece, "-o", folder + "/\(Self.name).svg")
        let picture = try readFile(folder + "/\(Self.name).svg", limit: 1 << 20)
        #expect(String(validating: picture, as: UTF8.self)?.contains(">f\u{FFFD}r.mid</text>") == true)
        #expect(try run("events", piece).contains(0xE8))
        try run("events", piece, "--write", folder + "/again.mid")
        try run("listen", piece, "--preset", preset, "--seconds", "2")
        expectFiles([String(path: [0xFF]) + ".mid", Self.name + ".svg", "again.mid"])
        let missing = try ChildProcess([sibling("continuo"), "events", piece + "x"])
        #expect(missing.hasEnded(within: 20) == .exited(EX_NOINPUT))
        #expect(missing.printedBytes.contains(0xE8))
    }

    /// A string that goes to the system as it is would lose the bytes that are no UTF-8.
    @Test func everyPathGoesToTheSystemAsBytes() throws {
        let sources = Repository.path("Sources")
        let calls =
            /(?:^|[^.\w])(?:Glibc\.)?(?:(?:access|mkdir|rmdir|unlink|lstat|opendir|rename|fopen|realpath|symlink|chdir|readlink)\(|open\((?=.*O_)|stat\((?=.*&))(?<path>.*)/
        var count = 0
        for file in try #require(filesBelow(sources) { $0.hasSuffix(".swift") }) {
            let text = String(decoding: try readFile("\(sources)/\(file)", limit: 1 << 20), as: UTF8.self)
            for line in text.split(separator: "\n") where !line.contains("func ") && !line.contains("//") {
                guard let call = line.firstMatch(of: calls) else { continue }
                count += 1
                let isLiteral = call.path.hasPrefix("\"") && !call.path.contains("\\(")
                #expect(isLiteral || call.path.contains("cPath"), "\(file): \(line)")
            }
        }
        #expect(count > 30)
    }

    @Test func modelsAndPresetsAreFound() throws {
        try run("evaluate", preset, piece)
        try run("evaluate", preset + "/model.safetensors", music)
        try run("inspect", preset)
        try run("presets", "validate", preset)
        try run("presets", "show", preset)
        #expect(try run("presets", "list", "--presets", folder).contains(0xFC))
        try run("presets", "install", preset, "--into", folder + "/own")
        #expect(access("\(folder)/own/\(Self.name)/model.safetensors".cPath, F_OK) == 0)
        try run("presets", "install", preset, "--into", folder + "/own", "--replace")
        let archive = "\(folder)/\(Self.name).tar"
        let tar = try ChildProcess(["tar", "-cf", archive, "-C", files.folder, "good"])
        #expect(tar.hasEnded(within: 20) == .exited(0), "\(tar.said)")
        try run("presets", "validate", archive)
        expectFiles(["own", Self.name + ".tar"])
        let list = try ChildProcess([
            "env", "CONTINUO_PRESETS=\(folder)", sibling("continuo"), "presets", "show", Self.name,
        ])
        #expect(list.hasEnded(within: 20) == .exited(0), "\(list.said)")
    }

    @Test func theDaemonPlaysThem() throws {
        for options in [["--preset", preset], ["--preset", Self.name, "--presets", folder]] {
            let daemon = try ChildProcess(
                [sibling("continuod"), "--no-osc", "--no-state", "--verbose", "--server", "continuo-nobody"] + options)
            for _ in 0..<100 where !daemon.printed.contains("waiting: no JACK server") { usleep(50_000) }
            #expect(daemon.printed.contains("waiting: no JACK server"), "\(daemon.said)")
            daemon.signal(SIGTERM)
            #expect(daemon.hasEnded(within: 5) == .exited(0))
        }
    }

    @Test func aTrainingLiesWhereOneWasTold() throws {
        let recipe = folder + "/\(Self.name).toml"
        let text = """
            name = "tiny"
            representation = "performance"
            [network]
            embedding = 16
            hidden = 16
            layers = 1
            [training]
            tokens = 64
            streams = 1
            steps = 8
            parts = 1
            """
        try writeAtomically(Array(text.utf8), to: recipe)
        let printed = [
            try run("tokens", recipe, "-o", folder + "/tokens", "--data", music, "--cache", folder + "/cache"),
            try run("train", recipe, "-o", folder + "/run", "--data", "own=" + music, "--cache", folder + "/cache"),
        ]
        for bytes in printed { #expect(String(decoding: bytes, as: UTF8.self).contains("\npeak memory: ")) }
        for file in ["checkpoint", "log.csv", "model.safetensors", "report/index.html"] {
            #expect(access("\(folder)/run/\(file)".cPath, F_OK) == 0, "\(file)")
        }
        try run("export", folder + "/run", "-o", folder + "/\(Self.name).safetensors")
        try run(
            "train", recipe, "-o", folder + "/next", "--data", music, "--cache", folder + "/cache", "--from",
            folder + "/run", "--set", "from.shape=same")
        expectFiles([
            Self.name + ".toml", "tokens", "cache", "run", "next", Self.name + ".safetensors",
        ])
    }
}
