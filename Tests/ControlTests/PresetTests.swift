import Control
import Glibc
import Performer
import Score
import Testing

/// A folder that goes with the test.
final class TemporaryFolder {
    let path: String

    init() {
        var template = Array("/tmp/continuo-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
    }

    deinit { system("rm -r '\(path)'") }

    /// The folder of a preset with this text.
    func preset(_ name: String, _ text: some Collection<UInt8>) -> String {
        let folder = path + "/" + name
        mkdir(folder, 0o755)
        let file = open(folder + "/preset.toml", O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        _ = Array(text).withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        close(file)
        return folder
    }

    func preset(_ name: String, _ text: String) -> String { preset(name, text.utf8) }
}

@Suite struct PresetTests {
    @Test func readsWhatTheFileSets() throws {
        let folder = TemporaryFolder()
        let preset = try Preset.load(
            folder.preset(
                "night",
                """
                # Comments, blanks and both kinds of strings
                [ preset ]  # may stand anywhere
                name = "Nocturne in \\u03A0 \\"#1\\"" # like this
                'description'='C:\\dim'
                model\t=\t"half.safetensors"\r

                [parameters]
                patience = +9_00
                temperature-key = 5e-1
                thru = false
                auto = 1
                "seed" = 16777215
                """))
        #expect(preset.name == "Nocturne in Π \"#1\"" && preset.description == "C:\\dim")
        #expect(preset.model == folder.path + "/night/half.safetensors")
        #expect(
            preset.parameters == [
                .patience: 900, .temperatureKey: 0.5, .thru: 0, .auto: 1, .seed: 16_777_215,
            ])
    }

    @Test func everythingIsOptional() throws {
        let folder = TemporaryFolder()
        let preset = try Preset.load(folder.preset("plain", ""))
        #expect(preset.name == "plain" && preset.description == "" && preset.parameters == [:])
        #expect(preset.model == folder.path + "/plain/model.safetensors")
    }

    /// What is wrong, in which line the error says it is, and a word that must be in its text.
    static let faults: [(text: String, line: Int, mentions: String)] = [
        ("[preset", 1, "']'"),
        ("[.]", 1, "name"),
        ("[[preset]]", 1, "name"),
        ("[preset] name", 1, "comment"),
        ("[preset]\n[preset]", 2, "twice"),
        ("\n\n[parameters]\npatience = ", 4, "no value"),
        ("[parameters]\npatience 600", 2, "'='"),
        ("[parameters]\n= 600", 2, "name"),
        ("[parameters]\npatience = 1\npatience = 2", 3, "twice"),
        ("speed = 1", 1, "[parameters]"),
        ("[Parameters]", 1, "[parameters]"),
        ("[preset]\nnom = \"x\"", 2, "description"),
        ("[preset]\nname = 7", 2, "string"),
        ("[preset]\nname = \"x", 2, "closing"),
        ("[preset]\nname = \"\"\"x", 2, "several lines"),
        ("[preset]\nname = \"\\u001b[2J\"", 2, "control"),
        ("[preset]\nname = \"\u{1b}\"", 2, "control"),
        ("[preset]\nname = \"\\ud800\"", 2, "escape"),
        ("[preset]\nname = \"\\u12", 2, "escape"),
        ("[preset]\nmodel = \"../other/model.safetensors\"", 2, "own folder"),
        ("[preset]\nmodel = \"/etc/passwd\"", 2, "own folder"),
        ("[preset]\nmodel = \"\"", 2, "own folder"),
        ("[parameters]\npatiense = 600", 2, "'patiense'"),
        ("[parameters]\n\"patience\\u0000\" = 600", 2, "'patience?'"),
        ("[parameters]\npatience = \"600\"", 2, "a number"),
        ("[parameters]\npatience = true", 2, "a number"),
        ("[parameters]\npatience = [600]", 2, "decimal number"),
        ("[parameters]\npatience = 0x10", 2, "decimal number"),
        ("[parameters]\npatience = nan", 2, "decimal number"),
        ("[parameters]\npatience = 2020-01-01", 2, "decimal number"),
        ("[parameters]\npatience.x = 1", 2, "dots"),
        ("[parameters]\npatience = 10001", 2, "0…10000 ms"),
        ("[parameters]\npatience = 1e99", 2, "0…10000 ms"),
        ("[parameters]\npatience = -1", 2, "0…10000 ms"),
        ("[parameters]\npolyphony = 3.5", 2, "whole numbers"),
        ("[parameters]\nthru = 2", 2, "0 or 1"),
        ("[parameters]\nthru = \"on\"", 2, "true or false"),
        ("\u{0}", 1, "name"),
        (String(repeating: "[", count: 20_000), 1, "name"),
    ]

    @Test(arguments: faults.indices) func saysWhatIsWrongAndWhere(_ index: Int) throws {
        let fault = Self.faults[index]
        let folder = TemporaryFolder()
        let path = folder.preset("bad", fault.text)
        do throws(ControlError) {
            let preset = try Preset.load(path)
            Issue.record("loaded: \(preset)")
        } catch {
            guard case .preset(let file, let line, let problem) = error else { throw error }
            #expect(file == path + "/preset.toml" && line == fault.line && problem.contains(fault.mentions))
        }
    }

    @Test func filesThatAreNotTextAreErrors() throws {
        let folder = TemporaryFolder()
        #expect(throws: ControlError.self) { try Preset.load(folder.preset("latin", [0x78, 0x3d, 0x22, 0xe9, 0x22])) }
        #expect(throws: ControlError.self) {
            try Preset.load(folder.preset("long", [UInt8](repeating: 0x0a, count: 65_537)))
        }
        #expect(throws: ControlError.self) { try Preset.load(folder.path + "/absent") }
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let bytes = (0..<Int.random(in: 0...200, using: &generator)).map { _ in
                UInt8.random(in: 9...126, using: &generator)
            }
            _ = try? Preset.load(folder.preset("random", bytes))
        }
    }
}

@Suite struct PresetLibraryTests {
    @Test func listsAndFindsByName() throws {
        let (mine, others) = (TemporaryFolder(), TemporaryFolder())
        let night = mine.preset("night", "")
        _ = others.preset("night", "")
        let day = others.preset("day", "")
        mkdir(others.path + "/empty", 0o755)
        let library = PresetLibrary(directories: [mine.path, "/nonexistent", others.path])
        #expect(library.list().map(\.name) == ["day", "night"])
        #expect(library.list().map(\.folder) == [day, night])
        #expect(try library.folder(named: "night") == night)
        #expect(try library.folder(named: "day") == day)
        #expect(throws: ControlError.noPreset("empty", searched: library.directories)) {
            try library.folder(named: "empty")
        }
    }

    @Test(arguments: [
        "", ".", "..", "../night", "a/b", "/etc", "night\n", "night\u{1b}[2J", String(repeating: "x", count: 300),
    ])
    func namesArePlain(_ name: String) {
        #expect(throws: ControlError.badPresetName(name)) {
            try PresetLibrary(directories: ["/tmp"]).folder(named: name)
        }
    }

    @Test func directoriesGoFromTheMostPersonalToTheMostGeneral() {
        func directories(_ variables: [String: String], of program: String?, chosen: String? = nil) -> [String] {
            PresetLibrary.standard(chosen: chosen, variable: { variables[$0] }, program: program).directories
        }

        let ann = ["CONTINUO_PRESETS": "/a:/b", "XDG_DATA_HOME": "", "HOME": "/home/ann"]
        #expect(
            directories(ann, of: "/opt/continuo/bin/continuod", chosen: "/chosen") == [
                "/chosen", "/a", "/b", "/home/ann/.local/share/continuo/presets", "/etc/continuo/presets",
                "/opt/continuo/share/continuo/presets", "/usr/local/share/continuo/presets",
                "/usr/share/continuo/presets",
            ])
        let box = ["XDG_DATA_HOME": "/var/lib", "XDG_DATA_DIRS": "/usr/share:/srv"]
        #expect(
            directories(box, of: "/usr/bin/continuod") == [
                "/var/lib/continuo/presets", "/etc/continuo/presets", "/usr/share/continuo/presets",
                "/srv/continuo/presets",
            ])
        #expect(
            directories([:], of: "/home/ann/continuo/.build/release/continuod").first == "/home/ann/continuo/presets")
    }
}
