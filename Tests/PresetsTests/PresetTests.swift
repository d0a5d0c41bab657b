import Glibc
import Hostile
import Performer
import Presets
import Score
import TOML
import TestSupport
import Testing

extension TemporaryFolder {
    /// The folder of a preset with this text.
    fileprivate borrowing func preset(_ name: String, _ text: some Collection<UInt8>) throws -> String {
        try folder(name)
        try write(Array(text), name + "/preset.toml")
        return "\(path)/\(name)"
    }

    fileprivate borrowing func preset(_ name: String, _ text: String) throws -> String { try preset(name, text.utf8) }
}

@Suite struct PresetTests {
    @Test func readsWhatTheFileSets() throws {
        let folder = try TemporaryFolder()
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

    @Test func valuesMayBeNamed() throws {
        let folder = try TemporaryFolder()
        let text = "[parameters]\nlisten = \"all\"\nentry = 'free'\nthru = \"off\"\nchannel = 3"
        let preset = try Preset.load(folder.preset("named", text))
        #expect(preset.parameters == [.listen: 17, .entry: -1, .thru: 0, .channel: 3])
        let options = ["listen=3", "listen=all-but-10", "entry=free", "auto=off"]
        #expect(try Parameter.overrides(options) == [.listen: 0, .entry: -1, .auto: 0])
    }

    @Test func everythingIsOptional() throws {
        let folder = try TemporaryFolder()
        let preset = try Preset.load(folder.preset("plain", ""))
        #expect(preset.name == "plain" && preset.description == "" && preset.parameters == [:])
        #expect(preset.model == folder.path + "/plain/model.safetensors")
    }

    @Test(arguments: HostilePreset.all.indices) func saysWhatIsWrongAndWhere(_ index: Int) throws {
        let fault = HostilePreset.all[index]
        let folder = try TemporaryFolder()
        let path = try folder.preset("bad", fault.bytes)
        do throws(ControlError) {
            let preset = try Preset.load(path)
            Issue.record("loaded: \(preset)")
        } catch {
            guard case .preset(let file, let line, let problem) = error else { throw error }
            #expect(
                file == path + "/preset.toml" && line == fault.line && problem.contains(fault.mentions), "\(problem)")
            #expect(error.description.utf8.count < 500)
        }
    }

    /// Windows' editors write one.
    @Test func aByteOrderMarkIsNoText() throws {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let document = try TOMLDocument(mark + Array(Self.whole.utf8))
        #expect(try document.entries == TOMLDocument(Array(Self.whole.utf8)).entries)
        let folder = try TemporaryFolder()
        #expect(
            try Preset.load(folder.preset("marked", mark + Array("[preset]\nname = \"Night\"".utf8))).name == "Night")
        // Only at the beginning, and once.
        for text in [mark + mark, Array("[preset]\n".utf8) + mark] {
            #expect(throws: TOMLDocument.Fault.self) { try TOMLDocument(text + Array("name = \"x\"".utf8)) }
        }
    }

    @Test func filesThatAreNotTextAreErrors() throws {
        let folder = try TemporaryFolder()
        #expect(throws: ControlError.self) { try Preset.load(folder.preset("latin", [0x78, 0x3d, 0x22, 0xe9, 0x22])) }
        #expect(throws: ControlError.self) {
            try Preset.load(folder.preset("long", [UInt8](repeating: 0x0a, count: 65_537)))
        }
        #expect(throws: ControlError.self) { try Preset.load(folder.path + "/absent") }
        mkfifo(folder.path + "/pipe", 0o644)
        mkdir(folder.path + "/piped", 0o755)
        rename(folder.path + "/pipe", folder.path + "/piped/preset.toml")
        #expect(throws: ControlError.self) { try Preset.load(folder.path + "/piped") }
        mkdir(folder.path + "/folder", 0o755)
        mkdir(folder.path + "/folder/preset.toml", 0o755)
        #expect(throws: ControlError.self) { try Preset.load(folder.path + "/folder") }
    }

    /// Anything but a document or a fault would be a crash. What it reads has its keys once, and finite or infinite numbers.
    @Test func survivesDamage() throws {
        var damage = Damage(seed: 2)
        let seeds = HostilePreset.all.map(\.bytes).filter { $0.count < 200 } + [Array(Self.whole.utf8)]
        var read = 0
        for round in 0..<20_000 {
            let bytes = round % 8 == 0 ? damage.bytes(0...200) : damage.damaged(seeds.randomElement(using: &damage)!)
            guard let document = try? TOMLDocument(bytes) else { continue }
            read += 1
            let names = document.entries.map { [$0.table, $0.key] }
            #expect(Set(names).count == names.count)
            for case .number(let number) in document.entries.map(\.value) { #expect(!number.isNaN) }
        }
        #expect(read > 1000)
    }

    /// A list of keys instead of a set took 40 s for these.
    @Test(.timeLimit(.minutes(1))) func manyKeysTakeNoTimeSquared() throws {
        let text = (0..<100_000).map { "k\($0)=1" }.joined(separator: "\n")
        #expect(try TOMLDocument(Array(text.utf8)).entries.count == 100_000)
    }

    private static let whole = """
        [preset]
        name = "Nocturne in \\u03A0 # 1"  # a name
        'description' = 'C:\\dim'
        [parameters]
        patience = +9_00
        temperature-key = 5e-1
        thru = false
        """
}

@Suite struct PresetLibraryTests {
    @Test func listsAndFindsByName() throws {
        let mine = try TemporaryFolder()
        let others = try TemporaryFolder()
        let night = try mine.preset("night", "")
        _ = try others.preset("night", "")
        let day = try others.preset("day", "")
        try others.folder("empty")
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

    @Test func whatIsShippedLiesBesideThePresets() throws {
        let folder = Repository.path("Tests/PresetsTests")
        let library = PresetLibrary(directories: ["/nowhere/presets", folder + "/presets"])
        #expect(library.shipped("PresetTests.swift") == folder + "/PresetTests.swift")
        #expect(library.shipped("nothing/of.this") == "nothing/of.this")
        #expect(library.shipped("/etc/passwd") == "/etc/passwd")
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
        #expect(
            directories([:], of: "/usr/bin/continuod") == [
                "/etc/continuo/presets", "/usr/local/share/continuo/presets", "/usr/share/continuo/presets",
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
