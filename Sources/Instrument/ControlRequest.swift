// The purpose of this room: the whole instrument without any port or protocol. What people can ask of it, what it answers and
// what it reports unasked are values; a codec (`OSC`) only translates them. Nothing here is real-time.

import Performer

/// What can be asked of the instrument, whatever protocol it comes by.
public enum ControlRequest: Equatable, Sendable {
    case version
    /// All figures.
    case status
    /// All parameters with their values.
    case parameters
    case value(of: Parameter)
    /// A whole parameter takes the nearest whole number.
    case set(Parameter, to: Double)
    case command(Command)
    /// Whether sessions are kept from now on; nil asks.
    case record(Bool?)
    case presets
    /// A name, never a path: it may come from the network.
    case loadPreset(named: String)
    /// How often a figure of the status took how long: "step" for step-p50-us and its like.
    case histogram(named: String)
    case subscribe(Feed, seconds: Double)
    /// Nil: from all feeds.
    case unsubscribe(from: Feed?)
}

/// The answer to a `ControlRequest`.
public enum ControlReply: Equatable, Sendable {
    case version(String)
    case status([Figure])
    case parameters([ParameterValue])
    case value(ParameterValue)
    /// A command was obeyed, or a subscription ended.
    case done
    /// Whether sessions are kept.
    case recording(Bool)
    case presets([PresetSummary])
    /// The name of the preset that plays now.
    case preset(String)
    /// Nil if no figure of that name has one.
    case histogram(named: String, [Octave]?)
    case subscribed(Feed, seconds: Double)
}

/// A figure of the status report.
public struct Figure: Equatable, Sendable {
    public enum Value: Equatable, Sendable {
        case whole(Int)
        case number(Double)
        case text(String)
    }

    public let name: String
    public let value: Value

    public init(_ name: String, _ value: Value) { (self.name, self.value) = (name, value) }
}

/// A parameter and what it is set to.
public struct ParameterValue: Equatable, Sendable {
    public let parameter: Parameter
    public let value: Float

    public init(_ parameter: Parameter, _ value: Float) { (self.parameter, self.value) = (parameter, value) }
}

/// A preset that can be loaded by name.
public struct PresetSummary: Equatable, Sendable {
    public let name: String
    /// One line.
    public let description: String

    public init(_ name: String, _ description: String) { (self.name, self.description) = (name, description) }
}

/// One bar of a histogram: `count` times up to `microseconds`, and more than half of that.
public struct Octave: Equatable, Sendable {
    public let microseconds: Double
    public let count: Int

    public init(upTo microseconds: Double, _ count: Int) { (self.microseconds, self.count) = (microseconds, count) }
}
