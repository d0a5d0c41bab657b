/// A Standard MIDI File (RP-001, version 1.0) in memory: what sounds and when. All else is kept as it is, to be written
/// again.
public struct MIDIFile: Equatable, Sendable {
    /// How the tracks relate (RP-001, "Formats 0, 1, and 2").
    public enum Format: UInt16, Sendable {
        case singleTrack = 0
        case simultaneousTracks = 1
        /// Independent patterns, each with its own tempo; here they are played one after the other.
        case sequentialTracks = 2
    }

    public struct Track: Equatable, Sendable {
        public var name: String
        /// Channel messages in file order; ticks never decrease.
        public var events: [MIDIFileEvent]
        /// In file order; ticks never decrease.
        public var tempoChanges: [TempoChange]
        /// Meta and system exclusive events but for name, tempo and end, in file order; ticks never decrease.
        public internal(set) var others = OtherEvents()
        /// The tick of the end of the track, at or after its last event.
        public var end: Int

        public init(name: String, events: [MIDIFileEvent], tempoChanges: [TempoChange] = [], end: Int? = nil) {
            self.name = name
            self.events = events
            self.tempoChanges = tempoChanges
            self.end = max(end ?? 0, events.last?.tick ?? 0, tempoChanges.last?.tick ?? 0)
        }
    }

    public var format: Format
    public var timeBase: TimeBase
    public var tracks: [Track]

    public init(format: Format, timeBase: TimeBase, tracks: [Track]) {
        self.format = format
        self.timeBase = timeBase
        self.tracks = tracks
    }
}

/// A channel message (status 0x80…0xEF) at its tick from the start of its track.
public struct MIDIFileEvent: Equatable, Sendable {
    public var tick: Int
    public var status: UInt8
    public var data1: UInt8
    /// 0 for program changes and channel pressure, which have one data byte.
    public var data2: UInt8

    public init(tick: Int, status: UInt8, data1: UInt8, data2: UInt8) {
        self.tick = tick
        self.status = status
        self.data1 = data1
        self.data2 = data2
    }

    /// 0…15.
    public var channel: UInt8 { status & 0x0F }

    /// A note-on of velocity 0 is none.
    var isNoteOn: Bool { status & 0xF0 == 0x90 && data2 > 0 }

    /// How many data bytes follow a channel status byte.
    static func dataBytes(status: UInt8) -> Int {
        status & 0xE0 == 0xC0 ? 1 : 2
    }
}

public struct TempoChange: Equatable, Sendable {
    public var tick: Int
    public var microsecondsPerQuarter: Int

    public init(tick: Int, microsecondsPerQuarter: Int) {
        self.tick = tick
        self.microsecondsPerQuarter = microsecondsPerQuarter
    }
}
