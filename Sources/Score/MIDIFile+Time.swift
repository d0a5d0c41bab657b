import Time

extension MIDIFile {
    /// Nanoseconds from the start to the end of the last track.
    public var duration: Int64 {
        let maps = tickMaps()
        if format == .sequentialTracks {
            return tracks.isEmpty ? 0 : maps[tracks.count - 1].time(tracks[tracks.count - 1].end)
        }
        return maps[0].time(tracks.reduce(0) { max($0, $1.end) })
    }

    /// Tempi and meters of the file, in beats; nil where beats have no one time: SMPTE time has no beats, and each
    /// sequential track has its own time. Changes between two units of `Beats` move to the nearer; ticks of the usual
    /// resolutions are whole units.
    public var tempoMap: TempoMap? {
        guard case .ticksPerQuarter(let division) = timeBase, format != .sequentialTracks else { return nil }
        func beats(_ tick: Int) -> Beats { Beats(nearest: Int64(tick), perBeat: Int64(division)) }
        return TempoMap(
            tempi: tracks.flatMap(\.tempoChanges).compactMap { change in
                Tempo(microsecondsPerBeat: change.microsecondsPerQuarter).map { .init(at: beats(change.tick), $0) }
            },
            meters: tracks.flatMap(\.meters).map { .init(at: beats($0.tick), $0.meter) })
    }

    /// Whether the file says what its bars are; where it does not, `tempoMap` supposes 4/4.
    public var statesMeter: Bool { tracks.contains { !$0.meters.isEmpty } }

    /// One map for all tracks, or, of sequential tracks, one for each. Exact in the file's own ticks, whatever their
    /// resolution.
    func tickMaps() -> [TickMap] {
        guard format == .sequentialTracks else {
            return [TickMap(timeBase, tracks.flatMap(\.tempoChanges))]
        }
        var origin: Int128 = 0
        return tracks.map { track in
            let map = TickMap(timeBase, track.tempoChanges, origin: origin)
            origin = map.elapsed(at: Int64(track.end))
            return map
        }
    }
}

extension MIDIFile.Track {
    /// Time signatures (Standard MIDI Files 1.0, "Time Signature") that a `Meter` holds, in file order.
    fileprivate var meters: [(tick: Int, meter: Meter)] {
        others.compactMap { event in
            guard event.bytes.starts(with: [0xFF, 0x58]) else { return nil }
            // The length ends in a byte below 0x80.
            let data = event.bytes.dropFirst(2).drop { $0 >= 0x80 }.dropFirst()
            guard data.count >= 2, data[data.startIndex + 1] < 16 else { return nil }
            return Meter(Int(data[data.startIndex]), 1 << Int(data[data.startIndex + 1])).map { (event.tick, $0) }
        }
    }
}

extension TickMap {
    /// - Parameters:
    ///   - changes: without effect on SMPTE time.
    ///   - origin: units (`TimeBase.unitRate`) elapsed at tick 0.
    init(_ timeBase: TimeBase, _ changes: [TempoChange], origin: Int128 = 0) {
        guard case .ticksPerQuarter = timeBase else {
            self.init(timeBase.unitRate, unitsPerTick: 1, origin: origin)
            return
        }
        self.init(
            timeBase.unitRate, unitsPerTick: Int64(Tempo.standard.microsecondsPerBeat),
            changes: changes.map { Change(tick: Int64($0.tick), unitsPerTick: Int64($0.microsecondsPerQuarter)) },
            origin: origin)
    }

    /// Nanoseconds, to the nearest.
    func time(_ tick: Int) -> Int64 { count(at: Int64(tick), perSecond: 1_000_000_000) }

    /// The tick nearest to a time in nanoseconds, or of SMPTE time the last before it; 0 before the start.
    func tick(at nanoseconds: Int64) -> Int {
        Int(tick(atCount: max(nanoseconds, 0), perSecond: 1_000_000_000))
    }
}
