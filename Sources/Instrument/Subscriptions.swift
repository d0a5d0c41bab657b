import Presets
import Realtime

/// Who gets which feed, until when. It reads copies that the instrument keeps for it, so that how many listen, and how slowly,
/// does not concern the real-time path.
/// - Thread: control, the codec's alone
struct Subscriptions: Sendable {
    /// More than anybody needs; so that messages from nowhere cannot make it busy.
    static let most = 32
    /// Nanoseconds between two looks at notes and plan, and between two reports of status.
    private static let interval: Int64 = 50_000_000
    private static let statusInterval: Int64 = 500_000_000
    /// So that the plan fits into a datagram that nothing splits on the loopback.
    private static let mostPlanned = 500

    private struct Subscription {
        let feed: Feed
        let subscriber: Subscriber
        var ends: Int64
    }

    private var all: [Subscription] = []
    private var nextLook: Int64 = 0
    private var nextStatus: Int64 = 0
    /// The next event to be told; nil: those that come from now on.
    private var nextEvent: Int64?
    private var toldPlan: Int?

    mutating func subscribe(_ subscriber: Subscriber, to feed: Feed, seconds: Double) throws(ControlError) {
        guard Feed.seconds.contains(seconds) else { throw .refused("a subscription lasts 1…3600 s") }
        let now = monotonicNanoseconds()
        removeEnded(now)
        all.removeAll { $0.feed == feed && $0.subscriber == subscriber }
        guard all.count < Self.most else {
            throw .refused("there are \(Self.most) subscriptions already; unsubscribe, or wait until one ends")
        }
        all.append(Subscription(feed: feed, subscriber: subscriber, ends: now + Int64(seconds * 1e9)))
        // The whole plan and the figures, at once.
        if feed == .plan { toldPlan = nil }
        if feed == .status { nextStatus = 0 }
        nextLook = 0
    }

    /// - Parameter feed: nil: all.
    mutating func unsubscribe(_ subscriber: Subscriber, from feed: Feed?) {
        all.removeAll { $0.subscriber == subscriber && (feed == nil || $0.feed == feed) }
    }

    private mutating func removeEnded(_ now: Int64) { all.removeAll { $0.ends <= now } }

    /// How long nothing has to be told: milliseconds, for poll(2); -1: for ever.
    var rest: Int32 {
        all.isEmpty ? -1 : Int32(clamping: max(0, nextLook - monotonicNanoseconds()) / 1_000_000 + 1)
    }

    /// What is new for whom, if it is time to look.
    mutating func news(of target: any ControlTarget) -> [(subscriber: Subscriber, news: FeedNews)] {
        guard !all.isEmpty else { return [] }
        let now = monotonicNanoseconds()
        guard now >= nextLook else { return [] }
        nextLook = now + Self.interval
        removeEnded(now)
        let feeds: [(Feed, [FeedNews])] = [
            (.notes, notes(target)), (.plan, plan(target)), (.status, status(target, now)),
        ]
        return feeds.flatMap { feed, news in
            all.filter { $0.feed == feed }.flatMap { one in news.map { (one.subscriber, $0) } }
        }
    }

    private func isWanted(_ feed: Feed) -> Bool { all.contains { $0.feed == feed } }

    private mutating func notes(_ target: any ControlTarget) -> [FeedNews] {
        guard isWanted(.notes) else {
            nextEvent = nil
            return []
        }
        let heard = target.heard(from: nextEvent ?? .max)
        nextEvent = heard.next
        return heard.events.map { .note($0) }
    }

    private mutating func plan(_ target: any ControlTarget) -> [FeedNews] {
        guard isWanted(.plan) else {
            toldPlan = nil
            return []
        }
        let planned = target.planned()
        guard planned.version != toldPlan else { return [] }
        toldPlan = planned.version
        return [.plan(Array(planned.events.prefix(Self.mostPlanned)))]
    }

    private mutating func status(_ target: any ControlTarget, _ now: Int64) -> [FeedNews] {
        guard now >= nextStatus && isWanted(.status) else { return [] }
        nextStatus = now + Self.statusInterval
        return [.status(target.status())]
    }
}
