import Files
import Glibc
import Presets

/// Where a command's model lies.
enum ModelPlace {
    static let help = "A preset's name or folder, a model file, a training's output folder, or a checkpoint."

    /// The path of what `words` name: what is there under this path, or else the preset of this name. Of a preset's
    /// folder, its model.
    /// - Parameter presets: a folder to look for presets in before all others.
    static func path(_ words: String, presets: String? = nil) throws -> String {
        let folder = access(words.cPath, F_OK) == 0 || words.contains("/") ? words : try preset(words, presets)
        return access((folder + "/preset.toml").cPath, F_OK) == 0 ? try load(folder).model : folder
    }

    private static func preset(_ name: String, _ presets: String?) throws(PresetLoadingError) -> String {
        do throws(ControlError) { return try PresetLibrary.standard(chosen: presets).folder(named: name) } catch {
            throw .control(error)
        }
    }

    private static func load(_ folder: String) throws(PresetLoadingError) -> Preset {
        do throws(ControlError) { return try Preset.load(folder) } catch { throw .control(error) }
    }
}
