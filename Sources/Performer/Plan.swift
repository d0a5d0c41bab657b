// REAL-TIME (improviser): the reply as planned so far.

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
        /// `Plan.ending` before it.
        var ending = Ending(ReplySpan(until: 0))
        /// `Plan.script` before it.
        var script = 0
    }

    static let eventRoom = 4096
    private let eventSlots: UnsafeMutablePointer<PlannedEvent>
    private let markSlots: UnsafeMutablePointer<Mark>

    enum State: BitwiseCopyable {
        /// The planner's state is still to be made; see `Improviser.startPlanner`.
        case unstarted
        case drawing
        /// The reply is over at this frame.
        case finished(Int64)
    }

    var state = State.drawing
    /// How it ends.
    var ending = Ending(ReplySpan(until: 0))
    /// No event may come before this tick.
    var earliest: Int64 = 0
    /// What the first token of the plan counts as in its turn.
    var firstDraw = 0
    /// The token that must strike a key soon: a reply's first, or the answer to a key struck.
    var entryToken = 0
    var tokens = 0
    /// Whether it plays an earlier reply, from which event of that on, and the frame from which its distances count; see
    /// `Improviser.drawScripted`.
    var isScripted = false
    var script = 0
    var scriptBegins: Int64 = 0
    var events = 0
    /// Events that are on their way to the stage.
    var sent = 0
    /// Tokens whose time has passed; they cannot be taken back.
    var passed = 0

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

    mutating func append(_ event: KeyEvent, _ placement: Placement) {
        append(PlannedEvent(frame: placement.frame(of: event.tick), event: event))
    }

    mutating func append(_ event: PlannedEvent) {
        eventSlots[events & (Self.eventRoom &- 1)] = event
        events &+= 1
    }

    func mark(_ token: Int) -> UnsafeMutablePointer<Mark> { markSlots + token & (Mind.snapshots &- 1) }

    /// The frame up to which the plan is made; nothing is planned yet if it is negative.
    var reach: Int64 { tokens > 0 ? mark(tokens &- 1).pointee.frame : -1 }

    /// Whether no token that is still to be drawn can come to sound by `frame`, nor end the reply.
    func isDecided(through frame: Int64, _ placement: Placement) -> Bool {
        isFinished || frame < placement.frame(of: earliest)
    }

    /// The same on another grid.
    mutating func moveEndings(from old: Timebase, to new: Timebase) {
        ending.move(from: old, to: new)
        for token in 0..<Mind.snapshots { mark(token).pointee.ending.move(from: old, to: new) }
    }

    /// Forgets what was planned, keeps the bounds.
    mutating func clear() {
        (tokens, events, sent, passed) = (0, 0, 0, 0)
        state = .drawing
    }

    var isFinished: Bool { if case .finished = state { true } else { false } }

    /// The planner need not be started: what was to be planned is planned anew in any case.
    mutating func needNotStart() { if case .unstarted = state { state = .drawing } }

    /// Counts the tokens whose time has passed by `frame`.
    mutating func pass(to frame: Int64) {
        while passed < tokens && mark(passed).pointee.frame <= frame { passed &+= 1 }
    }
}
