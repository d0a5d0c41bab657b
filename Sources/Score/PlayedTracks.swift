/// Tracks on their way to what one player would play. All-notes-off and all-sound-off end notes of their channel, whichever
/// tracks these are in, so they are carried out once all tracks are there.
struct PlayedTracks {
    /// All-notes-off (controller 123) or all-sound-off (120) of a channel.
    struct End {
        let time: Int64
        let channel: UInt8
        /// All-sound-off: what the pedal holds ends too.
        let isOfSound: Bool
    }

    /// In any order of time.
    var events: [PlayedEvent] = []
    var ends: [End] = []
    /// Notes that the track has begun at its present time, and not ended: channel · 128 + key.
    private var begun: Set<Int> = []
    private var beginning: Int64 = 0

    init(events: [PlayedEvent] = [], ends: [End] = []) { (self.events, self.ends) = (events, ends) }

    /// Takes the next event of a track, if it is a note or acts on notes.
    mutating func append(_ event: MIDIFileEvent, at time: Int64) {
        if time != beginning { endTrack() }
        beginning = time
        let note = Int(event.channel) << 7 | Int(event.data1)
        func played(_ kind: PlayedEvent.Kind, _ value: UInt8) -> PlayedEvent {
            PlayedEvent(
                time: time, kind: kind, channel: event.channel, key: kind == .sustain ? 0 : event.data1, value: value)
        }
        switch (event.status & 0xF0, event.data1) {
        case (0x90, _) where event.data2 > 0:
            events.append(played(.noteOn, event.data2))
            begun.insert(note)
        case (0x80, _), (0x90, _):
            events.append(played(.noteOff, event.data2))
            begun.remove(note)
        case (0xB0, PlayedEvent.sustainController):
            events.append(played(.sustain, event.data2))
        case (0xB0, 121):
            // Reset-all-controllers lifts the pedal (MIDI 1.0 recommended practice RP-015).
            events.append(played(.sustain, 0))
        case (0xB0, 120), (0xB0, 123):
            ends.append(End(time: time, channel: event.channel, isOfSound: event.data1 == 120))
            // Of notes of one time in other tracks nobody knows which side they are on; those of its own track are before it.
            for note in begun.sorted() where note >> 7 == event.channel {
                begun.remove(note)
                events.append(
                    PlayedEvent(
                        time: time, kind: .noteOff, channel: event.channel, key: UInt8(note & 127), value: 64))
            }
        default: break
        }
    }

    mutating func endTrack() { begun.removeAll(keepingCapacity: true) }

    /// All of it, with the ends of the notes that all-notes-off and all-sound-off end.
    consuming func inPlayingOrder() -> [PlayedEvent] {
        if !ends.isEmpty { carryOutEnds() }
        events.sortForPlaying()
        return events
    }

    /// An end acts as note-offs do: on what began before its time.
    private mutating func carryOutEnds() {
        events.sort(by: PlayedEvent.inPlayingOrder)
        ends.sort { $0.time < $1.time }
        var result: [PlayedEvent] = []
        result.reserveCapacity(events.count)
        var channels = [ChannelKeys](repeating: ChannelKeys(), count: 16)
        var next = events[...]
        for end in ends {
            while let event = next.first, (event.time, event.kind.rawValue) < (end.time, 1) {
                channels[Int(event.channel)].follow(event)
                result.append(event)
                next.removeFirst()
            }
            result += channels[Int(end.channel)].carryOut(end)
        }
        events = result + next
    }
}

/// What sounds on a channel.
private struct ChannelKeys {
    private var held: Set<UInt8> = []
    private var pedal: UInt8 = 0
    /// Whether the pedal may hold notes that their keys have ended.
    private var holdsNotes = false

    mutating func follow(_ event: PlayedEvent) {
        switch event.kind {
        case .noteOn: held.insert(event.key)
        case .noteOff: if held.remove(event.key) != nil && pedal >= 64 { holdsNotes = true }
        case .sustain:
            pedal = event.value
            if pedal < 64 { holdsNotes = false }
        }
    }

    /// The note-offs that it means, and the pedal up and down again if that holds notes that it ends.
    mutating func carryOut(_ end: PlayedTracks.End) -> [PlayedEvent] {
        func event(_ kind: PlayedEvent.Kind, _ key: UInt8, _ value: UInt8) -> PlayedEvent {
            PlayedEvent(time: end.time, kind: kind, channel: end.channel, key: key, value: value)
        }
        var events = held.sorted().map { event(.noteOff, $0, 64) }
        if pedal >= 64 && !held.isEmpty { holdsNotes = true }
        held = []
        if end.isOfSound && holdsNotes {
            events += [event(.sustain, 0, 0), event(.sustain, 0, pedal)]
            holdsNotes = false
        }
        return events
    }
}
