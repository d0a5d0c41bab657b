// REAL-TIME (any): what sounded, and what is to sound.

public enum Player: UInt8, Sendable, BitwiseCopyable {
    case human, machine
}

/// An event that sounded (or, for the pedal, that shapes what sounds), on the grid of the representation that hears it.
public struct HeardEvent: Equatable, Sendable, BitwiseCopyable {
    public enum Kind: UInt8, Sendable, BitwiseCopyable {
        case noteOff, pedalUp, pedalDown, noteOn
    }

    public var tick: Int64
    public var kind: Kind
    public var player: Player
    /// 0…15; read for human events only, since each channel has its own pedal.
    public var channel: UInt8
    public var key: UInt8
    /// 1…127 of a note-on.
    public var velocity: UInt8

    @_noAllocation @_noLocks public init(
        tick: Int64, kind: Kind, player: Player = .human, channel: UInt8 = 0, key: UInt8 = 0, velocity: UInt8 = 0
    ) {
        self.tick = tick
        self.kind = kind
        self.player = player
        self.channel = channel
        self.key = key
        self.velocity = velocity
    }
}

/// A note-on or note-off that the machine is to play.
public struct KeyEvent: Equatable, Sendable, BitwiseCopyable {
    public var tick: Int64
    public var isOn: Bool
    public var key: UInt8
    /// 1…127 of a note-on, 0 of a note-off.
    public var velocity: UInt8

    @_noAllocation @_noLocks public init(tick: Int64, isOn: Bool, key: UInt8, velocity: UInt8 = 0) {
        self.tick = tick
        self.isOn = isOn
        self.key = key
        self.velocity = velocity
    }
}
