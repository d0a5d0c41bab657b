// Not real-time: what all ports do for the daemon.

import Performer

/// Where MIDI comes from and goes to.
public enum MIDISystem: String, CaseIterable, Encodable, Sendable {
    case jack, alsa

    /// As a heading.
    public var heading: String {
        switch self {
        case .jack: "JACK"
        case .alsa: "ALSA's sequencer"
        }
    }

    /// As the subject of a sentence.
    public var title: String {
        switch self {
        case .jack: "the JACK server"
        case .alsa: "ALSA's sequencer"
        }
    }

    /// The program of the system that connects two ports.
    public var connector: String {
        switch self {
        case .jack: "jack_connect"
        case .alsa: "aconnect"
        }
    }
}

/// The instrument in a MIDI system that has a clock of its own: a client with `midi_in`, `midi_out`, and the stage between
/// them, which the system's real-time thread runs once a cycle.
/// - Thread: control, always the same one; the figures (`sampleRate` … `hasEnded`) any until `close`
public protocol LivePort: AnyObject, Sendable {
    var system: MIDISystem { get }
    /// The client's name, as the system shows it.
    var name: String { get }
    /// Frames a second, as they are now; a performer must be made anew when they change.
    var sampleRate: Int { get }
    /// Frames in a cycle.
    var bufferSize: Int { get }
    /// Times since the port opened that the system missed a cycle or lost input.
    var xruns: Int { get }
    /// What the real-time thread has or asks for; nil if it is an ordinary thread.
    var realtimePriority: Int32? { get }
    /// The system has gone or thrown the client out: `close`, then open another port.
    var hasEnded: Bool { get }

    /// Connects these sources to `midi_in` whenever they appear.
    /// - Parameter pattern: see `PortPattern`.
    func wishSource(_ pattern: String) throws(PortError)
    /// Connects `midi_out` to these destinations whenever they appear.
    func wishDestination(_ pattern: String) throws(PortError)
    /// Makes the connections that have become possible; nearly free if no port has come or gone. A few times a second.
    /// A Through port is connected at one end of the instrument only.
    func connectWishes() -> PortChanges
    /// The ports of others that are there now.
    func otherPorts() -> [MIDIPort]

    /// The ports that `midi_in` is connected to now, by a name that no two have at a time.
    func sources() -> Set<String>
    /// Those that `midi_out` is connected to.
    func destinations() -> Set<String>

    /// Lets the real-time thread run the stage, until `close`. Its performer must outlive that.
    func activate(_ stage: StageHandle) throws(PortError)
    /// Ends the client: the stage is no longer called once this returns.
    func close()
}
