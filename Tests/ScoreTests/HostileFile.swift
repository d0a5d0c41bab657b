import Score
import TestSupport
import Testing

/// A file made to break a reader, and what it gives.
struct HostileFile: Sendable, CustomTestStringConvertible {
    enum Outcome: Sendable {
        /// So many notes, their ends, and pedals.
        case value(Int)
        case error(MIDIFileError.Problem, at: Int)
    }

    let testDescription: String
    let bytes: [UInt8]
    let outcome: Outcome

    private init(_ name: String, _ bytes: [UInt8], _ outcome: Outcome) {
        (testDescription, self.bytes, self.outcome) = (name, bytes, outcome)
    }

    static let all = claims + numbers + statuses

    private static let note: [UInt8] = [0, 0x90, 60, 64, 1, 60, 0]
    private static let beyond = MIDIFileError.Problem.endOfTrack(wanted: "the end of an event")

    /// The header and a chunk's head are 14 and 8 bytes, so a track's first byte is at 22.
    private static let claims = [
        HostileFile(
            "a header of 100 MB", header(length: 100_000_000),
            .error(.chunkTooLong(length: 100_000_000, left: 6), at: 4)),
        HostileFile(
            "a track of 100 MB", header() + chunk(note, claiming: 100_000_000),
            .error(.chunkTooLong(length: 100_000_000, left: 7), at: 18)),
        HostileFile(
            "a track of 4 GB", header() + chunk(note, claiming: 0xFFFF_FFFF),
            .error(.chunkTooLong(length: 0xFFFF_FFFF, left: 7), at: 18)),
        HostileFile(
            "an unknown chunk of 4 GB", header() + chunk(type: "junk", [], claiming: 0xFFFF_FFFF) + chunk(note),
            .value(2)),
        HostileFile(
            "an unknown chunk of 4 GB, and no track", header() + chunk(type: "junk", note, claiming: 0xFFFF_FFFF),
            .error(.chunkTooLong(length: 0xFFFF_FFFF, left: 7), at: 18)),
        HostileFile("a text of 256 MB", midiFile([0, 0xFF, 1, 0xFF, 0xFF, 0xFF, 0x7F]), .error(beyond, at: 25)),
        HostileFile(
            "a system exclusive of 256 MB", midiFile([0, 0xF0, 0xFF, 0xFF, 0xFF, 0x7F]), .error(beyond, at: 24)),
        HostileFile(
            "an end of track of 256 MB", midiFile([0, 0xFF, 0x2F, 0xFF, 0xFF, 0xFF, 0x7F]), .error(beyond, at: 25)),
        HostileFile(
            "a tempo of 256 MB", midiFile([0, 0xFF, 0x51, 0xFF, 0xFF, 0xFF, 0x7F, 1, 2, 3]), .error(beyond, at: 25)),
        HostileFile("65,535 tracks, of which one is there", header(tracks: 65_535) + chunk(note), .value(2)),
        HostileFile(
            "65,536 tracks, of which none is declared", header(tracks: 0) + (0..<65_536).flatMap { _ in chunk([]) },
            .value(0)),
        HostileFile(
            "65,535 tracks, and nothing but other chunks",
            header(tracks: 65_535) + (0..<1_000).flatMap { _ in chunk(type: "junk", []) },
            .error(.missingTracks(declared: 65_535, found: 0), at: 8_014)),
        HostileFile(
            "65,535 empty tracks", header(tracks: 65_535) + (0..<65_535).flatMap { _ in chunk([]) }, .value(0)),
        HostileFile(
            "a track that says it is shorter than it is", header() + chunk(note, claiming: 6), .value(2)),
        HostileFile("no track", header(tracks: 0), .value(0)),
    ]

    private static let numbers = [
        HostileFile("format 3", header(format: 3) + chunk(note), .error(.format(3), at: 8)),
        HostileFile("format 65535", header(format: 0xFFFF) + chunk(note), .error(.format(0xFFFF), at: 8)),
        HostileFile("division 0", header(division: 0) + chunk(note), .error(.division(0), at: 12)),
        HostileFile("0 ticks a frame", header(division: 0xE800) + chunk(note), .error(.division(0xE800), at: 12)),
        HostileFile("128 frames a second", header(division: 0x8001) + chunk(note), .error(.division(0x8001), at: 12)),
        HostileFile("23 frames a second", header(division: 0xE908) + chunk(note), .error(.division(0xE908), at: 12)),
        HostileFile("tempo 0: time stands still", midiFile([0, 0xFF, 0x51, 3, 0, 0, 0] + note), .value(2)),
        HostileFile(
            "a tempo of 2 bytes", midiFile([0, 0xFF, 0x51, 2, 0, 0] + note), .error(.tempo(length: 2), at: 24)),
        HostileFile(
            "a delta time that does not end", midiFile([0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
            .error(.variableLengthQuantity, at: 25)),
        HostileFile(
            "a delta time of five bytes", midiFile([0x80, 0x80, 0x80, 0x80, 0] + note),
            .error(.variableLengthQuantity, at: 25)),
        HostileFile(
            "a length of five bytes", midiFile([0, 0xF0, 0x81, 0x80, 0x80, 0x80, 0]),
            .error(.variableLengthQuantity, at: 27)),
        HostileFile("a zero of four bytes", midiFile([0x80, 0x80, 0x80] + note), .value(2)),
        HostileFile(
            "delta times that add up to centuries",
            header(division: 1) + chunk((0..<2_000).flatMap { _ in longestDelta + [0xFF, 1, 0] }),
            .error(.tooLong, at: 22 + 7 * 1_024)),
    ]

    private static let statuses = [
        HostileFile("running status before any status", midiFile([0, 60, 64]), .error(.noRunningStatus(60), at: 23)),
        HostileFile(
            "running status of the track before", header(tracks: 2) + chunk(note) + chunk([0, 60, 64]),
            .error(.noRunningStatus(60), at: 38)),
        HostileFile("running status behind a text", midiFile(note + [0, 0xFF, 1, 0, 0, 60, 0]), .value(3)),
        HostileFile("a status for the first data byte", midiFile([0, 0x90, 0x90, 60]), .value(1)),
        HostileFile("a status for the second data byte", midiFile([0, 0x90, 60, 0xFF]), .value(1)),
        HostileFile("a status for the data byte of a program", midiFile([0, 0xC0, 0x80]), .value(0)),
        HostileFile("a song position", midiFile([0, 0xF2, 0, 0]), .error(.status(0xF2), at: 23)),
        HostileFile("active sensing", midiFile([0, 0xFE] + note), .value(2)),
        HostileFile("a note behind the end of its track", midiFile([0, 0xFF, 0x2F, 0] + note), .value(0)),
        HostileFile("garbage behind the last track", midiFile(note) + [0xFF, 0xFF], .value(2)),
    ]
}

private let longestDelta: [UInt8] = [0xFF, 0xFF, 0xFF, 0x7F]
