extension MIDIFile {
    /// What was read from the file, as text: first a line that begins with `#`, then for each track in turn a line an
    /// event, its fields separated by tabs:
    ///
    ///     track  tick  seconds  event  channel  data …
    ///
    /// Track and channel count from 1, as on instruments. Events are `off` and `on` (key, velocity; an `on` of velocity 0
    /// ends a note), `pressure` (key, value), `control` (number, value), `program` (number), `channel-pressure` (value),
    /// `bend` (0…16383, 8192 is the middle), and without a channel (`-`) `tempo` (µs a quarter) and `end`. Seconds are
    /// those from the start of the piece, exact to the nanosecond.
    public func listing(title: String) -> String {
        var listing = "# \(title): \(summary)\n"
        let maps = tickMaps()
        for (index, track) in tracks.enumerated() {
            let map = format == .sequentialTracks ? index : 0
            var changes = track.tempoChanges[...]
            func line(_ tick: Int, _ event: StaticString, _ data: [Int], channel: UInt8?) {
                let (seconds, rest) = maps[map].time(tick).quotientAndRemainder(dividingBy: 1_000_000_000)
                let fraction = String(rest + 1_000_000_000).dropFirst()
                listing += "\(index + 1)\t\(tick)\t\(seconds).\(fraction)\t\(event)\t"
                listing += channel.map { String($0 + 1) } ?? "-"
                for number in data { listing += "\t\(number)" }
                listing += "\n"
            }
            for event in track.events {
                while let change = changes.first, change.tick <= event.tick {
                    line(change.tick, "tempo", [change.microsecondsPerQuarter], channel: nil)
                    changes.removeFirst()
                }
                line(event.tick, event.name, event.data, channel: event.channel)
            }
            for change in changes { line(change.tick, "tempo", [change.microsecondsPerQuarter], channel: nil) }
            line(track.end, "end", [], channel: nil)
        }
        return listing
    }

    private var summary: String {
        let division =
            switch timeBase {
            case .ticksPerQuarter(let ticks): "\(ticks) ticks a quarter"
            case .ticksPerFrame(let ticks, let frames): "\(frames) frames a second of \(ticks) ticks"
            }
        let notes = tracks.reduce(0) { $0 + $1.events.count(where: \.isNoteOn) }
        return "format \(format.rawValue), \(division), tracks: \(tracks.count), notes: \(notes)"
    }
}

extension MIDIFileEvent {
    fileprivate var name: StaticString {
        switch status & 0xF0 {
        case 0x80: "off"
        case 0x90: "on"
        case 0xA0: "pressure"
        case 0xB0: "control"
        case 0xC0: "program"
        case 0xD0: "channel-pressure"
        default: "bend"
        }
    }

    fileprivate var data: [Int] {
        switch status & 0xF0 {
        case 0xC0, 0xD0: [Int(data1)]
        case 0xE0: [Int(data2) << 7 | Int(data1)]
        default: [Int(data1), Int(data2)]
        }
    }
}
