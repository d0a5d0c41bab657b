// Not real-time: why a model file could not be read or written.

/// Why a model file could not be read or written. Each case names the file; `description` says what to do next.
public enum ModelFileError: Error, Equatable, CustomStringConvertible {
    /// The operating system refused, or it is not a regular file.
    case unreadable(file: String, reason: String)
    case unwritable(file: String, reason: String)
    /// The bytes are not a safetensors file; `byte` counts from the start of the file.
    case malformed(file: String, byte: Int, reason: String)
    /// A tensor is missing, unknown, of another shape, or not finite.
    case tensor(file: String, name: String, reason: String)
    /// A metadata entry is missing or out of range.
    case metadata(file: String, key: String, reason: String)

    public var description: String {
        switch self {
        case .unreadable(let file, let reason):
            "\(file): cannot be read: \(reason)"
        case .unwritable(let file, let reason):
            "\(file): cannot be written: \(reason)"
        case .malformed(let file, let byte, let reason):
            "\(file), byte \(byte): not a valid safetensors file: \(shown(reason)); fetch or export it again"
        case .tensor(let file, let name, let reason):
            "\(file): tensor \"\(shown(name))\": \(shown(reason)); \(Self.advice)"
        case .metadata(let file, let key, let reason):
            "\(file): metadata \"\(shown(key))\": \(shown(reason)); \(Self.advice)"
        }
    }

    private static let advice = "export the model again with 'continuo export' or interop/pytorch"

    /// Names from a file may be of any length, and upset a terminal: in one short line.
    private func shown(_ text: String) -> String {
        var scalars = text.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }
        if scalars.count > 200 { scalars.replaceSubrange(100..<scalars.count - 80, with: ["…"]) }
        return String(String.UnicodeScalarView(scalars))
    }
}
