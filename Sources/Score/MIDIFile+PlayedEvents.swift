import Time

extension MIDIFile {
    /// All tracks as one player would play them: notes and sustain pedal in playing order.
    /// - Parameter channels: which channels count, 0…15; all but percussion unless told.
    public func playedEvents(
        on channels: (UInt8) -> Bool = { $0 != PlayedEvent.percussionChannel }
    ) -> [PlayedEvent] {
        var played = PlayedTracks()
        played.events.reserveCapacity(tracks.reduce(0) { $0 + $1.events.count })
        let maps = tickMaps()
        for track in tracks.indices { append(track, maps, channels, to: &played) }
        return played.inPlayingOrder()
    }

    /// The notes of some tracks, each track's alone, at their time in the whole file, with all that ends notes on their
    /// channels: pedals and mode messages act on a channel, whichever track they are written in.
    func playedEvents(ofTracks chosen: [Int]) -> [[PlayedEvent]] {
        let maps = tickMaps()
        var all = PlayedTracks()
        let each = tracks.indices.map { track in
            var played = PlayedTracks()
            append(track, maps, { $0 != PlayedEvent.percussionChannel }, to: &played)
            all.ends += played.ends
            all.events += played.events.lazy.filter { $0.kind == .sustain }
            return played.events.filter { $0.kind != .sustain }
        }
        return chosen.map { PlayedTracks(events: all.events + each[$0], ends: all.ends).inPlayingOrder() }
    }

    private func append(
        _ track: Int, _ maps: [TickMap], _ channels: (UInt8) -> Bool, to played: inout PlayedTracks
    ) {
        let map = format == .sequentialTracks ? track : 0
        for event in tracks[track].events where channels(event.channel) {
            played.append(event, at: maps[map].time(event.tick))
        }
        played.endTrack()
    }

    /// Note-ons of the percussion channel, which are not played as keys.
    public var percussionCount: Int {
        tracks.reduce(0) { count, track in
            count + track.events.count { $0.isNoteOn && $0.channel == PlayedEvent.percussionChannel }
        }
    }
}

extension PlayedEvent {
    public static let percussionChannel: UInt8 = 9
    static let sustainController: UInt8 = 64
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
