import Performer
import Representation
import Score

/// When a rule of turn-taking would have taken over from a pianist who plays a whole piece, in each gap between two onsets and at
/// the end. A pause is a gap of two seconds or more, or the end.
public struct TurnTrial: Sendable {
    /// Length of the music: from the first onset to the last, in minutes.
    public private(set) var minutes = 0.0
    /// Take-overs in gaps that are no pauses, and those less than 0.25 s before the player's next onset.
    public private(set) var steppedOn = 0
    public private(set) var blips = 0
    /// Seconds from the last onset to the take-over at each pause; nil: later than 2 s.
    public private(set) var delays: [Double?] = []

    public init() {}

    /// - Parameter events: of a piece, in playing order.
    public mutating func play(_ events: [PlayedEvent], to rehearsal: TurnRehearsal) {
        var rehearsal = rehearsal
        let rate = Double(TurnRehearsal.sampleRate)
        func frame(_ event: PlayedEvent) -> Int64 { Int64((Double(event.time) * rate / 1e9).rounded()) }
        let onsets = events.filter { $0.kind == .noteOn }.map(frame)
        guard let first = onsets.first, let end = onsets.last else { return }
        minutes += Double(end - first) / rate / 60
        var next = 0
        /// In this gap.
        var takeover: Int64?
        for (index, event) in events.enumerated() {
            let now = frame(event)
            if event.kind == .noteOn {
                if next > 0 { close(onsets[next - 1], now, takeover) }
                takeover = nil
                next += 1
            }
            rehearsal.hear(Performance.heard(event), at: now)
            guard next > 0, takeover == nil else { continue }
            // No rule answers sooner.
            let later = index + 1 < events.count ? frame(events[index + 1]) : .max
            guard later - onsets[next - 1] >= TurnRehearsal.sampleRate * 3 / 10 else { continue }
            let rest = max(rehearsal.takeover, now)
            if rest < later { takeover = rest }
        }
        close(end, nil, takeover)
    }

    /// - Parameters:
    ///   - last: the onset that the gap begins with.
    ///   - next: the one that ends it; nil at the end of the piece.
    private mutating func close(_ last: Int64, _ next: Int64?, _ takeover: Int64?) {
        let second = TurnRehearsal.sampleRate
        if let next, let takeover, next - takeover < second / 4 { blips += 1 }
        if let next, next - last < 2 * second {
            if takeover != nil { steppedOn += 1 }
        } else {
            let delay = takeover.map { Double($0 - last) / Double(second) }
            delays.append(delay.flatMap { $0 <= 2.0001 ? $0 : nil })
        }
    }

    public var steppedOnPerMinute: Double { Double(steppedOn) / max(minutes, 1e-9) }
    public var blipsPerMinute: Double { Double(blips) / max(minutes, 1e-9) }
    /// Of the delays at pauses, in seconds; one later than 2 s counts as 3 s.
    public var meanDelay: Double { delays.reduce(0) { $0 + ($1 ?? 3) } / Double(max(delays.count, 1)) }
    public var medianDelay: Double {
        let sorted = delays.map { $0 ?? 3 }.sorted()
        return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    }
    /// The share of pauses answered within so many seconds.
    public func answered(by seconds: Double) -> Double {
        Double(delays.count { $0.map { $0 <= seconds + 1e-4 } ?? false }) / Double(max(delays.count, 1))
    }
}
