import Score
import TestSupport
import Testing

/// Files that break a rule which other programs are lax about, or whose headers lie: what is there is read, with a
/// warning.
@Suite struct LaxFilesTests {
    typealias Problem = MIDIFileWarning.Problem

    struct Lax: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
        let keys: [UInt8]
        let problem: Problem?
        let offset: Int

        init(_ name: String, _ bytes: [UInt8], _ keys: [UInt8], _ problem: Problem?, at offset: Int = 0) {
            (testDescription, self.bytes, self.keys) = (name, bytes, keys)
            (self.problem, self.offset) = (problem, offset)
        }
    }

    /// Closed by an end-of-track event, 11 bytes.
    private static func track(_ key: UInt8) -> [UInt8] { [0, 0x90, key, 64, 1, key, 0] + close }
    private static let close: [UInt8] = [0, 0xFF, 0x2F, 0]
    private static let one = header() + chunk(track(60))

    static let events = [
        Lax(
            "running status behind a meta event",
            midiFile([0, 0x90, 60, 70, 0, 60, 0, 0, 0xFF, 1, 2, 37, 43, 0, 62, 70, 0, 62, 0]), [60, 62], .runningStatus,
            at: 36),
        Lax(
            "running status behind a system exclusive",
            midiFile([0, 0x90, 60, 70, 0, 60, 0, 0, 0xF0, 1, 0xF7, 0, 62, 70, 0, 62, 0]), [60, 62], .runningStatus,
            at: 34),
        Lax(
            "a status behind a meta event", midiFile([0, 0x90, 60, 70, 0, 0xFF, 1, 0, 0, 0x90, 62, 7]), [60, 62], nil),
        Lax("a velocity of 200", midiFile([0, 0x90, 60, 200]), [60], .dataByte(200), at: 25),
        Lax("a key of 200", midiFile([0, 0x90, 200, 64]), [127], .dataByte(200), at: 24),
    ]

    static let headers = [
        Lax(
            "fewer tracks declared than there are", header(tracks: 1) + chunk(track(60)) + chunk(track(62)), [60, 62],
            .tracks(declared: 1, found: 2), at: 10),
        Lax(
            "no track declared", header(tracks: 0) + chunk(track(60)), [60], .tracks(declared: 0, found: 1), at: 10),
        Lax(
            "more tracks declared", header(tracks: 3) + chunk(track(60)) + chunk(track(62)), [60, 62],
            .tracks(declared: 3, found: 2), at: 10),
        Lax(
            "more tracks declared, and nulls to fill up",
            header(tracks: 2) + chunk(track(60)) + [UInt8](repeating: 0, count: 40),
            [60], .tracks(declared: 2, found: 1), at: 10),
        Lax(
            "a damaged track that is not declared", header(tracks: 1) + chunk(track(60)) + chunk([0, 60, 1]), [60],
            .leftOut, at: 33),
        Lax(
            "a last track that is too long", header() + chunk(track(60), claiming: 111), [60],
            .trackLength(111, found: 11), at: 18),
        Lax(
            "a track of 4 GB", header() + chunk(track(60), claiming: 0xFFFF_FFFF), [60],
            .trackLength(0xFFFF_FFFF, found: 11), at: 18),
        Lax(
            "a first track that is too long", header(tracks: 2) + chunk(track(60), claiming: 15) + chunk(track(62)),
            [60, 62], .trackLength(15, found: 11), at: 18),
        Lax(
            "a first track that runs over the second",
            header(tracks: 2) + chunk(track(60), claiming: 30) + chunk(track(62)),
            [60, 62], .trackLength(30, found: 11), at: 18),
        Lax(
            "a first track beyond the end", header(tracks: 2) + chunk(track(60), claiming: 1_000) + chunk(track(62)),
            [60, 62], .trackLength(1_000, found: 11), at: 18),
        Lax(
            "a track of length 0", header(tracks: 2) + chunk(track(60), claiming: 0) + chunk(track(62)), [60, 62],
            .trackLength(0, found: 11), at: 18),
        Lax(
            "a last track of length 0 without an end", header() + chunk([0, 0x90, 60, 64, 1, 60, 0], claiming: 0), [60],
            .trackLength(0, found: 7), at: 18),
        Lax(
            "a track that is too short by an event",
            header(tracks: 2) + chunk(track(60), claiming: 7) + chunk(track(62)),
            [60, 62], .trackLength(7, found: 11), at: 18),
        Lax(
            "a track that is too short by half an event",
            header(tracks: 2) + chunk(track(60), claiming: 5) + chunk(track(62)), [60, 62], .trackLength(5, found: 11),
            at: 18),
        Lax("a header of 0", header(length: 0) + chunk(track(60)), [60], .headerLength(0), at: 4),
        Lax(
            "a header of 4 GB", header(length: 0xFFFF_FFFF) + chunk(track(60)), [60], .headerLength(0xFFFF_FFFF), at: 4),
        Lax("a header of 10 that has 6", header(length: 10) + chunk(track(60)), [60], .headerLength(10), at: 4),
        Lax(
            "bytes between two tracks", header(tracks: 2) + chunk(track(60)) + [0, 1, 2] + chunk(track(62)), [60, 62],
            .gap(length: 3), at: 33),
        Lax("an empty track", header(tracks: 2) + chunk([]) + chunk(track(62)), [62], nil),
        Lax("a track without an end", header(tracks: 2) + chunk([0, 0x90, 60, 64]) + chunk(track(62)), [60, 62], nil),
        Lax(
            "bytes behind the end of a track", header(tracks: 2) + chunk(track(60) + [1, 2, 3]) + chunk(track(62)),
            [60, 62], nil),
    ]

    static let containers = [
        Lax("RMID", riff(one), [60], nil),
        Lax("RMID whose sizes are 0", Array("RIFF\0\0\0\0RMIDdata\0\0\0\0".utf8) + one, [60], nil),
        Lax(
            "RMID with more behind it", riff(one) + Array("LIST\u{4}\0\0\0INFO".utf8), [60], nil),
        Lax("MacBinary", macBinary(one), [60], nil),
        Lax(
            "MacBinary whose tracks are too many", macBinary(header(tracks: 2) + chunk(track(60))), [60],
            .tracks(declared: 2, found: 1), at: 138),
    ]

    private static func riff(_ file: [UInt8]) -> [UInt8] {
        func size(_ count: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } }
        return Array("RIFF".utf8) + size(12 + file.count) + Array("RMIDdata".utf8) + size(file.count) + file
    }

    private static func macBinary(_ file: [UInt8]) -> [UInt8] {
        var head = [UInt8](repeating: 0, count: 128)
        head.replaceSubrange(1..<6, with: [4] + "song".utf8)
        head.replaceSubrange(65..<73, with: "MidiTTSQ".utf8)
        return head + file + [UInt8](repeating: 0, count: 128 - file.count)
    }

    @Test(arguments: events + headers + containers) func whatIsThereIsReadWithAWarning(_ lax: Lax) throws {
        var warnings: [MIDIFileWarning] = []
        let file = try MIDIFile(bytes: lax.bytes) { warnings.append($0) }
        #expect(file.playedEvents().filter { $0.kind == .noteOn }.map(\.key).sorted() == lax.keys)
        #expect(file.tracks.flatMap(\.events).allSatisfy { $0.data1 < 128 && $0.data2 < 128 })
        let first = warnings.first
        #expect(first?.problem == lax.problem)
        if lax.problem != nil { #expect(first?.offset == lax.offset) }
        // What was read is a good file once it is written.
        var again: [MIDIFileWarning] = []
        #expect(try MIDIFile(bytes: file.serialized()) { again.append($0) } == file)
        #expect(again.isEmpty)
    }

    @Test func oneWarningOfEachKind() throws {
        var warnings: [String] = []
        let text: [UInt8] = [0, 0xFF, 1, 1, 65]
        let file = try MIDIFile(
            bytes: midiFile([0, 0x90, 60, 200] + text + [0, 61, 201] + text + [0, 62, 7] + text + [0, 63, 7])
        ) { warnings.append($0.description) }
        #expect(file.tracks[0].events.map(\.data2) == [127, 127, 7, 7])
        #expect(
            warnings == [
                "MIDI file: byte 25: 0xC8 stands where a data byte (below 0x80) must; read as 0x7F (and 1 more)",
                "MIDI file: byte 32: running status goes on behind a meta or system exclusive event, which ends it; "
                    + "read as if it did not (and 2 more)",
            ])
    }

    /// A track that is cut off is no header that lies.
    @Test(arguments: [11, 12, 0xFFFF]) func aTrackThatIsCutOffIsAnError(_ length: Int) throws {
        let bytes = header() + chunk(Array(Self.track(60).prefix(9)), claiming: length)
        let error = try #require(throws: MIDIFileError.self) { try MIDIFile(bytes: bytes) }
        #expect(error.problem == .chunkTooLong(length: length, left: 9))
    }
}
