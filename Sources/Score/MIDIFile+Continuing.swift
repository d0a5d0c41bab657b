import Time

extension MIDIFile {
    /// A quarter that lasts less than this, in microseconds, is no tempo to play in.
    private static let shortestQuarter = 1_000

    /// This file with one track more. Its tempi, time signatures, programs and percussion stay; its ticks are made finer,
    /// so that the new messages sound at their times.
    /// - Parameters:
    ///   - end: when what is continued ends, in nanoseconds. What the file says to its channels later is left out, since
    ///     it would act on the new notes; percussion goes on.
    ///   - endings: what ends the keys and pedals that it leaves down.
    /// - Returns: nil if the format has no room for one track or so many ticks more.
    public func continued(
        after end: Int64, endings: [PlayedEvent], by name: String, _ messages: [ChannelMessage]
    ) -> MIDIFile? {
        guard var file = simultaneous(), file.tracks.count < Self.mostTracks else { return nil }
        var addition = Track(name: name, events: [])
        addition.tempoChanges = file.keepTimeMoving(after: end)
        let last = max(end, messages.map(\.time).max() ?? 0)
        func map() -> TickMap { TickMap(file.timeBase, (file.tracks + [addition]).flatMap(\.tempoChanges)) }
        let ticks = max(file.tracks.map(\.end).max() ?? 0, map().tick(at: last) + 1)
        guard ticks <= Self.lastTick else { return nil }
        let tempo = addition.tempoChanges.last ?? file.tempo(at: end)
        let factor = file.timeBase.finest(
            limit: Self.lastTick / ticks, microsecondsPerQuarter: tempo?.microsecondsPerQuarter ?? 500_000)
        file.timeBase = file.timeBase.finer(factor)
        for index in file.tracks.indices { file.tracks[index].changeTicks { $0 * factor } }
        addition.changeTicks { $0 * factor }
        let times = map()
        for index in file.tracks.indices { file.tracks[index].leaveOut(after: end, times) }
        for ending in endings { file.end(ending, atTick: times.tick(at: end)) }
        addition.events = messages.sorted { $0.time < $1.time }.map { message in
            MIDIFileEvent(
                tick: times.tick(at: message.time), status: message.status, data1: message.data1, data2: message.data2)
        }
        addition.end = max(addition.end, addition.events.last?.tick ?? 0)
        file.tracks.append(addition)
        return file
    }

    /// With sequential tracks at their ticks one after the other; nil if these are too many.
    private func simultaneous() -> MIDIFile? {
        var file = self
        file.format = .simultaneousTracks
        guard format == .sequentialTracks else { return file }
        var origin = 0
        for index in tracks.indices {
            file.tracks[index].changeTicks { $0 + origin }
            // Each of them begins in the tempo that holds where nothing else is said.
            if origin > 0 {
                file.tracks[index].tempoChanges.insert(
                    TempoChange(tick: origin, microsecondsPerQuarter: 500_000), at: 0)
            }
            origin += tracks[index].end
            guard origin <= Self.lastTick else { return nil }
        }
        return file
    }

    /// The last change up to a time in nanoseconds, if any.
    private func tempo(at time: Int64) -> TempoChange? {
        let changes = tracks.flatMap(\.tempoChanges)
        let times = TickMap(timeBase, changes)
        return changes.sorted { $0.tick < $1.tick }.last { times.time($0.tick) <= time }
    }

    /// Where the tempi from `end` on would keep time from passing, takes them out.
    /// - Returns: the tempo to put there.
    private mutating func keepTimeMoving(after end: Int64) -> [TempoChange] {
        guard case .ticksPerQuarter = timeBase else { return [] }
        let times = TickMap(timeBase, tracks.flatMap(\.tempoChanges))
        let tick = times.tick(at: end)
        let present = tempo(at: end)
        let later = tracks.flatMap(\.tempoChanges).filter { times.time($0.tick) > end }
        guard
            (later + [present].compactMap(\.self)).contains(where: { $0.microsecondsPerQuarter < Self.shortestQuarter })
        else { return [] }
        for index in tracks.indices {
            tracks[index].tempoChanges.removeAll { times.time($0.tick) > end }
        }
        return [TempoChange(tick: max(tick, present?.tick ?? 0), microsecondsPerQuarter: 500_000)]
    }

    /// Puts the end of a key or pedal into the track that it is of.
    private mutating func end(_ ending: PlayedEvent, atTick tick: Int) {
        let message = ChannelMessage(ending)
        let index =
            tracks.lastIndex { track in
                track.events.contains {
                    $0.channel == ending.channel
                        && (ending.kind == .sustain
                            ? $0.status & 0xF0 == 0xB0 && $0.data1 == PlayedEvent.sustainController
                            : $0.isNoteOn && $0.data1 == ending.key)
                }
            } ?? 0
        let place = tracks[index].events.firstIndex { $0.tick > tick } ?? tracks[index].events.endIndex
        tracks[index].events.insert(
            MIDIFileEvent(tick: tick, status: message.status, data1: message.data1, data2: message.data2), at: place)
        tracks[index].end = max(tracks[index].end, tick)
    }
}

extension MIDIFile.Track {
    /// - Parameter change: must keep the order.
    fileprivate mutating func changeTicks(_ change: (Int) -> Int) {
        for index in events.indices { events[index].tick = change(events[index].tick) }
        for index in tempoChanges.indices { tempoChanges[index].tick = change(tempoChanges[index].tick) }
        others.changeTicks(change)
        end = change(end)
    }

    /// What is said to channels after `time`, but for percussion; texts, signatures and the like stay.
    fileprivate mutating func leaveOut(after time: Int64, _ times: TickMap) {
        events.removeAll { $0.channel != PlayedEvent.percussionChannel && times.time($0.tick) > time }
        others.removeAll { $0.bytes.first != 0xFF && times.time($0.tick) > time }
    }
}
