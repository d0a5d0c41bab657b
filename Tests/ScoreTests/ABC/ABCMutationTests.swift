import Score
import TestSupport
import Testing
import Time

/// Tunes that were changed at random, and texts made to grow: a value or one error, in time that grows with the text.
@Suite struct ABCMutationTests {
    @Test func changedAtRandom() throws {
        let tunes = try Repository.text("Tests/ScoreTests/Fixtures/ABC/features.abc").split(separator: "\n\n")
        let telling = Array("|:[](){}<>-~.\"!+^_='/,%\\&zZxXyKMLQPVT0123456789ABCabc \n".utf8) + [0, 0x80, 0xC3, 0xFF]
        var (values, errors) = (0, 0)
        for seed in 1...6_000 as ClosedRange<UInt64> {
            var dice = Dice(seed: seed)
            var bytes = Array(tunes.randomElement(using: &dice)!.utf8) + [10]
            for _ in 0..<Int.random(in: 1...4, using: &dice) {
                let place = Int.random(in: 0..<bytes.count, using: &dice)
                switch Int.random(in: 0..<4, using: &dice) {
                case 0: bytes[place] = telling.randomElement(using: &dice)!
                case 1: bytes.insert(telling.randomElement(using: &dice)!, at: place)
                case 2: bytes.remove(at: place)
                default: bytes += bytes[place...].prefix(20)
                }
            }
            if isRead(bytes, "seed \(seed)") { values += 1 } else { errors += 1 }
        }
        #expect(values > 500)
        #expect(errors > 500)
    }

    @Test func cutAtEveryByte() throws {
        let bytes = Array(try Repository.text("Tests/ScoreTests/Fixtures/ABC/features.abc").utf8)
        for length in stride(from: 0, to: bytes.count, by: 7) { isRead(Array(bytes[..<length]), "\(length) bytes") }
    }

    /// Each would take minutes, or all memory, if it were read in more than linear time.
    @Test(arguments: [
        ("|:C:|", 40_000, ""), (":|", 100_000, "P:AAAAAAAAAAAAAAAA\n"), ("||", 100_000, ""), ("[64C:|", 2_000, ""),
        ("!", 300_000, ""),
        ("(", 300_000, ""), ("z/65535", 80_000, ""), ("[K:C]", 60_000, ""), ("C>", 100_000, ""), ("C-", 100_000, ""),
        ("&", 300_000, ""),
        ("[CEGCEGCEG]", 30_000, ""), ("{C}", 90_000, ""), ("\"Am\"", 80_000, ""), ("`", 300_000, ""),
        ("Z65535|", 50_000, ""),
        ("::::::::", 10_000, ""), ("C|\nX:1\nK:C\n", 20_000, ""), ("[V:2]C[V:1]", 30_000, ""),
        ("|1,1,1,1-64", 30_000, ""),
    ]) func growing(_ unit: String, count: Int, header: String) {
        isRead(abc(String(repeating: unit, count: count) + "C|", header: header), unit)
        isRead(abc(String(repeating: unit + "\n", count: count / 4) + "C|", header: header), unit)
    }

    @Test func manyVoices() throws {
        let error = try #require(throws: ABCError.self) {
            try ABCCollection(bytes: abc((0..<100).map { "[V:\($0)]C" }.joined()))
        }
        #expect(error.problem == .tooManyVoices(64))
    }

    /// Whether it was a tune. What is read can be played, and written as MIDI; a melody also as ABC again.
    @discardableResult private func isRead(_ bytes: [UInt8], _ name: String) -> Bool {
        do throws(ABCError) {
            for tune in try ABCCollection(bytes: bytes).tunes.prefix(10) {
                let performance = try tune.performance()
                let notes = performance.notes
                #expect(
                    notes.allSatisfy { $0.duration > .zero && $0.end <= performance.end && $0.key < 128 }, "\(name)")
                #expect(zip(notes, notes.dropFirst()).allSatisfy { $0.onset <= $1.onset }, "\(name)")
                #expect((try? MIDIFile(bytes: performance.midiFile().serialized())) != nil, "\(name)")
                let melody = ABCMelody(meter: tune.meter ?? .common, key: tune.key, notes: notes)
                guard notes.count < 5_000, let text = try? melody.text() else { continue }
                let again = try ABCCollection(bytes: Array(text.utf8)).tunes[0].performance().notes
                #expect(again.map(\.onset) == notes.map(\.onset), "\(name)")
                #expect(again.map(\.key) == notes.map(\.key), "\(name)")
            }
            return true
        } catch {
            let lines = String(decoding: bytes, as: UTF8.self).split(omittingEmptySubsequences: false) { $0.isNewline }
            #expect((1...max(lines.count, 1)).contains(error.position.line), "\(name): \(error)")
            #expect(error.position.column >= 1, "\(name): \(error)")
            return false
        }
    }
}
