// Not real-time: what a person who wires things up wants to know of a port of any MIDI system.

/// A MIDI port of any client. A port of ALSA's that goes both ways is listed twice.
public struct MIDIPort: Equatable, Encodable, Sendable {
    public enum Direction: String, Encodable, Sendable {
        /// Messages come out of it.
        case source
        /// Messages go into it.
        case destination
    }

    public let system: MIDISystem
    /// `client:port`.
    public let name: String
    /// What people know it by, at most two; of ALSA's its numbers.
    public let aliases: [String]
    public let direction: Direction
    /// Its system says that it belongs to a device; see `isHardware`.
    public let isPhysical: Bool
    /// Names of the ports it is connected to, in ascending order.
    public let connections: [String]

    public init(
        system: MIDISystem, name: String, aliases: [String] = [], direction: Direction, isPhysical: Bool = false,
        connections: [String] = []
    ) {
        self.system = system
        self.name = name
        self.aliases = aliases
        self.direction = direction
        self.isPhysical = isPhysical
        self.connections = connections
    }

    /// The part of the name before the first colon: client names of JACK have none, names of ports may.
    public var client: String { String(name.prefix { $0 != ":" }) }
    /// The part of the name after it.
    public var shortName: String { String(name.drop { $0 != ":" }.dropFirst()) }
}
