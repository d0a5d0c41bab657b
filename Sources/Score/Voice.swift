/// Notes that belong together in a picture: a hand, a channel, a player.
public struct Voice: Equatable, Sendable {
    public var name: String
    /// By onset.
    public var notes: [Note]

    public init(name: String, notes: [Note]) {
        self.name = name
        self.notes = notes
    }
}

extension MIDIFile {
    /// More tracks than this are told apart by their channels.
    private static let mostVoices = 16

    /// One voice a track if several tracks hold notes, else one a channel if several channels do, else one.
    /// Percussion is left out; a file without notes has no voices.
    public func voices(foldingPedal: Bool = true) -> [Voice] {
        let playing = tracks.indices.filter { track in
            tracks[track].events.contains { $0.isNoteOn && $0.channel != PlayedEvent.percussionChannel }
        }
        if (2...Self.mostVoices).contains(playing.count) {
            return zip(playing, playedEvents(ofTracks: playing)).map { track, events in
                voice(name: "track \(track + 1)", track, events, foldingPedal)
            }
        }
        guard let first = playing.first else { return [] }
        let whole = voice(name: "piano", first, playedEvents(), foldingPedal)
        let channels = Set(whole.notes.map(\.channel)).sorted()
        guard channels.count > 1 else { return [whole] }
        return channels.map { channel in
            Voice(name: "channel \(channel + 1)", notes: whole.notes.filter { $0.channel == channel })
        }
    }

    private func voice(name: String, _ track: Int, _ events: [PlayedEvent], _ foldingPedal: Bool) -> Voice {
        let given = tracks[track].name
        return Voice(name: given.isEmpty ? name : given, notes: notes(from: events, foldingPedal: foldingPedal))
    }
}
