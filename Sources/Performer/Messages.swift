// REAL-TIME (any): plain values that travel between the port, the stage, the improviser and control.

import Representation

/// A MIDI message of up to three bytes within a cycle.
public struct MIDIMessage: Equatable, Sendable, BitwiseCopyable {
    /// Frames from the start of the cycle.
    public var offset: UInt32
    public var status: UInt8
    public var data1: UInt8
    public var data2: UInt8
    /// Bytes in use, 1…3.
    public var size: UInt8

    public init(offset: UInt32, status: UInt8, data1: UInt8 = 0, data2: UInt8 = 0, size: UInt8 = 3) {
        self.offset = offset
        self.status = status
        self.data1 = data1
        self.data2 = data2
        self.size = size
    }

    /// A note-off at the cycle's first frame.
    static func noteOff(_ key: Int, _ channel: UInt8) -> MIDIMessage {
        MIDIMessage(offset: 0, status: 0x80 | channel, data1: UInt8(truncatingIfNeeded: key), data2: 64)
    }

    /// Bytes of a whole message of this status; of a channel's, 0x80…0xEF (MIDI 1.0, table 1).
    public static func size(ofStatus status: UInt8) -> UInt8 { status & 0xE0 == 0xC0 ? 2 : 3 }
}

/// What control may ask of the instrument.
public enum Command: UInt8, CaseIterable, Sendable, BitwiseCopyable {
    /// The machine begins to play.
    case takeover
    /// The machine falls silent and waits for the next phrase.
    case yield
    /// As `yield`, and everything that may sound at the output ends, on every channel, the player's notes too.
    case panic
    /// As `yield`, and the machine forgets what it heard.
    case reset
    /// As `yield`, for good: the daemon is about to leave.
    case stop
    /// A beat of somebody who taps the tempo.
    case tap
    /// The machine falls silent, and its last turn never happened: it has heard what it had heard before.
    case undo
    /// As `undo`, and the machine replies once more, otherwise.
    case vary
    /// The machine plays its last reply once more.
    case again
    /// It plays its last reply over and over, until it is told to do something else or yields.
    case loop

    /// Whether the machine falls silent at it, if only to begin anew.
    public var isSilencing: Bool { self != .takeover && self != .tap }
}

/// Whose turn it is.
public enum Phase: UInt8, Sendable, BitwiseCopyable {
    /// The machine listens and plans nothing.
    case listening
    /// A reply is planned for when the player has paused.
    case ready
    /// The machine plays.
    case replying
}

/// From control to the stage, which stamps it.
struct ControlMessage: BitwiseCopyable {
    enum Kind: UInt8 {
        case parameter, command, mind
        /// A destination has been connected: what it may have been left sounding is to end.
        case releaseLeft
        /// The player's keyboard has gone.
        case letGo
        /// One of several has.
        case doubt
    }

    var kind: Kind
    var command = Command.yield
    var parameter: Int32 = 0
    var value: Float = 0
    /// A new mind with one retain, its memory, and how much of the journal it has heard.
    var mind: OpaquePointer?
    var view: UnsafeMutablePointer<MindView>?
    var heard: Int64 = 0
}

/// From the stage to the improviser: all that happened, in the order in which it happened.
struct StageRecord: BitwiseCopyable {
    enum Kind: UInt8 {
        /// The player did something that is music: `event` in the human's name.
        case human
        /// A note of the machine sounded or ended, on the frame it was planned for.
        case heard
        /// The same, but not as planned: late, or ended by the stage itself.
        case surprise
        /// A planned note was not played.
        case dropped
        case parameter
        case command
        case mind
        /// From `frame` on the beat is `beat`.
        case beat
        /// From `frame` on cycles have the length that lies between `frame` and `cycleEnd`.
        case period
        /// The ring was full: something before this record is missing.
        case lost
    }

    var kind: Kind
    /// The stage plays only what was planned in knowledge of this.
    var epoch: UInt32
    var frame: Int64
    /// The first frame after the cycle: nothing new can sound before it.
    var cycleEnd: Int64
    /// Its tick is the improviser's to tell, from `frame`.
    var event = HeardEvent(tick: 0, kind: .noteOff)
    var control = ControlMessage(kind: .parameter)
    var beat = Beat()
}

/// From the improviser to the stage.
public struct PlanMessage: Hashable, Sendable, BitwiseCopyable {
    public enum Kind: UInt8, Sendable, BitwiseCopyable {
        /// Everything queued for after `frame` is withdrawn.
        case withdraw
        case noteOn
        case noteOff
    }

    public let kind: Kind
    public let epoch: UInt32
    public let frame: Int64
    public let key: UInt8
    public let velocity: UInt8

    @_noAllocation @_noLocks
    public init(kind: Kind, epoch: UInt32, frame: Int64, key: UInt8 = 0, velocity: UInt8 = 0) {
        self.kind = kind
        self.epoch = epoch
        self.frame = frame
        self.key = key
        self.velocity = velocity
    }
}

/// What was heard, for those who keep a record; and the tokens the listener stepped.
public struct JournalEntry: BitwiseCopyable, Sendable {
    public enum Kind: UInt8, Sendable, BitwiseCopyable {
        /// Somebody played `event`.
        case event
        /// The stage did not play `event`, a note of the machine.
        case dropped
        /// The listener stepped `token`.
        case token
        /// The listener's memory is blank.
        case blank
        /// A new mind listens, from a blank memory.
        case adopted
        /// It hears `event`, which had sounded before.
        case caughtUp
        /// A reply begins: what was heard until here can be come back to.
        case kept
        /// What was heard since the last `kept` was undone. The number is none of an event. `event.tick` says how many ticks the
        /// listener's time is behind from here on.
        case undone
        /// The listener hears `event`, which sounded in what was undone and still holds: a key is up, a pedal down.
        case mended
    }

    public var kind: Kind
    /// When it sounded.
    public var frame: Int64
    /// Counts the events of the session.
    public var number: Int64
    public var event: HeardEvent
    public var token: Token
    /// How many semitones higher the mind heard `event` (`transpose`).
    public var shift: Int8 = 0

    /// `event` as the mind heard it.
    public var heardEvent: HeardEvent { event.raised(by: shift) }
}
