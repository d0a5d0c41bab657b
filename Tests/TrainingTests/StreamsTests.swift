import Representation
import Testing
import Training

/// One row of a window.
private struct Row {
    var isOpening: Bool
    var input: Token
    var target: Token
}

@Suite struct StreamsTests {
    private let corpus = randomCorpus(pieces: 12, tokens: 3...17, seed: 5)

    /// The next windows' rows, stream by stream.
    private func rows(_ streams: Streams<Performance>, count: Int, windows: Int, steps: Int = 8) -> [[Row]] {
        let window = Window(streams: count, steps: steps, classes: Performance.fields.map(\.classes))
        var rows = [[Row]](repeating: [], count: count)
        for _ in 0..<windows {
            streams.plan(steps: steps)
            _ = streams.fill(window, first: 0)
            for t in 0..<steps {
                for s in 0..<count {
                    let at = t * count + s
                    var row = Row(isOpening: window.opening.base[at] != 0, input: .empty, target: .empty)
                    for (k, field) in window.fields.enumerated() {
                        let input = field.input.base[at]
                        row.input[k] = input < 0 ? -1 : Int16(input) - Int16(field.tableOffset)
                        let target = Int(field.target.base[at])
                        row.target[k] = Int16(target)
                        if target >= 0 {
                            let word = field.legal.base[at * field.words + target / 64]
                            #expect(word >> UInt64(target % 64) & 1 == 1, "a target is masked")
                        }
                    }
                    rows[s].append(row)
                }
            }
        }
        return rows
    }

    /// Targets between openings.
    private func pieces(_ rows: [Row]) -> [[Token]] {
        var pieces: [[Token]] = []
        for row in rows {
            if row.isOpening { pieces.append([]) }
            pieces[pieces.count - 1].append(row.target)
        }
        return pieces
    }

    /// The opening row hears nothing; every other row hears the token before.
    @Test func inputsAreThePredecessors() {
        let streams = Streams<Performance>(
            corpus, count: 4, order: .init(seed: 1, augmentation: .init(transposition: 3)))
        for stream in rows(streams, count: 4, windows: 12) {
            #expect(stream[0].isOpening)
            for (before, row) in zip(stream, stream.dropFirst()) {
                #expect(row.input == (row.isOpening ? .empty : before.target))
            }
        }
    }

    @Test func epochsHoldEachPieceOnceTransposedWithinRange() throws {
        let streams = Streams<Performance>(
            corpus, count: 1, order: .init(seed: 1, augmentation: .init(transposition: 3)))
        let tokens = corpus.tokenCount
        let found = pieces(rows(streams, count: 1, windows: 3 * tokens / 8 + 1)[0])
        // A shift is not transposed, and tells the pieces apart.
        let shifts = corpus.pieces.map { $0.tokens.map { $0[0] } }
        let order = try found.prefix(36).map { piece in try #require(shifts.firstIndex(of: piece.map { $0[0] })) }
        for epoch in 0..<3 { #expect(Set(order[epoch * 12..<(epoch + 1) * 12]).count == 12) }
        #expect(Array(order[..<12]) != Array(order[12..<24]))
        var intervals: Set<Int> = []
        for (piece, number) in zip(found, order) {
            let original = corpus.pieces[number].tokens
            let interval = Int(piece[0][1]) - Int(original.first![1])
            #expect(piece == Performance.augmented(original, .init(transposition: interval)))
            #expect(piece.allSatisfy { Int($0[1]) <= Performance.wait })
            intervals.insert(interval)
        }
        #expect(intervals.isSubset(of: Set(-3...3)))
        #expect(intervals.count > 4)
    }

    /// Each token of each piece once an epoch, in sequences that open at a window's first row beside others as long.
    @Test func sequencesHoldEachPieceOnce() {
        let streams = Streams<Performance>(corpus, count: 4, order: .init(seed: 1, sequenceLength: 8))
        let window = Window(streams: 4, steps: 8, classes: Performance.fields.map(\.classes))
        var found: [Int] = []
        var places = 0
        while found.count < corpus.tokenCount {
            streams.plan(steps: 8)
            _ = streams.fill(window, first: 0)
            places += 4 * window.used
            let rows = (0..<4 * window.used).filter { window.fields[1].target.base[$0] >= 0 }
            #expect(rows.count == streams.planned)
            found += rows.map { Int(window.fields[1].target.base[$0]) }
            for s in 0..<4 {
                let there = (0..<window.used).map { window.fields[1].target.base[$0 * 4 + s] >= 0 }
                // What is padded lies at the end.
                #expect(there == there.sorted { $0 && !$1 })
                #expect(window.opening.base[s] == 1)
                for t in 1..<max(window.used, 1) where there[t] {
                    #expect(window.opening.base[t * 4 + s] == 0 && window.fields[1].input.base[t * 4 + s] >= 0)
                }
            }
        }
        #expect(found.sorted() == corpus.pieces.flatMap { $0.tokens.map { Int($0[1]) } }.sorted())
        #expect(Double(places) < 1.4 * Double(found.count), "\(places) places for \(found.count) tokens")
    }
}
