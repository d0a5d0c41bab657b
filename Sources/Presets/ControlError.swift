// The purpose of this room: what people store of the instrument, and exchange: presets in folders and archives. Nothing here is
// real-time.

import Files
import Performer
import Text

/// What can be wrong with a preset or a request. The text goes to the user as it stands.
public enum ControlError: Error, Equatable, CustomStringConvertible {
    case parameter(ParameterError)
    /// The argument of a `--set` that is no `name=value`.
    case noAssignment(String)
    /// Not the name of a preset's folder.
    case badPresetName(String)
    /// The name, and where it was looked for.
    case noPreset(String, searched: [String])
    case unreadable(FileError)
    /// A file of a preset, where in it, and what is wrong there.
    case preset(file: String, line: Int, String)
    /// A file or folder of somebody else's that is no preset, and why not.
    case foreign(String, String)
    /// The instrument cannot do this now; why, and what to do.
    case refused(String)

    public var description: String {
        switch self {
        case .parameter(let error):
            error.description
        case .noAssignment(let option):
            "\(printable("--set \(option)")) takes name=value, such as --set patience=800"
        case .badPresetName(let name):
            "'\(printable(name))' is not the name of a preset: it must be a plain folder name, without '/'"
        case .noPreset(let name, let searched):
            "there is no preset '\(printable(name))' in \(searched.joined(separator: ", ")); `continuo presets` lists them"
        case .unreadable(let error):
            error.description
        case .preset(let file, let line, let problem):
            "\(file):\(line): \(problem)"
        case .foreign(let file, let problem):
            printable("\(file): \(problem)", to: 400)
        case .refused(let reason):
            reason
        }
    }
}

extension ControlError {
    /// What `body` gives; a parameter's error becomes one of the instrument's control.
    package static func wrapping<Value>(
        _ body: () throws(ParameterError) -> Value
    ) throws(ControlError) -> Value {
        do throws(ParameterError) { return try body() } catch { throw .parameter(error) }
    }
}
