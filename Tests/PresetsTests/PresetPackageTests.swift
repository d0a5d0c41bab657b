import Files
import Glibc
import Hostile
import Kernels
import Presets
import Score
import TestSupport
import Testing

/// What `continuo presets install` takes and refuses.
@Suite final class PresetPackageTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let toml = Array("[preset]\nname = \"Nocturne\"\n[parameters]\npatience = 900\n".utf8)
    private static let files = [
        (name: "preset.toml", bytes: toml), (name: "model.safetensors", bytes: Array("weights".utf8)),
        (name: "CARD.md", bytes: Array("# Night\n".utf8)),
    ]
    private static let hostile = HostileArchive.files(files)

    private func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        try folder.write(bytes, name)
    }

    private func entries(_ folder: String) -> [String] { folderEntries(folder)?.sorted() ?? [] }

    @Test func takesAFolderAndAnArchive() throws {
        let extra =
            ["log.csv", "report/index.html", "._preset.toml", ".DS_Store", ".x/preset.toml"].map {
                TarEntry("night/" + $0, [1])
            } + [TarEntry("__MACOSX/night/._preset.toml", [1]), TarEntry("__MACOSX/preset.toml", [1])]
        let whole = tar(Self.files.map { TarEntry("night/" + $0.name, $0.bytes) } + extra)
        let flat = try write("dusk.tar", tar(Self.files.map { TarEntry("./" + $0.name, $0.bytes) }))
        let archive = try write("any.tar", whole)
        #expect(system("gzip -k '\(archive)' && xz -k '\(archive)'") == 0)
        for (source, name) in [
            (archive, "night"), (archive + ".gz", "night"), (archive + ".xz", "night"), (flat, "dusk"),
        ] {
            let package = try PresetPackage(source, named: nil)
            #expect(package.name == name && package.preset.name == "Nocturne", "\(source)")
            #expect(package.files.map(\.name) == ["preset.toml", "model.safetensors", "CARD.md"])
            #expect(package.files.map(\.bytes) == Self.files.map(\.bytes))
        }
        let installed = try PresetPackage(archive, named: "moon").install(in: folder.path + "/a/b", replacing: false)
        #expect(installed == folder.path + "/a/b/moon" && entries(folder.path + "/a/b") == ["moon"])
        #expect(entries(installed) == ["CARD.md", "model.safetensors", "preset.toml"])
        #expect(try PresetPackage(installed, named: nil).files.map(\.bytes) == Self.files.map(\.bytes))
        #expect(throws: ControlError.badPresetName("../moon")) { try PresetPackage(archive, named: "../moon") }
    }

    @Test(arguments: hostile.indices) func refusesWhatMeansHarm(_ index: Int) throws {
        let archive = Self.hostile[index]
        let source = try write("archive", archive.bytes)
        do throws(ControlError) {
            _ = try PresetPackage(source, named: "night")
            Issue.record("\(archive.what): taken")
        } catch {
            #expect(error.description.contains(archive.mentions), "\(archive.what): \(error)")
            #expect(error.description.utf8.count < 600 && !error.description.contains("\u{1B}"))
        }
        #expect(entries(folder.path) == ["archive"], "reading writes nothing")
    }

    /// 300 MB in 300 KB: refused before they are all in memory.
    @Test func refusesABomb() throws {
        let path = try write("head", TarEntry("night/model.safetensors").header(size: 300 << 20))
        #expect(system("(cat '\(path)'; head -c 314573824 /dev/zero) | gzip -1 >'\(folder.path)/bomb.tar.gz'") == 0)
        do throws(ControlError) {
            _ = try PresetPackage(folder.path + "/bomb.tar.gz", named: nil)
            Issue.record("taken")
        } catch { #expect(error.description.contains("256 MB")) }
    }

    @Test func survivesDamage() throws {
        var damage = Damage(seed: 6)
        let whole = tar(Self.files.map { TarEntry("night/" + $0.name, $0.bytes) })
        let source = try write("whole.tar", whole)
        #expect(system("gzip -k '\(source)'") == 0)
        let seeds =
            [whole, try readFile(source + ".gz", limit: 1 << 20)] + Self.hostile.map(\.bytes).filter { $0.count < 9000 }
        for _ in 0..<3000 {
            let path = try write("damaged", damage.damaged(seeds.randomElement(using: &damage)!))
            guard let package = try? PresetPackage(path, named: "x") else { continue }
            #expect(package.files.count >= 2)
        }
        #expect(entries(folder.path) == ["damaged", "whole.tar", "whole.tar.gz"])
    }

    @Test func replacesOnlyWhenToldAndInOneInstant() throws {
        let package = try PresetPackage(
            try write("night.tar", tar(Self.files.map { TarEntry("night/" + $0.name, $0.bytes) })), named: nil)
        let presets = folder.path + "/presets"
        let installed = try package.install(in: presets, replacing: true)
        try writeAtomically([1, 2], to: installed + "/model.safetensors")
        #expect(throws: ControlError.self) { try package.install(in: presets, replacing: false) }
        #expect(try readFile(installed + "/model.safetensors", limit: 100) == [1, 2])
        // Somebody reads it all the while, through the very folder that is replaced.
        let old = open(installed, O_RDONLY | O_DIRECTORY)
        defer { close(old) }
        // What a killed installation left goes too; 2²² is no process.
        mkdir(presets + "/.night.4194304.new", 0o755)
        _ = try package.install(in: presets, replacing: true)
        #expect(try readFile(installed + "/model.safetensors", limit: 100) == Self.files[1].bytes)
        #expect(entries(presets) == ["night"])
    }

    /// Such as somebody's training, which the daemon plays as it grows.
    @Test func whatIsMoreThanAPresetIsNeverRemoved() throws {
        let package = try PresetPackage(
            try write("night.tar", tar(Self.files.map { TarEntry("night/" + $0.name, $0.bytes) })), named: nil)
        let (presets, run) = (folder.path + "/presets", folder.path + "/run")
        for path in [presets, run] { mkdir(path, 0o755) }
        let checkpoint = try write("run/checkpoint", [1])
        // A link takes the preset's place, or was one when an installation was killed.
        for link in ["night", ".x.4194304.new"] { #expect(symlink(run, "\(presets)/\(link)") == 0) }
        let installed = try package.install(in: presets, replacing: true)
        #expect(entries(presets) == ["night"] && entries(installed).count == 3)
        #expect(entries(run) == ["checkpoint"])
        // A folder of its own.
        try writeAtomically([1], to: installed + "/checkpoint")
        do throws(ControlError) {
            _ = try package.install(in: presets, replacing: true)
            Issue.record("replaced")
        } catch { #expect(error.description.contains("checkpoint for example")) }
        #expect(try readFile(installed + "/checkpoint", limit: 9) == [1] && readFile(checkpoint, limit: 9) == [1])
    }

    @Test func whatCannotBeWrittenIsToldAndLeavesNothing() throws {
        let source = try write("night.tar", tar(Self.files.map { TarEntry("night/" + $0.name, $0.bytes) }))
        _ = try write("file", [])
        let package = try PresetPackage(source, named: nil)
        do throws(ControlError) { _ = try package.install(in: folder.path + "/file/presets", replacing: true) } catch {
            #expect(error.description.contains("/file/presets: Not a directory"), "\(error)")
        }
    }

    /// The model is loaded before anything is written; the preset of this source is good.
    @Test func checksTheModelToo() throws {
        let kernels = try KernelTable.best()
        try PresetPackage(Repository.path("presets/maestro-small"), named: nil).check(kernels)
        let bad = try PresetPackage(
            try write("night.tar", tar(Self.files.map { TarEntry("night/" + $0.name, $0.bytes) })), named: nil)
        #expect(throws: PresetLoadingError.self) { try bad.check(kernels) }
    }
}
