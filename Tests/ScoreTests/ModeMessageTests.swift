import Score
import Testing

/// Controllers 120, 121 and 123 do in files what they do live.
@Suite struct ModeMessageTests {
    /// Ticks are milliseconds.
    private static func file(_ tracks: [MIDIFileEvent]...) -> MIDIFile {
        MIDIFile(
            format: .simultaneousTracks, timeBase: .ticksPerQuarter(500),
            tracks: tracks.map { .init(name: "", events: $0, end: 9_000) })
    }

    private static func on(_ key: UInt8, _ tick: Int, _ channel: UInt8 = 0) -> MIDIFileEvent {
        MIDIFileEvent(tick: tick, status: 0x90 | channel, data1: key, data2: 64)
    }

    private static func off(_ key: UInt8, _ tick: Int) -> MIDIFileEvent {
        MIDIFileEvent(tick: tick, status: 0x80, data1: key, data2: 64)
    }

    private static func control(_ number: UInt8, _ value: UInt8, _ tick: Int, _ channel: UInt8 = 0) -> MIDIFileEvent {
        MIDIFileEvent(tick: tick, status: 0xB0 | channel, data1: number, data2: value)
    }

    /// Key and end in ms, by key.
    private func ends(_ file: MIDIFile) -> [[Int]] {
        let played = notes(from: file.playedEvents(), foldingPedal: true)
        // The picture says the same.
        let drawn = file.voices().flatMap(\.notes)
        func sorted(_ notes: [Note]) -> [[Int]] {
            notes.map { [Int($0.key), Int($0.end / 1_000_000)] }.sorted { ($0[0], $0[1]) < ($1[0], $1[1]) }
        }
        #expect(sorted(drawn) == sorted(played))
        return sorted(played)
    }

    private static let late = on(90, 3_000)

    @Test(arguments: [120, 123] as [UInt8]) func endsWhatIsHeldOnItsChannel(_ number: UInt8) {
        let chord = [Self.on(60, 0), Self.on(64, 0)]
        #expect(
            ends(Self.file(chord + [Self.control(number, 0, 500), Self.late])) == [
                [60, 500], [64, 500], [90, 3_000],
            ])
        #expect(
            ends(Self.file(chord + [Self.control(number, 0, 500, 1), Self.late])) == [
                [60, 3_000], [64, 3_000], [90, 3_000],
            ])
        // Whichever track it is written in.
        #expect(
            ends(Self.file([Self.control(number, 0, 500)], chord, [Self.late])) == [
                [60, 500], [64, 500], [90, 3_000],
            ])
        // What begins at its time goes on, unless it stands before it in its own track.
        let again = [Self.control(number, 0, 500), Self.on(60, 500), Self.off(60, 800), Self.late]
        #expect(ends(Self.file([Self.on(60, 0)] + again)) == [[60, 500], [60, 800], [90, 3_000]])
        #expect(
            ends(Self.file([Self.on(60, 0), Self.late], again)) == [[60, 500], [60, 800], [90, 3_000], [90, 3_000]])
        #expect(
            ends(Self.file([Self.on(60, 500), Self.control(number, 0, 500), Self.late])) == [[60, 500], [90, 3_000]])
        // A stray end of what it has ended ends nothing.
        #expect(
            ends(Self.file([Self.on(60, 0), Self.control(number, 0, 500), Self.off(60, 700), Self.late]))
                == [[60, 500], [90, 3_000]])
    }

    @Test func allSoundOffEndsWhatThePedalHoldsToo() {
        let pedalled = [Self.control(64, 127, 0), Self.on(60, 0), Self.off(60, 100), Self.on(62, 200)]
        let lift = [Self.control(64, 0, 1_000), Self.late]
        #expect(
            ends(Self.file(pedalled + [Self.control(123, 0, 500)] + lift)) == [
                [60, 1_000], [62, 1_000], [90, 3_000],
            ])
        #expect(
            ends(Self.file(pedalled + [Self.control(120, 0, 500)] + lift)) == [[60, 500], [62, 500], [90, 3_000]])
        // The pedal itself stays down.
        let after = [Self.control(120, 0, 500), Self.on(70, 600), Self.off(70, 700)]
        #expect(
            ends(Self.file(pedalled + after + lift)) == [[60, 500], [62, 500], [70, 1_000], [90, 3_000]])
    }

    @Test func resetAllControllersLiftsThePedal() {
        let pedalled = [Self.control(64, 127, 0), Self.on(60, 0), Self.off(60, 100)]
        let after = [Self.on(62, 600), Self.off(62, 700), Self.late]
        #expect(
            ends(Self.file(pedalled + [Self.control(121, 0, 500)] + after)) == [[60, 500], [62, 700], [90, 3_000]])
        #expect(
            ends(Self.file(pedalled + [Self.control(121, 0, 500, 3)] + after)) == [
                [60, 3_000], [62, 3_000], [90, 3_000],
            ])
    }

    /// The file itself keeps what it said.
    @Test func theyAreWrittenAgain() throws {
        let file = Self.file([Self.on(60, 0), Self.control(123, 0, 500)])
        #expect(try MIDIFile(bytes: file.serialized()) == file)
    }

    @Test func manyAtOneTimeTakeNoLonger() throws {
        let many = 200_000
        let events = (0..<many).flatMap { [Self.on(UInt8($0 % 128), 5), Self.control(123, 0, 5)] }
        #expect(Self.file(events).playedEvents().count == 2 * many)
    }
}
