import Representation
import Score
import TestSupport
import Testing

@Suite struct SonorityTests {
    struct Chord: Equatable {
        var onset: Int64
        var keys: [Int]
        var duration: Int64
        var velocity: UInt8
    }

    /// Events of chords; onsets and durations in ticks of 10 ms.
    static func played(_ chords: [Chord]) -> [PlayedEvent] {
        chords.flatMap { chord in
            chord.keys.flatMap { key in
                [
                    PlayedEvent(
                        time: chord.onset * 10_000_000, kind: .noteOn, channel: 0, key: UInt8(key),
                        value: chord.velocity),
                    PlayedEvent(
                        time: (chord.onset + chord.duration) * 10_000_000, kind: .noteOff, channel: 0, key: UInt8(key),
                        value: 0),
                ]
            }
        }.sorted(by: PlayedEvent.inPlayingOrder)
    }

    /// The chords that the tokens sound like.
    static func heard(_ tokens: [Token]) -> [Chord] {
        var chords: [Chord] = []
        var begun: [UInt8: Int] = [:]
        for event in Sonority.decode(tokens) {
            if !event.isOn {
                let chord = begun.removeValue(forKey: event.key)!
                chords[chord].duration = event.tick - chords[chord].onset
            } else {
                if chords.last?.onset != event.tick {
                    chords.append(Chord(onset: event.tick, keys: [], duration: 0, velocity: event.velocity))
                }
                chords[chords.count - 1].keys.append(Int(event.key))
                begun[event.key] = chords.count - 1
            }
        }
        #expect(begun.isEmpty, "notes that never end")
        return chords
    }

    private static func set(_ keys: [Int]) -> KeySet {
        keys.reduce(into: KeySet()) { $0.insert($1) }
    }

    private static func known(_ keys: [Int]) -> [Int] {
        Array(Sonority.keys(of: Token(0, Int16(Sonority.chord(nearest: set(keys))!), 0, 0)))
    }

    // MARK: Round trip

    @Test func chordsComeBackWithRegisterOffsetsDurationsAndVelocities() {
        let chords = [
            Chord(onset: 0, keys: [60], duration: 20, velocity: 64),
            Chord(onset: 4, keys: [48, 64], duration: 7, velocity: 30),
            Chord(onset: 50, keys: [36, 48], duration: 98, velocity: 127),
            Chord(onset: 148, keys: [60, 64, 67], duration: 11, velocity: 1),
            Chord(onset: 190, keys: [60, 64, 67, 72], duration: 24, velocity: 99),
            // Two rests and an offset; the longest duration.
            Chord(onset: 640, keys: [60, 63, 67], duration: 386, velocity: 80),
        ]
        let tokens = Sonority.encode(Self.played(chords))
        // Two rests before the last chord, and one while it sounds.
        #expect(tokens.count == 9 && tokens.count { $0[0] == Int16(Sonority.rest) } == 3)
        let again = Self.heard(tokens)
        #expect(again.map(\.keys) == chords.map(\.keys))
        for (a, b) in zip(again, chords) {
            // The stream begins with the shortest offset.
            #expect(abs(a.onset - 4 - b.onset) <= 3, "\(a) of \(b)")
            #expect(abs(a.duration - b.duration) <= (b.duration + 16) / 32, "\(a) of \(b)")
            #expect(abs(Int(a.velocity) - Int(b.velocity)) <= 2, "\(a) of \(b)")
        }
    }

    /// What rounding lost is made good: after any number of chords the stream is where the player is.
    @Test(arguments: 0..<50 as Range<UInt64>) func nothingDrifts(seed: UInt64) {
        var dice = Dice(seed: seed)
        var onset: Int64 = 0
        let chords = (0..<300).map { _ in
            onset += .random(in: 6..<500, using: &dice)
            return Chord(
                onset: onset, keys: Self.known([40 + .random(in: 0..<12, using: &dice), 60, 64]),
                duration: .random(in: 1...400, using: &dice), velocity: .random(in: 1...127, using: &dice))
        }
        let again = Self.heard(Sonority.encode(Self.played(chords)))
        #expect(again.map(\.keys) == chords.map(\.keys), "seed \(seed)")
        for (a, b) in zip(again, chords) {
            #expect(abs((a.onset - again[0].onset) - (b.onset - chords[0].onset)) <= 8, "\(a) of \(b), seed \(seed)")
        }
    }

    /// What is played back is heard as the same tokens, and once more: there is one spelling.
    @Test(arguments: 0..<200 as Range<UInt64>) func whatSoundsIsHeardAsTheSameChords(seed: UInt64) {
        func events(_ tokens: [Token]) -> [PlayedEvent] {
            Sonority.decode(tokens).map {
                PlayedEvent(
                    time: $0.tick * 10_000_000, kind: $0.isOn ? .noteOn : .noteOff, channel: 0, key: $0.key,
                    value: max($0.velocity, 1))
            }
        }
        func withoutDurations(_ tokens: [Token]) -> [Token] {
            // A key that is struck again ends before its time.
            tokens.map { Token($0[0], $0[1], -1, $0[3]) }
        }
        let first = Sonority.encode(ended(randomPlaying(seed)))
        let second = Sonority.encode(events(first))
        let third = Sonority.encode(events(second))
        // Rests before the first chord and after the last are not heard.
        func trimmed(_ tokens: [Token]) -> [Token] {
            var tokens = withoutDurations(tokens)
            while tokens.last?[1] == -1 { tokens.removeLast() }
            return tokens
        }
        #expect(trimmed(second) == trimmed(first), "seed \(seed)")
        #expect(third == second, "seed \(seed)")
    }

    /// Players do not strike the keys of a chord together.
    @Test func keysWithin30MillisecondsAreOneChord() {
        func tokens(_ spread: Int64) -> [Token] {
            Sonority.encode(
                Self.played([
                    Chord(onset: 100, keys: [60], duration: 50, velocity: 64),
                    Chord(onset: 100 + spread, keys: [64], duration: 50 - spread, velocity: 72),
                ]))
        }
        #expect(tokens(3).count == 1 && tokens(4).count == 2)
        #expect(Array(Sonority.keys(of: tokens(3)[0])) == [60, 64])
        // The mean, in its bin.
        #expect(tokens(3)[0][3] == Int16(Performance.bin(68)))
    }

    @Test func aChordLastsAsLongAsItsHighestKey() {
        let long = Chord(onset: 0, keys: [48], duration: 300, velocity: 64)
        let short = Chord(onset: 0, keys: [64], duration: 20, velocity: 64)
        let tokens = Sonority.encode(Self.played([long, short]))
        #expect(Self.heard(tokens) == [Chord(onset: 4, keys: [48, 64], duration: 20, velocity: 66)])
    }

    @Test func aKeyStruckAgainEndsFirst() {
        let tokens = Sonority.encode(
            Self.played([
                Chord(onset: 0, keys: [60, 64], duration: 10, velocity: 64),
                Chord(onset: 20, keys: [64], duration: 10, velocity: 64),
            ]))
        // As if the first lasted a second.
        var long = tokens
        long[0][2] = 50
        var sounding: Set<UInt8> = []
        for event in Sonority.decode(long) {
            #expect(sounding.contains(event.key) != event.isOn)
            if event.isOn { sounding.insert(event.key) } else { sounding.remove(event.key) }
        }
        #expect(sounding.isEmpty)
    }

    // MARK: Unknown chords

    @Test(arguments: 0..<128) func everySingleKeyIsKnown(key: Int) {
        #expect(Sonority.chord(nearest: Self.set([key])) == key)
        #expect(Self.known([key]) == [key])
    }

    @Test func everyKnownChordIsItself() {
        var seen: Set<[Int]> = []
        for chord in 0..<Sonority.fields[1].classes {
            let keys = Array(Sonority.keys(of: Token(0, Int16(chord), 0, 0)))
            #expect(seen.insert(keys).inserted, "\(keys) stands twice in the table")
            #expect(Sonority.chord(nearest: Self.set(keys)) == chord)
        }
        #expect(seen.contains([60, 64, 67]) && seen.contains([48, 60, 64, 67]))
    }

    /// The melody is kept, and there is always a chord.
    @Test(arguments: 0..<200 as Range<UInt64>) func anUnknownChordBecomesOneWithTheSameHighestKey(seed: UInt64) {
        var dice = Dice(seed: seed)
        for _ in 0..<50 {
            let keys = (0..<Int.random(in: 1...10, using: &dice)).map { _ in Int.random(in: 0..<128, using: &dice) }
            #expect(Self.known(keys).last == keys.max(), "\(keys)")
        }
    }

    /// Of an unknown spacing the harmony stays.
    @Test func anUnknownSpacingBecomesAKnownOneOfTheSameHarmony() {
        for keys in [[29, 36, 53, 60, 69, 72, 77, 81], [24, 31, 40, 67, 72, 76, 79, 84]] {
            let known = Self.known(keys)
            #expect(known != keys && known.last == keys.last)
            #expect(known.count >= 3, "\(keys) became \(known)")
            #expect(Set(known.map { $0 % 12 }).isSubset(of: Set(keys.map { $0 % 12 })), "\(keys) became \(known)")
        }
    }

    /// Arms on the keyboard are chords too.
    @Test func nothingThatIsPlayedIsSilence() {
        for width in 2...30 {
            let cluster = Chord(onset: 0, keys: Array(50..<50 + width), duration: 50, velocity: 64)
            let heard = Self.heard(Sonority.encode(Self.played([cluster])))
            #expect(heard.count == 1 && heard[0].keys.last == 49 + width && heard[0].keys.count > 1, "\(heard)")
        }
    }

    // MARK: Streams

    /// Each has its field of the tokens that have it, and is not played.
    @Test func aStreamIsAFieldOfTheTokens() {
        let events = ended(randomPlaying(3))
        let tokens = Sonority.encode(events)
        func isStream<R: Representation>(_: R.Type, _ field: Int) -> Bool {
            R.fields == [Sonority.fields[field]] && !R.isPlayable
                && R.encode(events).map { $0[0] } == tokens.map { $0[field] }.filter { $0 >= 0 }
        }
        #expect(isStream(SonorityStream<OffsetStream>.self, 0))
        #expect(isStream(SonorityStream<ChordStream>.self, 1))
        #expect(isStream(SonorityStream<DurationStream>.self, 2))
        #expect(Sonority.isPlayable)
    }

    // MARK: Training

    @Test func transposedChordsKeepTheirIntervals() {
        let tokens = Sonority.encode(
            Self.played([
                Chord(onset: 0, keys: [60, 64, 67], duration: 30, velocity: 64),
                Chord(onset: 50, keys: [72], duration: 30, velocity: 64),
            ]))
        let moved = Sonority.augmented(tokens, Augmentation.Draw(transposition: 5, velocity: -20))
        #expect(Self.heard(moved).map(\.keys) == [[65, 69, 72], [77]])
        #expect(Self.heard(moved).map(\.velocity) == [46, 46])
    }

    @Test func anotherTempoStretchesOffsetsAndDurations() {
        let chords = (0..<20 as Range<Int64>).map {
            Chord(onset: 40 * $0, keys: [60 + Int($0)], duration: 30, velocity: 64)
        }
        let slower = Sonority.augmented(Sonority.encode(Self.played(chords)), Augmentation.Draw(stretch: 1.5))
        let heard = Self.heard(slower)
        #expect(heard.count == 20 && heard.allSatisfy { abs($0.duration - 45) <= 2 }, "\(heard)")
        #expect(abs(heard[19].onset - heard[0].onset - 19 * 60) <= 2)
    }
}
