import ArgumentParser
import Control
import Glibc

struct Presets: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the presets that can be played by name.",
        discussion: "Example: continuo presets")

    @Option(help: "Folder to look for presets in before all others.")
    var presets: String?

    func run() throws {
        let library = PresetLibrary.standard(chosen: presets)
        let found = library.list()
        for (name, folder) in found { print("\(name)  \(about(folder))\n    \(folder)") }
        guard found.isEmpty else { return }
        tell(
            "continuo: there is no preset in \(library.directories.joined(separator: ", ")); put a preset's folder there\n"
        )
        throw ExitCode(EX_NOINPUT)
    }

    private func about(_ folder: String) -> String {
        do throws(ControlError) {
            let preset = try Preset.load(folder)
            return access(preset.model, R_OK) == 0
                ? preset.description : "cannot be loaded: \(preset.model) is not there"
        } catch { return "cannot be loaded: \(error)" }
    }
}
