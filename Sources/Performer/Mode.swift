// REAL-TIME (any): what the machine is to the player.

/// What the machine does beside the player (`mode`).
enum Mode: Int, CaseIterable, BitwiseCopyable {
    /// It answers when the player pauses.
    case reply
    /// It answers, and then plays until the player or a command takes the turn back.
    case endless
    /// It plays along while the player plays.
    case duet
    /// It answers each key that the player strikes, at once.
    case follow
    /// It hears, and never plays.
    case listen
    /// It does not hear either.
    case bypass

    /// Whether it may ever play.
    var plays: Bool { self != .listen && self != .bypass }
    /// Whether it plays while the player does, and leaves the turn to them never.
    var accompanies: Bool { self == .duet || self == .follow }
}

/// What the machine does when the player strikes a key in its turn (`yield`).
enum YieldKind: Int, CaseIterable, BitwiseCopyable {
    /// It plays on.
    case never
    /// Its notes end on the same frame.
    case atOnce
    /// It strikes nothing more; its notes last as long as they would, two seconds at most.
    case finish
    /// It strikes nothing more; its notes end one after the other within 0.4 s, the highest last.
    case fade
}

/// How long a reply is (`length`).
enum ReplyLength: Int, CaseIterable, BitwiseCopyable {
    /// As long as the call, within `shortest` and `longest`.
    case call
    /// `longest`.
    case seconds
    /// To the first resting point from `shortest` on, `longest` at most.
    case phrase
}

extension ParameterValues {
    var mode: Mode { Mode(rawValue: Int(self[.mode])) ?? .reply }
    /// What the machine does in its turn at a key struck; while it plays along it yields to none.
    var yieldKind: YieldKind { mode.accompanies ? .never : YieldKind(rawValue: Int(self[.yield])) ?? .atOnce }
    var replyLength: ReplyLength { ReplyLength(rawValue: Int(self[.length])) ?? .call }
    /// The loudest velocity that the machine may play.
    var ceiling: UInt8 { UInt8(max(1, min(127, self[.ceiling]))) }
}
