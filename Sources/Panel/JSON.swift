/// A JSON value (RFC 8259). Members keep their order.
public enum JSON: Equatable, Sendable {
    public struct Member: Equatable, Sendable {
        public let name: String
        public let value: JSON
    }

    case null
    case truth(Bool)
    case number(Double)
    case text(String)
    case array([JSON])
    case object([Member])
}

extension JSON: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
    ExpressibleByBooleanLiteral
{
    public init(dictionaryLiteral members: (String, JSON)...) {
        self = .object(members.map { Member(name: $0.0, value: $0.1) })
    }

    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(stringLiteral text: String) { self = .text(text) }
    public init(booleanLiteral truth: Bool) { self = .truth(truth) }
}

extension JSON {
    /// The member of this name; nil where there is none, or this is no object.
    public subscript(_ name: String) -> JSON? {
        if case .object(let members) = self { members.last { $0.name == name }?.value } else { nil }
    }

    public var text: String? { if case .text(let text) = self { text } else { nil } }
    public var number: Double? { if case .number(let number) = self { number } else { nil } }
    public var elements: [JSON]? { if case .array(let elements) = self { elements } else { nil } }

    /// The value as JSON text without spaces. JSON has no infinity and no NaN: they become null.
    public var encoded: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .null: text += "null"
        case .truth(let truth): text += truth ? "true" : "false"
        case .number(let number): text += Self.digits(number)
        case .text(let string): Self.write(string, to: &text)
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += "," }
                element.write(to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += "," }
                Self.write(member.name, to: &text)
                text += ":"
                member.value.write(to: &text)
            }
            text += "}"
        }
    }

    /// The shortest digits; OSC's floats are of single precision, and 0.98 must not become 0.9800000190734863.
    private static func digits(_ number: Double) -> String {
        if !number.isFinite { return "null" }
        if let whole = Int64(exactly: number), abs(number) < 1e15 { return "\(whole)" }
        return Double(Float(number)) == number ? "\(Float(number))" : "\(number)"
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
