import ArgumentParser
import Control

struct Presets: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the presets that can be played by name.",
        discussion: "Example: continuo presets")

    @Option(help: "Folder to look for presets in before all others.")
    var presets: String?

    func run() {
        for (name, folder) in PresetLibrary.standard(chosen: presets).list() {
            let about: String
            do throws(ControlError) { about = try Preset.load(folder).description } catch {
                about = "cannot be loaded: \(error)"
            }
            print("\(name)  \(about)\n    \(folder)")
        }
    }
}
