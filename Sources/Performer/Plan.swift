// REAL-TIME: the reply as planned so far.

import Representation

/// An event of the plan on its frame.
struct PlannedEvent: BitwiseCopyable {
    var frame: Int64 = 0
    var event = KeyEvent(tick: 0, isOn: false, key: 0)
}

/// Tokens are counted from the start of the plan; of each the last few hundred keep their frame and their first event.
struct Plan {
    struct Mark: BitwiseCopyable {
        /// When the token comes to sound, or a wait or the reply is over.
        var frame: Int64 = 0
        /// Events planned before it.
        var events = 0
    }

    private static let eventRoom = 4096
    private let eventSlots: UnsafeMutablePointer<PlannedEvent>
    private let markSlots: UnsafeMutablePointer<Mark>

    var isActive = false
    /// The tick and the frame of the take-over.
    var begins: Int64 = 0
    var startFrame: Int64 = 0
    /// No note begins at or after this tick.
    var lastOnset: Int64 = 0
    /// Frames of the phrase that the reply answers; the most there can be without one.
    var callLength: Int64 = .max
    /// No event may come before this tick.
    var earliest: Int64 = 0
    /// The first event must be a note-on, soon.
    var isEntry = false
    /// What the first token of the plan counts as in its turn.
    var firstDraw = 0
    var tokens = 0
    var events = 0
    /// Events that are on their way to the stage.
    var sent = 0
    /// Tokens whose time has passed; they cannot be taken back.
    var passed = 0
    var isFinished = false
    /// The frame with which the reply is over, once it is finished.
    var endFrame: Int64 = 0
    /// The take-over was asked for by command: only a key struck, or another command, takes it back.
    var isCommanded = false
    /// The planner's state is still to be made (`startPlanner`).
    var isUnstarted = false
    /// The player's phrase has been answered: the take-over instant has passed.
    var isAnswering = false

    init() {
        eventSlots = .allocate(capacity: Self.eventRoom)
        eventSlots.initialize(repeating: PlannedEvent(), count: Self.eventRoom)
        markSlots = .allocate(capacity: Mind.snapshots)
        markSlots.initialize(repeating: Mark(), count: Mind.snapshots)
    }

    func deallocate() {
        eventSlots.deallocate()
        markSlots.deallocate()
    }

    func event(_ index: Int) -> PlannedEvent { eventSlots[index & (Self.eventRoom &- 1)] }

    mutating func append(_ event: KeyEvent, _ timebase: Timebase) {
        append(PlannedEvent(frame: timebase.frame(of: event.tick), event: event))
    }

    mutating func append(_ event: PlannedEvent) {
        eventSlots[events & (Self.eventRoom &- 1)] = event
        events &+= 1
    }

    func mark(_ token: Int) -> UnsafeMutablePointer<Mark> { markSlots + token & (Mind.snapshots &- 1) }

    /// The frame up to which the plan is made; nothing is planned yet if it is negative.
    var reach: Int64 { tokens > 0 ? mark(tokens &- 1).pointee.frame : -1 }

    /// Whether no token that is still to be drawn can come to sound by `frame`, nor end the reply.
    func isDecided(through frame: Int64, _ timebase: Timebase) -> Bool {
        isFinished || frame < timebase.frame(of: earliest)
    }

    /// Forgets what was planned, keeps the bounds.
    mutating func clear() {
        (tokens, events, sent, passed) = (0, 0, 0, 0)
        isFinished = false
    }

    /// Counts the tokens whose time has passed by `frame`.
    mutating func pass(to frame: Int64) {
        while passed < tokens && mark(passed).pointee.frame <= frame { passed &+= 1 }
    }
}
