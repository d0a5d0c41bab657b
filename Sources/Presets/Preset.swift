import Files
import Performer
import TOML

/// A folder with `preset.toml` (what people write), `model.safetensors` (weights) and `CARD.md` (where they come from):
///
///     [preset]                          # all of it optional
///     name = "Nocturne"
///     description = "Slow and soft"
///     model = "model.safetensors"
///
///     [parameters]                      # any of `continuo parameters`; the rest stay as they are
///     patience = 900
///     thru = true
public struct Preset: Equatable, Sendable {
    /// For people; the folder's name unless the file gives another.
    public let name: String
    /// By which it is asked for.
    public var folderName: String { Self.lastName(folder) }
    public let description: String
    public let folder: String
    /// Path of the weights, which `load` does not open.
    public let model: String
    /// Only those that the file sets; each in its range.
    public let parameters: [Parameter: Float]

    /// Reads `preset.toml` in `folder`.
    public static func load(_ folder: String) throws(ControlError) -> Preset {
        let file = folder + "/preset.toml"
        let bytes: [UInt8]
        do throws(FileError) { bytes = try readFile(file, limit: 64 << 10) } catch { throw .unreadable(error) }
        return try Preset(folder: folder, bytes: bytes)
    }

    /// Of the bytes of a `preset.toml` in `folder`.
    package init(folder: String, bytes: [UInt8]) throws(ControlError) {
        do throws(TOMLDocument.Fault) { self = try Preset(folder: folder, TOMLDocument(bytes)) } catch {
            throw .preset(file: folder + "/preset.toml", line: error.line, error.problem)
        }
    }

    private init(folder: String, _ document: TOMLDocument) throws(TOMLDocument.Fault) {
        for table in document.tables where table.name != "preset" && table.name != "parameters" {
            throw .init(line: table.line, problem: "unknown table; there are [preset] and [parameters]")
        }
        var texts: [String: String] = [:]
        var parameters: [Parameter: Float] = [:]
        for entry in document.entries {
            switch entry.table {
            case "preset": texts[entry.key] = try Self.text(entry)
            case "parameters":
                let (parameter, value) = try entry.parameter()
                parameters[parameter] = value
            default: throw .init(line: entry.line, problem: "keys stand under [preset] or [parameters]")
            }
        }
        name = texts["name"] ?? Self.lastName(folder)
        description = texts["description"] ?? ""
        self.folder = folder
        model = folder + "/" + (texts["model"] ?? "model.safetensors")
        self.parameters = parameters
    }

    private static func lastName(_ folder: String) -> String { String(folder.split(separator: "/").last ?? "") }

    private static func text(_ entry: TOMLDocument.Entry) throws(TOMLDocument.Fault) -> String {
        guard ["name", "description", "model"].contains(entry.key) else {
            throw .init(line: entry.line, problem: "unknown key in [preset]; there are name, description and model")
        }
        guard case .string(let text) = entry.value, isPrintable(text) else {
            throw .init(line: entry.line, problem: "\(entry.key) must be a string, without control characters")
        }
        // A preset from somebody else must not open files elsewhere.
        guard entry.key != "model" || isPlainName(text) else {
            throw .init(line: entry.line, problem: "model must be a file in the preset's own folder")
        }
        return text
    }
}

/// A plain name of a file or folder: not a path, not hidden, nothing that could upset a terminal.
func isPlainName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 255 && !name.hasPrefix(".") && !name.contains("/") && isPrintable(name)
}

private func isPrintable(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy {
        // Of the bytes that are no UTF-8 (`String(path:)`) those that are controls in other encodings.
        $0.properties.generalCategory != .control && !(0xEF80...0xEF9F ~= $0.value)
    }
}
