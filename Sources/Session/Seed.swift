/// What a continuation goes on from.

import Score

/// The playing of a file, as far as it changes what sounds, and the ends of what it leaves down.
public struct Seed {
    /// Up to the last that begins or ends a note or lets go of a key.
    public let events: [PlayedEvent]
    /// The ends of the keys and pedals that are down then, at that time.
    public let endings: [PlayedEvent]

    /// Nanoseconds.
    public var end: Int64 { events.last?.time ?? 0 }
    /// The channel of the last note.
    public var channel: UInt8 { events.last { $0.kind == .noteOn }?.channel ?? 0 }

    /// - Parameter played: in playing order; may be empty.
    public init(_ played: [PlayedEvent]) {
        var count = 0
        var keys = KeysDown()
        for (index, event) in played.enumerated() where keys.changes(with: event) { count = index + 1 }
        events = Array(played.prefix(count))
        keys = KeysDown()
        for event in events { _ = keys.changes(with: event) }
        endings = keys.endings(at: events.last?.time ?? 0)
    }
}

private struct KeysDown {
    /// Channel · 128 + key.
    private var held: Set<Int> = []
    /// Of each channel whose pedal is down, the keys that it holds.
    private var pedals: [UInt8: Set<UInt8>] = [:]

    /// Follows an event.
    /// - Returns: whether it begins or ends a note, or lets go of a key.
    mutating func changes(with event: PlayedEvent) -> Bool {
        let note = Int(event.channel) << 7 | Int(event.key)
        switch event.kind {
        case .noteOn:
            held.insert(note)
            return true
        case .noteOff:
            guard held.remove(note) != nil else { return false }
            pedals[event.channel]?.insert(event.key)
            return true
        case .sustain where event.value >= 64:
            if pedals[event.channel] == nil { pedals[event.channel] = [] }
            return false
        case .sustain:
            return pedals.removeValue(forKey: event.channel)?.isEmpty == false
        }
    }

    func endings(at time: Int64) -> [PlayedEvent] {
        held.sorted().map {
            PlayedEvent(time: time, kind: .noteOff, channel: UInt8($0 >> 7), key: UInt8($0 & 127), value: 64)
        }
            + pedals.keys.sorted().map {
                PlayedEvent(time: time, kind: .sustain, channel: $0, key: 0, value: 0)
            }
    }
}
