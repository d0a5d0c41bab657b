import Score
import TestSupport
import Testing

/// Needs ../shared/data (or CONTINUO_DATA); skipped where it is absent.
@Suite(.enabled(if: Corpora.present)) struct CorporaTests {
    /// Every 20th file.
    @Test(arguments: ["maestro", "asap", "piano-midi", "abc/nottingham/midi"])
    func readsAndWritesAgain(_ corpus: String) throws {
        let files = Corpora.files(corpus)
        var read = 0
        for index in stride(from: 0, to: files.count, by: 20) {
            let file = try MIDIFile(path: files[index])
            #expect(file.playedEvents().contains { $0.kind == .noteOn }, "\(files[index])")
            #expect(try MIDIFile(bytes: file.serialized()) == file, "\(files[index])")
            read += 1
        }
        print("\(corpus): read \(read) of \(files.count) MIDI files")
        #expect(read > 0)
    }

    /// What mido reads in 32 files, event by event (Fixtures/digest.py).
    @Test func agreesWithAnotherLibrary() throws {
        for line in try Fixture.text("corpora").split(separator: "\n") {
            let fields = line.split(separator: " ").map(String.init)
            let events = try MIDIFile(path: Corpora.folder + "/" + fields[0]).playedEvents()
            #expect(events.count == Int(fields[1]), "\(fields[0])")
            #expect(fnv1a(lines(events).utf8) == UInt64(fields[2], radix: 16), "\(fields[0])")
        }
    }

    private func fnv1a(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
