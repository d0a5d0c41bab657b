/// What Continuo reports unasked, to those who have subscribed to it: a monitor (`continuo top`), lights, a score.

/// One of the streams that can be subscribed to.
public enum Feed: String, CaseIterable, Sendable {
    /// The figures of the status, as often as twice a second.
    case status
    /// What was heard, the player's and the machine's.
    case notes
    /// What the machine means to play.
    case plan

    /// Duration of a subscription, in seconds.
    public static let defaultSeconds = 60.0
    public static let seconds = 1.0...3600.0
}

/// What a feed reports.
public enum FeedNews: Equatable, Sendable {
    case status([Figure])
    case note(FeedEvent)
    /// The whole plan, in order of time.
    case plan([FeedEvent])
}

/// Whom a codec's desk reports to. The number is the codec's own business: an address, a connection's number.
public struct Subscriber: Hashable, Sendable {
    public let number: UInt64

    public init(number: UInt64) { self.number = number }
}

/// A note or pedal of either player, heard or planned.
public struct FeedEvent: Equatable, Sendable {
    public enum Kind: String, Sendable {
        case on, off
        case pedalDown = "pedal-down"
        case pedalUp = "pedal-up"
    }

    public var isMachine: Bool
    public var kind: Kind
    /// 1…16; 0 if it is the machine's, which may use any.
    public var channel: Int
    public var key: Int
    /// Of a note-on 1…127, else 0.
    public var velocity: Int
    /// From now on; negative: so long ago.
    public var seconds: Double

    public init(isMachine: Bool, kind: Kind, channel: Int, key: Int, velocity: Int, seconds: Double) {
        self.isMachine = isMachine
        self.kind = kind
        self.channel = channel
        self.key = key
        self.velocity = velocity
        self.seconds = seconds
    }
}
