import Representation
import Testing
import Training

@Suite struct AugmentationTests {
    private let pieces = randomCorpus(pieces: 30, tokens: 200...400, seed: 8).pieces.map { Array($0.tokens) }

    private func onsets(_ tokens: [Token]) -> [KeyEvent] { Performance.decode(tokens).filter(\.isOn) }

    /// Every change gives a piece that the masks allow, with the same notes, moved.
    @Test(arguments: [0.8, 0.95, 1, 1.05, 1.3], [(0, 0), (3, 9), (-2, -70)])
    func notesAreMovedAndNothingElse(stretch: Double, other: (Int, Int)) throws {
        for piece in pieces {
            let keys = piece.flatMap(Performance.keys)
            let semitones = min(max(other.0, -keys.min()!), 127 - keys.max()!)
            let changed = Performance.augmented(
                piece, .init(transposition: semitones, stretch: stretch, velocity: other.1))
            var tracker = Performance()
            for token in changed {
                for k in 0..<3 where Performance.has(k, given: token) {
                    #expect(tracker.legal(k, given: token, within: .corpus).contains(Int(token[k])))
                }
                tracker.emit(token) { _ in }
            }
            if stretch == 1 { #expect(changed.map { $0[0] } == piece.map { $0[0] }) }
            // A key that is struck again in the tick of its stretched onset just goes on.
            let (before, after) = (onsets(piece), onsets(changed))
            #expect(after.count <= before.count && after.count >= before.count * 9 / 10)
            guard after.count == before.count else { continue }
            for (a, b) in zip(before, after) {
                #expect(Int(b.key) == Int(a.key) + semitones)
                let wanted = min(max(Int(a.velocity) + other.1, 1), 127)
                #expect(abs(Int(b.velocity) - wanted) <= 3)
            }
        }
    }

    /// Rounded from absolute time, so that nothing drifts.
    @Test func stretchedTimesAreProportional() {
        var scale: [Token] = []
        for i in 0..<500 {
            let key = Int16(40 + i % 30)
            scale.append(Token(i == 0 ? 0 : 7, key, 9, -1))
            scale.append(Token(6, key + 128, -1, -1))
        }
        for factor in [0.9, 1.11] {
            let after = onsets(Performance.augmented(scale, .init(stretch: factor)))
            for (a, b) in zip(onsets(scale), after) { #expect(abs(Double(a.tick) * factor - Double(b.tick)) <= 0.5) }
            #expect(after.count == 500)
        }
    }
}
