/// A document of the part of TOML that `TOMLDocument` reads, as it is written.
///
///     var text = TOMLText()
///     text.begin("parameters")
///     text.append("patience", .number(800))
public struct TOMLText {
    public private(set) var text = ""

    public init() {}

    /// - Parameter words: one line, without control characters.
    public mutating func comment(_ words: String) { text += "# \(words)\n" }

    /// - Parameter table: letters, digits, '-' and '_'.
    public mutating func begin(_ table: String) { text += (text.isEmpty ? "" : "\n") + "[\(table)]\n" }

    /// - Parameter key: letters, digits, '-' and '_'.
    public mutating func append(_ key: String, _ value: TOMLDocument.Value) {
        text += "\(key) = \(Self.written(value))\n"
    }

    /// As it stands behind "key = ".
    public static func written(_ value: TOMLDocument.Value) -> String {
        switch value {
        case .bool(let value): "\(value)"
        case .number(let value): Int64(exactly: value).map { "\($0)" } ?? "\(value)"
        case .string(let value): "\"\(escaped(value))\""
        }
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": escaped += "\\\(scalar)"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
