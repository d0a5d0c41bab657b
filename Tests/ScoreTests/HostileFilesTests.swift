import Files
import Glibc
import Score
import TestSupport
import Testing

/// Files made to break a reader: each gives a value, or one error whose offset lies in the file.
@Suite struct HostileFilesTests {
    @Test(arguments: HostileFile.all) func givesAValueOrOneError(_ hostile: HostileFile) throws {
        switch hostile.outcome {
        case .value(let events):
            #expect(try MIDIFile(bytes: hostile.bytes).playedEvents().count == events)
        case .error(let problem, let offset):
            let error = try #require(throws: MIDIFileError.self) { try MIDIFile(bytes: hostile.bytes) }
            #expect(error.problem == problem)
            #expect(error.offset == offset)
        }
    }

    /// The half that is cut off may have held anything: it is never read, and what is left is an error or a whole file.
    @Test(arguments: HostileFile.all.filter { $0.bytes.count < 10_000 })
    func cutAtEveryByteToo(_ hostile: HostileFile) {
        for length in hostile.bytes.indices { read(Array(hostile.bytes[..<length]), "\(length) bytes") }
    }

    @Test func garbageInTracks() {
        // Bytes that mean something to a reader come up more often than by chance.
        let telling: [UInt8] = [0, 1, 0x7F, 0x80, 0x90, 0xC0, 0xF0, 0xF7, 0xFF, 0x2F, 0x51, 0x03, 3, 60]
        var values = 0
        for seed in 1...20_000 as ClosedRange<UInt64> {
            var random = Dice(seed: seed &* 0x9E37_79B9_7F4A_7C15)
            let track = (0..<Int.random(in: 1..<20, using: &random)).map { _ in
                Bool.random(using: &random)
                    ? telling.randomElement(using: &random)! : .random(in: 0...255, using: &random)
            }
            let format = Int.random(in: 0...2, using: &random)
            let division = Bool.random(using: &random) ? 480 : Int.random(in: 0...0xFFFF, using: &random)
            if read(header(format: format, division: division) + chunk(track), "seed \(seed)") { values += 1 }
        }
        #expect(values > 100)  // Otherwise only the first check of each file was tested.
    }

    /// What is made of a file takes no more than n log n either: with n² these would take minutes.
    @Test func millionsAtOneTime() throws {
        let many = 300_000
        let ends: [UInt8] = (0..<many).flatMap { [0, UInt8($0 % 100), 0] }
        let beginnings: [UInt8] = (0..<many).flatMap { [0, UInt8($0 % 100), 64] }
        let events = try MIDIFile(bytes: midiFile([0, 0x90, 127, 1] + ends + beginnings)).playedEvents()
        #expect(events.count == 2 * many + 1)
        // A track's time is looked up among the changes of all of them.
        let tempi: [UInt8] = (0..<many).flatMap { _ in [1, 0xFF, 0x51, 3, 0, 0, 9] }
        let note: [UInt8] = [0x92, 0xA7, 0x60, 0x90, 60, 64, 1, 60, 0]  // At tick 300,000.
        let tracks = (0..<20_000).flatMap { _ in chunk(note) }
        let file = try MIDIFile(bytes: header(tracks: 20_001) + chunk(tempi) + tracks)
        // A quarter of 480 ticks lasts 0.5 s in the first tick, and 9 µs from then on.
        #expect(file.playedEvents().last?.time == (500_000_000 + Int64(many) * 9_000 + 240) / 480)
    }

    @Test func aFileTooLargeIsRefusedUnread() throws {
        let temporary = try TemporaryFile()
        let path = temporary.path
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
        #expect(ftruncate(descriptor, 1 << 40) == 0)  // A hole of a terabyte.
        close(descriptor)
        let error = try #require(throws: FileError.self) { try MIDIFile(path: path) }
        #expect(error.reason == "it has 1099511627776 bytes, more than the 67108864 allowed")
    }

    /// Whether it was a file. Whatever is read must also play and be written and read again.
    @discardableResult private func read(_ bytes: [UInt8], _ name: String) -> Bool {
        do {
            let file = try MIDIFile(bytes: bytes)
            #expect(inPlayingOrder(file.playedEvents()), "\(name)")
            #expect((try? MIDIFile(bytes: file.serialized())) == file, "\(name)")
            #expect(file.listing(title: name).hasSuffix("\n"))
            return true
        } catch {
            #expect((0...bytes.count).contains(error.offset), "\(name): \(error)")
        }
        return false
    }
}
