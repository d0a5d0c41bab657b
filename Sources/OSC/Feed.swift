/// What Continuo tells of itself unasked, to those who have subscribed to it: a monitor (`continuo top`), lights, a score.

import Glibc
import Presets
import Realtime

/// One of the streams that can be subscribed to.
public enum Feed: String, CaseIterable, Sendable {
    /// The figures of /continuo/status, as often as twice a second.
    case status
    /// What was heard, the player's and the machine's.
    case notes
    /// What the machine means to play.
    case plan
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

/// Who is told what, until when. One thread, the OSC server's: it reads copies that the instrument keeps for it, so that how
/// many listen, and how slowly, is nothing to the real-time path.
struct Subscriptions {
    /// More than anybody needs; so that messages from nowhere cannot make it busy.
    static let most = 32
    static let defaultSeconds = 60.0
    static let longestSeconds = 3600.0
    /// Nanoseconds between two looks at notes and plan, and between two reports of status.
    private static let interval: Int64 = 50_000_000
    private static let statusInterval: Int64 = 500_000_000
    /// So that the plan fits into a datagram that nothing splits on the loopback.
    private static let mostPlanned = 500

    private struct Subscription {
        let feed: Feed
        let receiver: sockaddr_in
        var ends: Int64
    }

    private var all: [Subscription] = []
    private var nextLook: Int64 = 0
    private var nextStatus: Int64 = 0
    /// The next event to be told; nil: those that come from now on.
    private var nextEvent: Int64?
    private var toldPlan: Int?

    /// - Returns: for how many seconds.
    mutating func subscribe(_ receiver: sockaddr_in, to feed: Feed, seconds: Double) throws(ControlError) -> Double {
        let now = monotonicNanoseconds()
        removeEnded(now)
        all.removeAll { $0.feed == feed && $0.receiver.isSame(as: receiver) }
        guard all.count < Self.most else {
            throw .refused("there are \(Self.most) subscriptions already; unsubscribe, or wait until one ends")
        }
        all.append(Subscription(feed: feed, receiver: receiver, ends: now + Int64(seconds * 1e9)))
        // The whole plan and the figures, at once.
        if feed == .plan { toldPlan = nil }
        if feed == .status { nextStatus = 0 }
        nextLook = 0
        return seconds
    }

    /// - Parameter feed: nil: all.
    mutating func unsubscribe(_ receiver: sockaddr_in, from feed: Feed?) {
        all.removeAll { $0.receiver.isSame(as: receiver) && (feed == nil || $0.feed == feed) }
    }

    private mutating func removeEnded(_ now: Int64) { all.removeAll { $0.ends <= now } }

    /// How long nothing has to be told: milliseconds, for poll(2); -1: for ever.
    var rest: Int32 {
        all.isEmpty ? -1 : Int32(clamping: max(0, nextLook - monotonicNanoseconds()) / 1_000_000 + 1)
    }

    /// Tells what is new, if it is time to. Call it often.
    mutating func tell(of target: any ControlTarget, _ send: (OSCMessage, sockaddr_in) -> Void) {
        guard !all.isEmpty else { return }
        let now = monotonicNanoseconds()
        guard now >= nextLook else { return }
        nextLook = now + Self.interval
        removeEnded(now)
        for (feed, messages) in [(.notes, notes(target)), (.plan, plan(target)), (.status, status(target, now))]
            as [(Feed, [OSCMessage])]
        {
            for subscription in all where subscription.feed == feed {
                for message in messages { send(message, subscription.receiver) }
            }
        }
    }

    private func isWanted(_ feed: Feed) -> Bool { all.contains { $0.feed == feed } }

    private mutating func notes(_ target: any ControlTarget) -> [OSCMessage] {
        guard isWanted(.notes) else {
            nextEvent = nil
            return []
        }
        let heard = target.heard(from: nextEvent ?? .max)
        nextEvent = heard.next
        return heard.events.map { event in
            OSCMessage(
                OSCInterface.prefix + "/notes",
                [
                    .string(event.isMachine ? "machine" : "human"), .string(event.kind.rawValue),
                    .int(Int64(event.channel)), .int(Int64(event.key)), .int(Int64(event.velocity)),
                    .float(event.seconds),
                ])
        }
    }

    private mutating func plan(_ target: any ControlTarget) -> [OSCMessage] {
        guard isWanted(.plan) else {
            toldPlan = nil
            return []
        }
        let planned = target.planned()
        guard planned.version != toldPlan else { return [] }
        toldPlan = planned.version
        return [
            OSCMessage(
                OSCInterface.prefix + "/plan",
                planned.events.prefix(Self.mostPlanned).flatMap { event -> [OSCMessage.Argument] in
                    [.int(Int64(event.key)), .int(Int64(event.velocity)), .float(event.seconds)]
                })
        ]
    }

    private mutating func status(_ target: any ControlTarget, _ now: Int64) -> [OSCMessage] {
        guard now >= nextStatus && isWanted(.status) else { return [] }
        nextStatus = now + Self.statusInterval
        return OSCInterface.status(of: target).map {
            OSCMessage(OSCInterface.prefix + "/reply", [.string(OSCInterface.prefix + "/status")] + $0)
        }
    }
}

extension sockaddr_in {
    func isSame(as other: sockaddr_in) -> Bool {
        sin_port == other.sin_port && sin_addr.s_addr == other.sin_addr.s_addr
    }
}
