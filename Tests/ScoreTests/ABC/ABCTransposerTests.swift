/// Tunes in other keys, and tunes as short as they can be written.
import Foundation
import Score
import TestSupport
import Testing

@Suite struct ABCTransposerTests {
    private static let features = Array(
        (try? Data(contentsOf: URL(fileURLWithPath: Bundle.module.resourcePath! + "/Fixtures/ABC/features.abc")))
            ?? Data())

    private func keys(_ text: String) throws -> [Int] {
        try ABCCollection(bytes: Array(ABCTuneText.file(text).utf8)).tunes[0].performance().notes.map { Int($0.key) }
    }

    /// Whatever is written in a tune, all notes of it move by as many semitones.
    @Test(arguments: [-6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6])
    func allNotesMoveAlike(semitones: Int) throws {
        var moved = 0
        for tune in ABCTuneText.playable(in: Self.features) where tune.tune.voices.count == 1 {
            let plain = tune.plain
            guard let text = ABCTransposer.transposed(plain, by: semitones) else { continue }
            #expect(try keys(text) == keys(plain).map { $0 + semitones }, "\(plain)\(text)")
            moved += 1
        }
        #expect(moved > 10)
    }

    /// What is left out changes nothing that is played.
    @Test func aPlainTunePlaysTheSame() throws {
        let tunes = ABCTuneText.playable(in: Self.features).filter {
            $0.tune.voices.count == 1 && $0.tune.transposition == 0
        }
        #expect(tunes.count > 10)
        for tune in tunes {
            let notes = try tune.tune.performance().notes.map { Int($0.key) }
            #expect(try keys(tune.plain) == notes, "\(tune.plain)")
        }
    }

    @Test func chordSymbolsMoveAndOtherTextStays() {
        func moved(_ music: String) -> String? {
            ABCTransposer.transposed("K:C\n" + music, by: 2).map { String($0.dropFirst(4)) }
        }
        #expect(moved("\"Am7/G\"A \"F#dim\"c \"Bb\"d") == "\"Bm7/A\"B \"G#dim\"d \"C\"e")
        #expect(moved("\"Fine\"A \"^Da capo\"B \"Coda\"c") == "\"Fine\"B \"^Da capo\"c \"Coda\"d")
        #expect(moved("B,,^c'_e=B") == "C,^d'=f^c")
        #expect(moved("!fermata!a[K:F]B[M:3/4]z") == "!fermata!b[K:G]c[M:3/4]z")
        #expect(moved("[CEG]2{/ab}(3abc") == "[DFA]2{/bc'}(3bc'd")
    }

    @Test func keysStayWithinReach() {
        func key(_ field: String, _ semitones: Int) -> String? {
            ABCTransposer.transposed("K:\(field)\n", by: semitones)
        }
        #expect(key("C", 1) == "K:Db\n" && key("C", 6) == "K:F#\n" && key("Bb", 1) == "K:B\n")
        #expect(key("Am", -1) == "K:G#m\n")
        for field in ["HP", "none", "D ^g", "D exp _b", "C octave=1"] { #expect(key(field, 1) == nil, "\(field)") }
        // Three sharps at a note are not written.
        #expect(ABCTransposer.transposed("K:C\n^^B\n", by: 6) == nil)
    }
}
