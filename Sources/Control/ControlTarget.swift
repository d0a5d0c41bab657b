import Performer

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
    /// In the order in which to show it.
    func status() -> [(name: String, value: StatusValue)]
}
