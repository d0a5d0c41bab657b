// REAL-TIME (improviser): whose turn it is.

/// The instant at which a reply begins, and what it replies to.
struct Takeover: BitwiseCopyable {
    enum Cause: BitwiseCopyable {
        /// The player has paused, or will have by then.
        case pause
        /// Control asked for it: only a key struck, or another command, takes it back.
        case command
        /// Nobody has played for a while (`attract`).
        case emptyRoom
        /// The player plays, and the machine plays along (`Mode.accompanies`).
        case company
    }

    var cause: Cause
    /// Where the reply begins.
    var tick: Int64
    let frame: Int64
    /// Length of the call (frames); nil if nothing was played since the last turn.
    let call: Int64?
    /// It was put on a line of the beat, and its first note falls on `frame`.
    var isOnLine = false

    /// The same on another grid: the nearest tick.
    func on(_ timebase: Timebase) -> Takeover {
        var takeover = self
        takeover.tick = timebase.tick(of: frame)
        return takeover
    }
}

/// How the machine's notes end once the player has taken the turn back.
struct Release: BitwiseCopyable {
    /// One after the other, the highest last; otherwise as the network would end them.
    let isFade: Bool
    /// Frames: when the player struck the key, and when the last note has ended.
    let start: Int64
    let end: Int64
}

/// Whose turn it is; a reply is planned in all cases but `listening`.
enum Turn: BitwiseCopyable {
    /// The player's, and nothing is planned.
    case listening
    /// The player's; the reply begins at the take-over if they do nothing until then.
    case ready(Takeover)
    /// The machine's: the take-over has passed.
    case replying(Takeover)
    /// The player has taken it back, and the machine's notes are coming to their ends.
    case yielding(Takeover, Release)

    var takeover: Takeover? {
        switch self {
        case .listening: nil
        case .ready(let takeover), .replying(let takeover), .yielding(let takeover, _): takeover
        }
    }

    /// Whether the take-over has passed.
    var isReplying: Bool {
        switch self {
        case .listening, .ready: false
        case .replying, .yielding: true
        }
    }

    var release: Release? { if case .yielding(_, let release) = self { release } else { nil } }

    /// Whether the reply can no longer be planned anew as a whole from `settled` (a frame) on: it has begun by then.
    func hasBegun(by settled: Int64) -> Bool {
        switch self {
        case .listening: false
        case .ready(let takeover): settled >= takeover.frame
        case .replying, .yielding: true
        }
    }

    var phase: Phase {
        switch self {
        case .listening: .listening
        case .ready: .ready
        case .replying, .yielding: .replying
        }
    }

    /// The take-over, if there is one, is `takeover`.
    mutating func place(_ takeover: Takeover) {
        switch self {
        case .listening: break
        case .ready: self = .ready(takeover)
        case .replying: self = .replying(takeover)
        case .yielding(_, let release): self = .yielding(takeover, release)
        }
    }

    /// A key struck takes back what was commanded.
    mutating func dropCommand() {
        guard case .ready(var takeover) = self else { return }
        takeover.cause = .pause
        self = .ready(takeover)
    }
}
