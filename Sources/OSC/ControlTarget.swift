import Performer
import Presets

/// A figure of the status report.
public enum StatusValue: Equatable, Sendable {
    case whole(Int)
    case number(Double)
    case text(String)
}

/// What control knows of the instrument. Called from the thread of the OSC server, among others; may block for as long as
/// loading a preset takes.
public protocol ControlTarget: AnyObject, Sendable {
    func value(of parameter: Parameter) -> Float
    /// - Parameter value: within the range already.
    func set(_ parameter: Parameter, to value: Float) throws(ControlError)
    func command(_ command: Command) throws(ControlError)
    /// Keeps the running preset if this one fails.
    /// - Returns: the name of the preset that plays now.
    func loadPreset(named name: String) throws(ControlError) -> String
    /// Those that can be loaded by name.
    func presets() -> [(name: String, description: String)]
    /// In the order in which to show it.
    func status() -> [(name: String, value: StatusValue)]
    /// How often a figure of `status` took how long: the count of each octave up to so many microseconds, from the shortest on.
    /// - Parameter name: "step" for step-p50-us and its like; nil if there is none of that name.
    func histogram(named name: String) -> [(upTo: Double, count: Int)]?
    /// What was heard from the event `number` of the session on, if that is not long ago.
    /// - Returns: these events, and the number of the next one.
    func heard(from number: Int64) -> (events: [FeedEvent], next: Int64)
    /// What the machine means to play, in order of time, and a number that changes whenever that does.
    func planned() -> (events: [FeedEvent], version: Int)
}

/// For instruments that have nothing of that.
extension ControlTarget {
    public func presets() -> [(name: String, description: String)] { [] }
    public func histogram(named name: String) -> [(upTo: Double, count: Int)]? { nil }
    public func heard(from number: Int64) -> (events: [FeedEvent], next: Int64) { ([], 0) }
    public func planned() -> (events: [FeedEvent], version: Int) { ([], 0) }
}
