/// `Score` is music as notes and events in time: Standard MIDI Files, ABC notation, notes, and pictures of them.
///
/// What a player did, in time: the one event type that files and live ports share.

/// A note-on, note-off or sustain-pedal message. MIDI's note-on with velocity 0 is a note-off here.
public struct PlayedEvent: Equatable, Sendable {
    /// The raw value is the order of simultaneous events: a key is released before another is struck.
    public enum Kind: UInt8, Sendable {
        case noteOff = 0
        case sustain = 1
        case noteOn = 2
    }

    /// Nanoseconds since the origin of the stream (of a file: its start).
    public var time: Int64
    public var kind: Kind
    /// 0…15.
    public var channel: UInt8
    /// 0…127; 0 for the pedal.
    public var key: UInt8
    /// Velocity 1…127 of a note-on, controller value 0…127 of the pedal, release velocity of a note-off.
    public var value: UInt8

    public init(time: Int64, kind: Kind, channel: UInt8, key: UInt8, value: UInt8) {
        self.time = time
        self.kind = kind
        self.channel = channel
        self.key = key
        self.value = value
    }

    /// True time first; ties: offs, pedal, ons, each in ascending key. The sort that uses it must be stable.
    public static func inPlayingOrder(_ a: PlayedEvent, _ b: PlayedEvent) -> Bool {
        (a.time, a.kind.rawValue, a.key) < (b.time, b.kind.rawValue, b.key)
    }
}
