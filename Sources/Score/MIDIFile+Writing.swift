import Files

/// A message as a port or a recorder has it: a time instead of a tick.
public struct ChannelMessage: Equatable, Sendable {
    /// Nanoseconds since the start.
    public var time: Int64
    /// 0x80…0xEF.
    public var status: UInt8
    public var data1: UInt8
    /// 0 for program changes and channel pressure, which have one data byte.
    public var data2: UInt8

    public init(time: Int64, status: UInt8, data1: UInt8, data2: UInt8) {
        self.time = time
        self.status = status
        self.data1 = data1
        self.data2 = data2
    }

    public init(_ event: PlayedEvent) {
        switch event.kind {
        case .noteOff: self.init(time: event.time, status: 0x80 | event.channel, data1: event.key, data2: event.value)
        case .noteOn: self.init(time: event.time, status: 0x90 | event.channel, data1: event.key, data2: event.value)
        case .sustain:
            self.init(
                time: event.time, status: 0xB0 | event.channel, data1: PlayedEvent.sustainController,
                data2: event.value)
        }
    }
}

extension MIDIFile {
    /// 5,000 ticks a quarter at 120 quarters a minute, the tempo that every reader assumes.
    private static let nanosecondsPerTick: Int64 = 100_000

    /// A file of format 1 with 0.1 ms a tick.
    /// - Parameter recording: one track each; messages in any order of time (a time before the start counts as the
    ///   start), simultaneous ones stay in the given order.
    public init(recording: [(name: String, messages: [ChannelMessage])]) {
        self.init(format: .simultaneousTracks, timeBase: .ticksPerQuarter(5_000), tracks: [])
        tracks = recording.map { name, messages in
            let events = messages.sorted { $0.time < $1.time }.map { message in
                let (whole, rest) = max(message.time, 0).quotientAndRemainder(dividingBy: Self.nanosecondsPerTick)
                return MIDIFileEvent(
                    tick: Int(rest * 2 < Self.nanosecondsPerTick ? whole : whole + 1), status: message.status,
                    data1: message.data1, data2: message.data2)
            }
            return Track(name: name, events: events)
        }
        if !tracks.isEmpty { tracks[0].tempoChanges = [TempoChange(tick: 0, microsecondsPerQuarter: 500_000)] }
    }

    /// The same bytes for the same file, with running status. Reading them gives this file again.
    public func serialized() -> [UInt8] {
        var writer = MIDIFileWriter()
        writer.bytes += "MThd".utf8
        writer.bigEndian(6, bytes: 4)
        writer.bigEndian(Int(format.rawValue), bytes: 2)
        writer.bigEndian(tracks.count, bytes: 2)
        writer.bigEndian(Int(timeBase.division), bytes: 2)
        for track in tracks { writer.track(track) }
        return writer.bytes
    }

    /// Replaces the file at `path`, or leaves it as it was.
    public func write(to path: String) throws(FileError) {
        try writeAtomically(serialized(), to: path)
    }
}

private struct MIDIFileWriter {
    var bytes: [UInt8] = []
    private var tick = 0
    private var runningStatus: UInt8 = 0

    mutating func track(_ track: MIDIFile.Track) {
        bytes += "MTrk".utf8
        let start = bytes.count
        bigEndian(0, bytes: 4)
        tick = 0
        runningStatus = 0
        if !track.name.isEmpty { meta(0x03, Array(track.name.utf8), at: 0) }
        var (tempoChanges, others) = (track.tempoChanges[...], track.others[...])
        for event in track.events {
            metas(&tempoChanges, &others, through: event.tick)
            message(event)
        }
        metas(&tempoChanges, &others, through: .max)
        meta(0x2F, [], at: track.end)
        let length = bytes.count - start - 4
        for byte in 0..<4 { bytes[start + byte] = UInt8(truncatingIfNeeded: length >> (24 - 8 * byte)) }
    }

    private mutating func message(_ event: MIDIFileEvent) {
        delta(to: event.tick)
        if event.status != runningStatus { bytes.append(event.status) }
        runningStatus = event.status
        bytes.append(event.data1)
        if MIDIFileEvent.dataBytes(status: event.status) == 2 { bytes.append(event.data2) }
    }

    /// Before the channel messages of the same tick.
    private mutating func metas(
        _ tempoChanges: inout ArraySlice<TempoChange>, _ others: inout Slice<OtherEvents>, through last: Int
    ) {
        while true {
            let (change, other) = (tempoChanges.first, others.first)
            if let change, change.tick <= min(last, other?.tick ?? .max) {
                tempo(tempoChanges.removeFirst())
            } else if let other, other.tick <= last {
                delta(to: other.tick)
                runningStatus = 0
                bytes += other.bytes
                others.removeFirst()
            } else {
                return
            }
        }
    }

    private mutating func tempo(_ change: TempoChange) {
        let value = change.microsecondsPerQuarter
        meta(0x51, [16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }, at: change.tick)
    }

    private mutating func meta(_ type: UInt8, _ data: [UInt8], at tick: Int) {
        delta(to: tick)
        runningStatus = 0
        bytes += [0xFF, type]
        variableLength(data.count)
        bytes += data
    }

    private mutating func delta(to next: Int) {
        var delta = next - tick
        tick = next
        // A delta time has 28 bits, seven hours of a recording: empty text events bridge what is longer.
        while delta > 0x0FFF_FFFF {
            variableLength(0x0FFF_FFFF)
            bytes += [0xFF, 0x01, 0x00]
            runningStatus = 0
            delta -= 0x0FFF_FFFF
        }
        variableLength(delta)
    }

    mutating func bigEndian(_ value: Int, bytes count: Int) {
        for byte in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
    }

    private mutating func variableLength(_ value: Int) {
        for group in (1..<4).reversed() where value >> (7 * group) > 0 {
            bytes.append(UInt8(value >> (7 * group) & 0x7F) | 0x80)
        }
        bytes.append(UInt8(value & 0x7F))
    }
}
