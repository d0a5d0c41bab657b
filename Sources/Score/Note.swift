/// A note as it is heard: struck, and ended by its key, the pedal, or the same key struck again.
public struct Note: Equatable, Sendable {
    /// Nanoseconds, as is `end`, which is never before it.
    public var onset: Int64
    public var end: Int64
    /// 0…15.
    public var channel: UInt8
    /// 0…127.
    public var key: UInt8
    /// 1…127.
    public var velocity: UInt8

    public init(onset: Int64, end: Int64, channel: UInt8, key: UInt8, velocity: UInt8) {
        self.onset = onset
        self.end = end
        self.channel = channel
        self.key = key
        self.velocity = velocity
    }
}

/// The notes of events in playing order, by onset. What still sounds at the end lasts to the last event.
/// - Parameter foldingPedal: whether the sustain pedal (64 and above is down) holds released notes until it is lifted;
///   each channel has its own.
public func notes(from events: [PlayedEvent], foldingPedal: Bool) -> [Note] {
    var sounding = SoundingNotes()
    var pedalDown = [Bool](repeating: false, count: 16)
    for event in events {
        let channel = Int(event.channel & 15)
        switch event.kind {
        case .noteOn:
            sounding.strike(event)
        case .noteOff where pedalDown[channel]:
            sounding.leaveToPedal(event)
        case .noteOff:
            sounding.end(event)
        case .sustain where foldingPedal:
            let down = event.value >= 64
            if pedalDown[channel], !down { sounding.liftPedal(event) }
            pedalDown[channel] = down
        case .sustain:
            break
        }
    }
    return sounding.finish(at: events.last?.time ?? 0)
}

private struct SoundingNotes {
    private enum State {
        case silent
        case held(note: Int)
        case pedalled(note: Int)
    }

    private var notes: [Note] = []
    /// By channel, then key.
    private var keys = [State](repeating: .silent, count: 16 * 128)

    private func place(_ event: PlayedEvent) -> Int {
        Int(event.channel & 15) << 7 | Int(event.key & 127)
    }

    private mutating func end(_ place: Int, at time: Int64) {
        switch keys[place] {
        case .silent: return
        case .held(let note), .pedalled(let note): notes[note].end = time
        }
        keys[place] = .silent
    }

    mutating func strike(_ event: PlayedEvent) {
        let place = place(event)
        end(place, at: event.time)
        keys[place] = .held(note: notes.count)
        notes.append(
            Note(
                onset: event.time, end: event.time, channel: event.channel, key: event.key, velocity: event.value))
    }

    mutating func end(_ event: PlayedEvent) {
        end(place(event), at: event.time)
    }

    mutating func leaveToPedal(_ event: PlayedEvent) {
        let place = place(event)
        if case .held(let note) = keys[place] { keys[place] = .pedalled(note: note) }
    }

    mutating func liftPedal(_ event: PlayedEvent) {
        let first = Int(event.channel & 15) << 7
        for place in first..<first + 128 {
            if case .pedalled = keys[place] { end(place, at: event.time) }
        }
    }

    mutating func finish(at time: Int64) -> [Note] {
        for place in keys.indices { end(place, at: time) }
        return notes
    }
}
