import Control
import Glibc

/// Where a command's model lies.
enum ModelPlace {
    static let help = "A preset's name or folder, a model file, a training's output folder, or a checkpoint."

    /// The path of what `words` name: what is there under this path, or else the preset of this name. Of a preset's
    /// folder, its model.
    static func path(_ words: String) throws -> String {
        let folder = access(words, F_OK) == 0 || words.contains("/") ? words : try preset(words)
        return access(folder + "/preset.toml", F_OK) == 0 ? try load(folder).model : folder
    }

    private static func preset(_ name: String) throws(PresetLoadingError) -> String {
        do throws(ControlError) { return try PresetLibrary.standard().folder(named: name) } catch {
            throw .control(error)
        }
    }

    private static func load(_ folder: String) throws(PresetLoadingError) -> Preset {
        do throws(ControlError) { return try Preset.load(folder) } catch { throw .control(error) }
    }
}
