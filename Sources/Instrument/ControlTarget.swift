import Performer
import Presets

/// The instrument as `ControlDesk` knows it. A call may block for as long as loading a preset takes.
/// - Thread: control
public protocol ControlTarget: AnyObject, Sendable {
    func value(of parameter: Parameter) -> Float
    /// - Parameter value: within the range already.
    func set(_ parameter: Parameter, to value: Float) throws(ControlError)
    func command(_ command: Command) throws(ControlError)
    /// Whether sessions are kept.
    var isRecording: Bool { get }
    func record(_ isOn: Bool) throws(ControlError)
    /// Keeps the running preset if this one fails.
    /// - Returns: the name of the preset that plays now.
    func loadPreset(named name: String) throws(ControlError) -> String
    /// Presets that can be loaded by name.
    func presets() -> [PresetSummary]
    /// In the order in which to show it.
    func status() -> [Figure]
    /// The octaves of a histogram, from the shortest on; nil if no figure of this name has one.
    func histogram(named name: String) -> [Octave]?
    /// What was heard from the event `number` of the session on, if that is not long ago.
    /// - Returns: these events, and the number of the next one.
    func heard(from number: Int64) -> (events: [FeedEvent], next: Int64)
    /// What the machine means to play, in order of time, and a number that changes whenever that does.
    func planned() -> (events: [FeedEvent], version: Int)
}

/// Defaults for targets without recordings, presets, histograms and feeds.
extension ControlTarget {
    public var isRecording: Bool { false }
    public func record(_ isOn: Bool) throws(ControlError) {
        if isOn { throw .refused("nothing is recorded here") }
    }
    public func presets() -> [PresetSummary] { [] }
    public func histogram(named name: String) -> [Octave]? { nil }
    public func heard(from number: Int64) -> (events: [FeedEvent], next: Int64) { ([], 0) }
    public func planned() -> (events: [FeedEvent], version: Int) { ([], 0) }
}
