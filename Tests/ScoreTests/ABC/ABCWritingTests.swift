import Score
import TestSupport
import Testing
import Time

@Suite struct ABCWritingTests {
    private static let eighth = Beats(units: Beats.unitsPerBeat / 2)

    /// Notes one after the other, of so many eighths each; 0 is a rest.
    private func notes(_ notes: [(key: UInt8, eighths: Double)]) -> [BeatNote] {
        var now = Beats.zero
        var result: [BeatNote] = []
        for (key, eighths) in notes {
            let length = Beats(nearest: eighths / 2)
            if key > 0 { result.append(BeatNote(onset: now, duration: length, key: key)) }
            now = now + length
        }
        return result
    }

    @Test func aJig() throws {
        let jig = ABCMelody(
            title: "The Jig", meter: Meter(6, 8)!, key: ABCKey(tonic: 1)!, tempo: Tempo(beatsPerMinute: 180)!,
            pickup: Self.eighth,
            notes: notes([
                (62, 1), (67, 1), (71, 1), (74, 1), (73, 1), (74, 1), (73, 1), (72, 2), (71, 1), (69, 3), (78, 9),
                (0, 3), (67, 3), (79, 2),
            ]))
        #expect(
            try jig.text() == """
                X:1
                T:The Jig
                M:6/8
                L:1/8
                Q:3/8=120
                K:G
                D|GBd ^cdc|c2B A3|f6-|f3 z3|
                G3 g2|]

                """)
    }

    @Test func aReel() throws {
        let reel = ABCMelody(
            meter: .common, key: ABCKey(tonic: -1)!,
            notes: notes([
                (65, 1.5), (67, 0.5), (69, 0.5), (70, 1.5), (72, 2.0 / 3), (74, 2.0 / 3), (76, 2.0 / 3), (77, 4.0 / 3),
                (71, 2.0 / 3), (63, 10), (48, 0.5), (96, 1.5),
            ]))
        #expect(
            try reel.text() == """
                X:1
                M:4/4
                L:1/8
                K:F
                F>GA<B (3cde(3:2:2f2=B|_E8-|_E2C,<c'' z4|]

                """)
    }

    /// The twelve notes that lie nearest in fifths: in C with E♭ B♭ F♯ C♯ G♯.
    @Test(arguments: [
        (0, "C2^C2 D2_E2 =E2F2 ^F2G2 ^G2A2 _B2=B2"), (-3, "C2_D2 =D2E2 =E2F2 _G2=G2 A2=A2 B2=B2"),
        (7, "B,2C2 ^^C2D2 =E2^E2 F2^^F2 G2^^G2 A2=B2"),
    ]) func spelling(_ tonic: Int, _ music: String) throws {
        let text = try ABCMelody(
            meter: Meter(12, 4)!, key: ABCKey(tonic: tonic)!, notes: notes((60..<72).map { (UInt8($0), 2) })
        ).text()
        #expect(text.split(separator: "\n").last!.filter { $0 != " " } == music.filter { $0 != " " } + "|]")
    }

    @Test func silence() throws {
        #expect(try ABCMelody(meter: .common, key: .none, notes: []).text().hasSuffix("\nz8|]\n"))
    }

    /// Random tunes in all keys and many meters, with rests, ties over bar lines, triplets, quintuplets and fast notes.
    @Test func isReadAgain() throws {
        var triplets = 0
        for seed in 1...3_000 as ClosedRange<UInt64> {
            var dice = Dice(seed: seed)
            let melody = Self.random(&dice)
            let text = try melody.text()
            let tune = try ABCCollection(bytes: Array(text.utf8)).tunes[0]
            let performance = try tune.performance()
            #expect(performance.notes == melody.notes, "seed \(seed)\n\(text)")
            #expect(tune.key.alterations == melody.key.alterations)
            #expect(tune.meter == melody.meter)
            #expect(tune.title == melody.title)
            if seed <= 300 { try everyBarIsFull(melody, text) }
            if text.contains("(3") { triplets += 1 }
        }
        #expect(triplets > 100)
    }

    /// Each bar alone lasts a bar; the first and the last one together, where a bar begins before the first.
    private func everyBarIsFull(_ melody: ABCMelody, _ text: String) throws {
        let music = text.split(separator: "\n").drop { !$0.hasPrefix("K:") }.dropFirst().joined()
        let bars = music.split(separator: "|").filter { $0 != "]" }
        let lengths = try bars.map { bar in
            let header = "X:1\nM:\(melody.meter.numerator)/\(melody.meter.denominator)\nL:1/8\nK:\(melody.key.field)\n"
            return try performance(Array((header + bar + "|\n").utf8)).end
        }
        var expected = bars.map { _ in melody.meter.bar }
        if melody.pickup > .zero {
            expected[0] = melody.pickup
            // Filled only if the last note leaves room.
            let last = lengths.count - 1
            if last > 0, lengths[last] >= melody.meter.bar - melody.pickup { expected[last] = lengths[last] }
        }
        #expect(lengths == expected, "\(text)")
    }

    private static func random(_ dice: inout Dice) -> ABCMelody {
        let meters = [(4, 4), (6, 8), (3, 4), (2, 4), (9, 8), (2, 2), (12, 8), (5, 8), (7, 8), (3, 2), (4, 1), (1, 16)]
        let (numerator, denominator) = meters.randomElement(using: &dice)!
        let meter = Meter(numerator, denominator)!
        let mode = ABCKey.Mode.allCases.randomElement(using: &dice)!
        let key = ABCKey(tonic: Int.random(in: -7...7, using: &dice) - mode.rawValue, mode: mode)!
        let units = Beats.unitsPerBeat
        let lengths = [
            units / 2, units / 2, units, units / 4, units * 3 / 2, units / 3, units / 6, units / 5, units * 20,
            units * 2 / 3,
        ]
        var now = Beats.zero
        var notes: [BeatNote] = []
        for _ in 0..<Int.random(in: 0...40, using: &dice) {
            let length = Beats(units: lengths.randomElement(using: &dice)!)
            // Triplets come in threes, mostly.
            let count = length.units * 3 == units && Int.random(in: 0..<8, using: &dice) > 0 ? 3 : 1
            for _ in 0..<count {
                if Int.random(in: 0..<6, using: &dice) > 0 {
                    notes.append(BeatNote(onset: now, duration: length, key: UInt8.random(in: 0...127, using: &dice)))
                }
                now = now + length
            }
        }
        let pickup = Bool.random(using: &dice) ? Beats.zero : Beats(units: meter.bar.units / 2)
        return ABCMelody(title: "50 % \\ of it", meter: meter, key: key, pickup: pickup, notes: notes)
    }

    @Test func whatIsNoMelody() {
        func error(_ notes: [BeatNote], pickup: Beats = .zero) -> ABCWritingError? {
            #expect(throws: ABCWritingError.self) {
                try ABCMelody(meter: .common, key: .none, pickup: pickup, notes: notes).text()
            }
        }
        let note = BeatNote(onset: .zero, duration: Beats(1), key: 60)
        var second = note
        #expect(error([note, note]) == .overlap(note: 1))
        second.onset = Beats(units: Beats.unitsPerBeat + 1)
        #expect(error([note, second]) == .grid(note: 1))
        second.onset = Beats(units: .max)
        #expect(error([note, second]) == .time(note: 1))
        second.onset = Beats(units: -1)
        #expect(error([second]) == .time(note: 0))
        second = note
        second.duration = .zero
        #expect(error([second]) == .time(note: 0))
        #expect(error([], pickup: Beats(4)) == .pickup)
    }
}
