// Not real-time: whole pieces. A file goes through the same `hear` as a live player.

import Score

extension Representation {
    /// The nearest tick; half a tick rounds up.
    /// - Parameter time: nanoseconds, below 2^53.
    public static func nearestTick(toNanoseconds time: Int64) -> Int64 {
        (time &* Int64(ticksPerSecond) &+ 500_000_000) / 1_000_000_000
    }

    /// What it hears of an event that was played.
    public static func heard(_ event: PlayedEvent, player: Player = .human) -> HeardEvent {
        let kind: HeardEvent.Kind
        switch event.kind {
        case .noteOff: kind = .noteOff
        case .noteOn: kind = .noteOn
        case .sustain: kind = event.value >= 64 ? .pedalDown : .pedalUp
        }
        return HeardEvent(
            tick: nearestTick(toNanoseconds: event.time), kind: kind, player: player, channel: event.channel,
            key: event.key, velocity: event.value)
    }
}

/// How the events of one tick are ordered among themselves.
public enum EventOrder: String, CaseIterable, Sendable {
    /// As they were played, which is what a live player's tokens have.
    case playing = "true"
    /// Note-offs, then note-ons, each in ascending key: only a whole piece can be told so. For comparison with models
    /// of the literature, which never see in what order a chord's keys went down. Tokens that are not
    /// `CanonicallyOrdered` keep the order of playing.
    case canonical
}

extension Representation {
    /// The tokens of a piece; its events in playing order.
    /// - Parameter order: of the tokens within a tick. It changes neither what is played nor the number of tokens.
    public static func encode(_ events: [PlayedEvent], order: EventOrder = .playing) -> [Token] {
        var representation = Self()
        var tokens: [Token] = []
        tokens.reserveCapacity(events.count)
        for event in events { representation.hear(heard(event)) { tokens.append($0) } }
        if let last = events.last {
            let end = nearestTick(toNanoseconds: last.time) + 1
            representation.assumeRest(at: end, assumed: { tokens.append($0) }, released: { _ in })
        }
        if order == .canonical, let ordered = Self.self as? any CanonicallyOrdered.Type {
            ordered.sortCanonically(&tokens)
        }
        return tokens
    }

    /// The tokens of the same music with all times multiplied by `factor`: it is played, and heard anew.
    public static func stretched(_ tokens: [Token], by factor: Double) -> [Token] {
        var player = Self()
        var listener = Self()
        var result: [Token] = []
        result.reserveCapacity(tokens.count)
        var last: Int64 = 0
        func hear(_ event: KeyEvent) {
            last = Int64((Double(event.tick) * factor).rounded())
            let kind: HeardEvent.Kind = event.isOn ? .noteOn : .noteOff
            listener.hear(HeardEvent(tick: last, kind: kind, key: event.key, velocity: event.velocity)) {
                result.append($0)
            }
        }
        for token in tokens { player.emit(token, hear) }
        listener.assumeRest(at: last + 1, assumed: { result.append($0) }, released: { _ in })
        return result
    }

    /// What the tokens sound like, from the start of the stream.
    public static func decode(_ tokens: [Token]) -> [KeyEvent] {
        var representation = Self()
        var events: [KeyEvent] = []
        for token in tokens { representation.emit(token) { events.append($0) } }
        representation.finish { events.append($0) }
        return events
    }
}
