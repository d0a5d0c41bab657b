import FoundationEssentials
import Report
import Score
import Testing

/// Seconds.
private func note(_ key: UInt8, _ onset: Double, _ end: Double, velocity: UInt8 = 64) -> Note {
    Note(onset: Int64(onset * 1e9), end: Int64(end * 1e9), channel: 0, key: key, velocity: velocity)
}

@Suite struct FiguresTests {
    @Test func countsOfAFewNotes() {
        // C and E together for a second, a rest of a second, then G for two.
        let figures = MusicFigures([
            [note(60, 0, 1, velocity: 60), note(64, 0, 1, velocity: 80), note(67, 2, 4, velocity: 100)], [],
        ])
        #expect(figures.notes == 3 && figures.seconds == 4 && figures.density == 0.75)
        #expect(abs(figures.polyphony - 4.0 / 3) < 1e-9)
        #expect(figures.lengthMedian == 1 && figures.clicks == 0)
        let short = MusicFigures([[note(60, 0, 0.02), note(62, 1, 1.04), note(64, 2, 2.0625), note(65, 3, 3.5)]])
        #expect(short.clicks == 0.25 && short.shortNotes == 0.5 && short.lengthMedian == 0.0625)
        #expect(figures.velocityMean == 80 && abs(figures.velocityDeviation - 16.3299) < 1e-3)
        for (place, share) in figures.pitchClasses.enumerated() {
            #expect(abs(share - ([0, 4, 7].contains(place) ? 1.0 / 3 : 0)) < 1e-9)
        }
        // Steps of four and three semitones.
        #expect(figures.intervals[24 + 4] == 0.5 && figures.intervals[24 + 3] == 0.5)
        #expect(MusicFigures.overlap([0.5, 0.5, 0], [0, 0.5, 0.5]) == 0.5)
        #expect(MusicFigures([]).density == 0)
    }

    /// Figures that no piece tells, such as those beyond the reply's end, are left out.
    @Test func aFigureOfNoPieceIsNoNumber() throws {
        let none = Resemblance([])
        #expect(none.rows.allSatisfy { $0.machine.pieces == 0 && $0.machine.mean == nil })
        #expect(try !JSONEncoder().encode(none).isEmpty)
    }

    /// A pattern of 1…16 chords, four times or more, back to back.
    @Test(arguments: [1, 2, 3, 7, 16]) func patternsLoopFromTheFourthTimeOn(period: Int) {
        let pattern = (0..<period).map { $0 + 1 }
        for times in 1...6 {
            let repeated = (0..<times).flatMap { _ in pattern }
            let chords = [100, 101] + repeated + [102, 103, 104]
            let loops = Loops.loops(chords)
            let expected = chords.indices.map { times >= 4 && (2..<2 + repeated.count).contains($0) }
            #expect(loops == expected, "\(period) × \(times)")
        }
    }

    @Test func longerPatternsAndVariedOnesDoNotLoop() {
        #expect(!Loops.loops((0..<5).flatMap { _ in Array(0..<17) }).contains(true))
        #expect(!Loops.loops(Array(0..<100)).contains(true))
        // The third of four is another.
        #expect(!Loops.loops([1, 2, 3, 1, 2, 3, 1, 2, 4, 1, 2, 3]).contains(true))
        #expect(Loops.loops([Int]()).isEmpty && Loops.loops([1]) == [false])
    }

    /// Chords are struck within 30 ms; time counts from onset to onset.
    @Test func timeInLoops() {
        let chords = (0..<4).flatMap { i in
            [note(60, Double(i), Double(i) + 0.9), note(64, Double(i) + 0.02, Double(i) + 0.9)]
        }
        let looping = Loops(chords + [note(70, 4, 5), note(72, 6, 7)])
        #expect(looping.isLooping == [true, true, true, true, false, false])
        #expect(looping.time == 4_000_000_000)
        #expect(MusicFigures([chords + [note(70, 4, 5), note(72, 6, 7)]]).timeInLoops == 4.0 / 6)
    }

    /// Against looking everywhere.
    @Test func copiedRunsAreTheLongest() {
        var state: UInt64 = 3
        func draw(_ bound: UInt64) -> UInt8 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8((state >> 33) % bound)
        }
        for _ in 0..<200 {
            let pieces = (0..<3).map { _ in (0..<draw(30)).map { _ in 60 + draw(4) } }
            let keys = (0..<draw(60)).map { _ in 50 + draw(4) }
            #expect(CopyFinder(pieces).longestRun(in: keys) == slowest(pieces, keys))
        }
    }

    private func slowest(_ pieces: [[UInt8]], _ keys: [UInt8]) -> Int {
        var best = 0
        for piece in pieces {
            for a in piece.indices {
                for b in keys.indices {
                    var run = 1
                    while a + run < piece.count, b + run < keys.count,
                        Int(piece[a + run]) - Int(piece[a]) == Int(keys[b + run]) - Int(keys[b])
                    { run += 1 }
                    if run > 1 { best = max(best, run) }
                }
            }
        }
        return best
    }
}
