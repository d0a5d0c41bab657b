// Not real-time: how a parameter is declared.

import Text

/// What a parameter is, and how its values are read, checked and written: the same for OSC, `--set`, presets, the kept state,
/// `continuo parameters` and the documentation.
public struct ParameterDeclaration: Sendable {
    public enum Kind: Sendable {
        case number
        /// Whole numbers only.
        case whole
        /// 0 and 1, named off and on.
        case toggle
        /// 0, 1, 2 …, each with a name.
        case choice
    }

    public let name: String
    public let kind: Kind
    public let unit: String
    public let minimum: Float
    public let maximum: Float
    public let defaultValue: Float
    /// Values that have a name of their own, such as `all` of `listen`; those of a choice all have.
    public let names: [(name: String, value: Float)]
    public let sentence: String
    /// Names that are read as well, but never written: those of earlier versions.
    var aliases: [(name: String, value: Float)] = []

    static func number(
        _ name: String, _ unit: String, _ range: ClosedRange<Float>, _ value: Float,
        names: [(name: String, value: Float)] = [], _ sentence: String
    ) -> Self {
        Self(
            name: name, kind: .number, unit: unit, minimum: range.lowerBound, maximum: range.upperBound,
            defaultValue: value, names: names, sentence: sentence)
    }

    static func whole(
        _ name: String, _ unit: String, _ range: ClosedRange<Float>, _ value: Float,
        names: [(name: String, value: Float)] = [], _ sentence: String
    ) -> Self {
        Self(
            name: name, kind: .whole, unit: unit, minimum: range.lowerBound, maximum: range.upperBound,
            defaultValue: value, names: names, sentence: sentence)
    }

    static func toggle(_ name: String, _ value: Bool, _ sentence: String) -> Self {
        Self(
            name: name, kind: .toggle, unit: "0/1", minimum: 0, maximum: 1, defaultValue: value ? 1 : 0,
            names: [("off", 0), ("on", 1)], sentence: sentence)
    }

    /// - Parameters:
    ///   - choices: names, in the order of their values.
    ///   - aliases: see there.
    package static func choice(
        _ name: String, _ choices: [String], _ value: Float, aliases: [(name: String, value: Float)] = [],
        _ sentence: String
    ) -> Self {
        Self(
            name: name, kind: .choice, unit: "", minimum: 0, maximum: Float(choices.count - 1), defaultValue: value,
            names: choices.enumerated().map { ($1, Float($0)) }, sentence: sentence, aliases: aliases)
    }
}

// MARK: Reading

extension ParameterDeclaration {
    /// Whether the parameter may take this value.
    public func accepts(_ value: Float) -> Bool {
        value >= minimum && value <= maximum && (kind == .number || value == value.rounded())
    }

    /// The value that this number is.
    public func value(_ number: Double) throws(ParameterError) -> Float {
        let value = Float(number)
        // A float may be whole, or within the range, where the number is not.
        guard accepts(value), kind == .number || number == number.rounded() else {
            throw .refused(name, shortest(number), takes: range)
        }
        return value
    }

    /// The value of this name.
    public func value(named text: String) throws(ParameterError) -> Float {
        if let it = (names + aliases).first(where: { $0.name == text }) { return it.value }
        throw .refused(name, "the text '\(printable(text))'", takes: range)
    }

    /// Whether it is, or used to be, on or off: true and false are read as well.
    public var takesTruth: Bool { kind == .toggle || aliases.contains { $0.name == "on" } }

    /// The value that somebody has typed: a number or a name, true or false where these are read.
    public func value(typed text: String) throws(ParameterError) -> Float {
        if let number = Double(text) { return try value(number) }
        if let on = ["true": true, "false": false][text], takesTruth { return on ? 1 : 0 }
        return try value(named: text)
    }

    /// This number, or the nearest whole one: faders and many senders have floats only.
    public func step(nearest number: Double) -> Double { kind == .number ? number : number.rounded() }
}

// MARK: Writing

extension ParameterDeclaration {
    public func name(of value: Float) -> String? { names.first { $0.value == value }?.name }

    /// As in "600 ms", "on (1)", "all (17)".
    public func shown(_ value: Float) -> String {
        if let name = name(of: value) { return "\(name) (\(shortest(value)))" }
        return unit.isEmpty ? shortest(value) : "\(shortest(value)) \(unit)"
    }

    /// The values it takes, as in "0…10000 ms", "1…64 notes (whole numbers)", "0…16; as-player (0) (whole numbers)", "0 or 1",
    /// "soft (0), loud (1)".
    public var range: String {
        let span = "\(shortest(minimum))…\(shortest(maximum))"
        let named = names.map { "\($0.name) (\(shortest($0.value)))" }.joined(separator: ", ")
        let numbers = (unit.isEmpty ? span : "\(span) \(unit)") + (named.isEmpty ? "" : "; \(named)")
        return switch kind {
        case .toggle: "0 or 1"
        case .whole: "\(numbers) (whole numbers)"
        case .number: numbers
        case .choice: named
        }
    }
}
