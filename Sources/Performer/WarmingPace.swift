// REAL-TIME (improviser): how often the caches are warmed.

/// How often weights and code are brought into the caches while the improviser waits: every 0.5 ms, but for a tenth of a core
/// at most, on a slow processor or with a large network too. Times in nanoseconds.
package struct WarmingPace {
    /// Longer than the stage lets the improviser sleep when there is something to hear.
    private static let interval: Int64 = 500_000
    /// As many times as long as it took, it rests.
    private static let rest: Int64 = 10

    private var earliest: Int64 = 0

    package init() {}

    /// How long to wait from `now` until the next time.
    package func pause(at now: Int64) -> Int64 { max(Self.interval, earliest &- now) }

    package mutating func ran(from start: Int64, to end: Int64) { earliest = end &+ Self.rest &* (end &- start) }

    /// The share of a core that it takes if each time takes so long.
    package static func share(of nanoseconds: Double) -> Double {
        nanoseconds / (nanoseconds + max(Double(interval), Double(rest) * nanoseconds))
    }
}
