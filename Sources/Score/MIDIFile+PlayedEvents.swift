extension MIDIFile {
    /// All tracks and channels as one player would play them: notes and sustain pedal in playing order, without the
    /// percussion channel.
    public func playedEvents() -> [PlayedEvent] {
        var events: [PlayedEvent] = []
        events.reserveCapacity(tracks.reduce(0) { $0 + $1.events.count })
        var maps = tempoMaps()
        for track in tracks.indices { appendPlayedEvents(ofTrack: track, &maps, to: &events) }
        events.sortForPlaying()
        return events
    }

    /// Each track's alone, at its time in the whole file.
    func playedEventsByTrack() -> [[PlayedEvent]] {
        var maps = tempoMaps()
        return tracks.indices.map { track in
            var events: [PlayedEvent] = []
            appendPlayedEvents(ofTrack: track, &maps, to: &events)
            events.sortForPlaying()
            return events
        }
    }

    private func appendPlayedEvents(ofTrack track: Int, _ maps: inout [TempoMap], to events: inout [PlayedEvent]) {
        let map = format == .sequentialTracks ? track : 0
        for event in tracks[track].events {
            guard var played = PlayedEvent(event) else { continue }
            played.time = maps[map].time(event.tick)
            events.append(played)
        }
    }

    /// Nanoseconds from the start to the end of the last track.
    public var duration: Int64 {
        var maps = tempoMaps()
        if format == .sequentialTracks {
            return tracks.isEmpty ? 0 : maps[tracks.count - 1].time(tracks[tracks.count - 1].end)
        }
        return maps[0].time(tracks.reduce(0) { max($0, $1.end) })
    }

    /// One map for all tracks, or, of sequential tracks, one for each.
    func tempoMaps() -> [TempoMap] {
        guard format == .sequentialTracks else {
            return [TempoMap(timeBase, tracks.flatMap(\.tempoChanges))]
        }
        var origin = 0
        return tracks.map { track in
            var map = TempoMap(timeBase, track.tempoChanges, origin: origin)
            origin = min(map.elapsed(track.end), 1 << 62)  // Beyond `longestDuration` in any time base; no overflow.
            return map
        }
    }
}

extension PlayedEvent {
    static let percussionChannel: UInt8 = 9
    static let sustainController: UInt8 = 64

    /// At time 0; nil for what is neither note nor sustain pedal, and for percussion.
    fileprivate init?(_ event: MIDIFileEvent) {
        guard event.channel != Self.percussionChannel else { return nil }
        let kind: Kind
        switch event.status & 0xF0 {
        case 0x80: kind = .noteOff
        case 0x90: kind = event.data2 == 0 ? .noteOff : .noteOn
        case 0xB0 where event.data1 == Self.sustainController: kind = .sustain
        default: return nil
        }
        self.init(
            time: 0, kind: kind, channel: event.channel, key: kind == .sustain ? 0 : event.data1, value: event.data2)
    }
}

extension [PlayedEvent] {
    /// Playing order, in which a note of no length still ends after it began. Files may put millions of events at one
    /// time, so nothing here takes more than n log n.
    public mutating func sortForPlaying() {
        sort(by: PlayedEvent.inPlayingOrder)
        var held = [Bool](repeating: false, count: 16 * 128)
        var start = 0
        while start < count {
            var end = start + 1
            while end < count && self[end].time == self[start].time { end += 1 }
            endAfterBeginning(start..<end, &held)
            start = end
        }
    }

    /// Of simultaneous events in playing order: an end that ends nothing goes behind a beginning of its note; one behind
    /// each, the latest first, and behind the last beginning all that are left.
    private mutating func endAfterBeginning(_ simultaneous: Range<Int>, _ held: inout [Bool]) {
        var beginnings: [Int: Int] = [:]
        if self[simultaneous.lowerBound].kind == .noteOff {
            for event in self[simultaneous] where event.kind == .noteOn { beginnings[event.note, default: 0] += 1 }
        }
        guard !beginnings.isEmpty else {
            for event in self[simultaneous] where event.kind != .sustain { held[event.note] = event.kind == .noteOn }
            return
        }
        var early: [Int: [PlayedEvent]] = [:]
        var place = simultaneous.lowerBound
        func put(_ event: PlayedEvent) {
            self[place] = event
            place += 1
            if event.kind != .sustain { held[event.note] = event.kind == .noteOn }
        }
        for event in Array(self[simultaneous]) {
            if event.kind == .noteOff && !held[event.note] && beginnings[event.note] != nil {
                early[event.note, default: []].append(event)
                continue
            }
            put(event)
            guard event.kind == .noteOn else { continue }
            beginnings[event.note]! -= 1
            while let end = early[event.note]?.popLast() {
                put(end)
                if beginnings[event.note]! > 0 { break }
            }
        }
    }
}

extension PlayedEvent {
    fileprivate var note: Int { Int(channel) << 7 | Int(key) }
}
