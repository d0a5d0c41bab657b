import Representation
import Score
import Testing

/// SplitMix64, so that every run sees the same cases.
struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

func event(_ milliseconds: Int64, _ kind: PlayedEvent.Kind, _ key: UInt8, _ value: UInt8 = 64, channel: UInt8 = 0)
    -> PlayedEvent
{
    PlayedEvent(time: milliseconds * 1_000_000, kind: kind, channel: channel, key: key, value: value)
}

@Suite struct PerformanceTests {
    @Test func notesBecomeShiftKeyVelocity() {
        let tokens = Performance.encode([event(1000, .noteOn, 60, 100), event(1504, .noteOff, 60)])
        #expect(tokens == [Token(0, 60, 25, -1), Token(50, 188, -1, -1)])
    }

    @Test func aLongSilenceIsWaits() {
        let tokens = Performance.encode([event(0, .noteOn, 60), event(2500, .noteOff, 60)])
        #expect(
            tokens == [Token(0, 60, 16, -1), Token(100, 256, -1, -1), Token(100, 256, -1, -1), Token(50, 188, -1, -1)])
        let exact = Performance.encode([event(0, .noteOn, 60), event(2000, .noteOff, 60)])
        #expect(exact.map { $0[0] } == [0, 100, 100] && exact.map { $0[1] } == [60, 256, 188])
    }

    @Test func afterEightWaitsTimeStandsStill() {
        let tokens = Performance.encode([event(0, .noteOn, 60), event(3_600_000, .noteOff, 60)])
        #expect(tokens.count == 10)
        #expect(tokens.last == Token(100, 188, -1, -1))
    }

    @Test func aNoteLastsAtLeastATick() {
        let tokens = Performance.encode([event(0, .noteOn, 60), event(2, .noteOff, 60), event(500, .noteOn, 62)])
        #expect(tokens == [Token(0, 60, 16, -1), Token(1, 188, -1, -1), Token(49, 62, 16, -1)])
    }

    @Test func aRestruckKeyIsReleasedFirst() {
        let tokens = Performance.encode([event(0, .noteOn, 60), event(100, .noteOn, 60), event(200, .noteOff, 60)])
        #expect(tokens == [Token(0, 60, 16, -1), Token(10, 188, -1, -1), Token(0, 60, 16, -1), Token(10, 188, -1, -1)])
        let bounced = Performance.encode([
            event(0, .noteOn, 60), event(1, .noteOff, 60), event(2, .noteOn, 60), event(200, .noteOff, 60),
        ])
        #expect(bounced == [Token(0, 60, 16, -1), Token(20, 188, -1, -1)])
    }

    @Test func thePedalHoldsUntilItIsReleased() {
        let tokens = Performance.encode([
            event(0, .sustain, 0, 127), event(0, .noteOn, 64), event(10, .noteOn, 60), event(100, .noteOff, 60),
            event(150, .noteOff, 64), event(300, .sustain, 0, 63),
        ])
        #expect(
            tokens == [
                Token(0, 64, 16, -1), Token(1, 60, 16, -1), Token(29, 188, -1, -1), Token(0, 192, -1, -1),
            ])
        let twoChannels = Performance.encode([
            event(0, .sustain, 0, 127, channel: 1), event(0, .noteOn, 60), event(100, .noteOff, 60),
        ])
        #expect(twoChannels.last == Token(10, 188, -1, -1))
    }

    @Test func nothingDriftsOverAnHour() {
        // 3.333 ms off the grid every time: rounded differences would be seconds off after an hour.
        var events: [PlayedEvent] = []
        for i in 0..<50_000 {
            let time = Int64(i) * 73_333_333
            events.append(PlayedEvent(time: time, kind: .noteOn, channel: 0, key: UInt8(40 + i % 40), value: 64))
            events.append(
                PlayedEvent(time: time + 50_000_000, kind: .noteOff, channel: 0, key: UInt8(40 + i % 40), value: 0))
        }
        let total = Performance.encode(events).reduce(Int64(0)) { $0 + Int64($1[0]) }
        #expect(total == nearestTick(toNanoseconds: events.last!.time))
    }
}

/// A player at random: clusters, repeats, pedals, long rests, several channels.
func randomPlaying(_ seed: UInt64, count: Int = 400) -> [PlayedEvent] {
    var dice = Dice(state: seed)
    var time: Int64 = 0
    var events: [PlayedEvent] = []
    for _ in 0..<count {
        switch Int.random(in: 0..<20, using: &dice) {
        case 0: time += .random(in: 0..<20_000_000_000, using: &dice)
        case 1...9: time += .random(in: 0..<200_000_000, using: &dice)
        default: time += .random(in: 0..<4_000_000, using: &dice)
        }
        let kind: PlayedEvent.Kind = [.noteOn, .noteOn, .noteOff, .noteOff, .sustain].randomElement(using: &dice)!
        events.append(
            PlayedEvent(
                time: time, kind: kind, channel: .random(in: 0..<2, using: &dice),
                key: .random(in: 50..<60, using: &dice),
                value: .random(in: 1..<128, using: &dice)))
    }
    return events.sorted(by: PlayedEvent.inPlayingOrder)
}

/// A second later the pedals go up, and every key.
func ended(_ events: [PlayedEvent]) -> [PlayedEvent] {
    let end = events.last!.time + 1_000_000_000
    let ends = (0..<2 as Range<UInt8>).flatMap { channel in
        [PlayedEvent(time: end, kind: .sustain, channel: channel, key: 0, value: 0)]
            + (0..<128).map { PlayedEvent(time: end, kind: .noteOff, channel: channel, key: $0, value: 0) }
    }
    return events + ends.sorted(by: PlayedEvent.inPlayingOrder)
}

func played(_ events: [KeyEvent]) -> [PlayedEvent] {
    events.map {
        PlayedEvent(
            time: $0.tick * nanosecondsPerTick, kind: $0.isOn ? .noteOn : .noteOff, channel: 0, key: $0.key,
            value: max($0.velocity, 1))
    }
}

@Suite struct PropertyTests {
    func roundTrip<R: Representation>(_: R.Type, _ seed: UInt64) {
        var tokens = R.encode(randomPlaying(seed))
        // Decoding ends with the last note: the silence after it is not told.
        while tokens.last?[1] == Int16(Performance.wait) { tokens.removeLast() }
        // The decoder's order is the order of playing; re-encoding must not sort it anew.
        let again = R.encode(played(R.decode(tokens)))
        #expect(Array(again.prefix(tokens.count)) == tokens, "seed \(seed)")
    }

    @Test(arguments: 0..<200) func encodingWhatTheTokensSoundLikeGivesTheTokens(seed: Int) {
        roundTrip(Performance.self, UInt64(seed))
    }

    /// The same events at the same ticks; within a tick offs before ons, each ascending.
    @Test(arguments: 0..<100) func canonicalOrderIsTheSameMusicInOneOrder(seed: Int) {
        let events = ended(randomPlaying(UInt64(seed)))
        let playing = Performance.decode(Performance.encode(events))
        let canonical = Performance.decode(Performance.encode(events, order: .canonical))
        func before(_ a: KeyEvent, _ b: KeyEvent) -> Bool {
            (a.tick, a.isOn ? 1 : 0, a.key) < (b.tick, b.isOn ? 1 : 0, b.key)
        }
        #expect(canonical == playing.sorted(by: before), "seed \(seed)")
        #expect(canonical != playing, "seed \(seed)")
    }

    @Test func canonicalOrderKeepsTheShiftInFront() {
        let tokens = Performance.encode(
            [
                event(0, .noteOn, 64), event(1, .noteOn, 60), event(300, .noteOn, 67), event(301, .noteOff, 64),
                event(302, .noteOff, 60),
            ], order: .canonical)
        #expect(
            tokens == [
                Token(0, 60, 16, -1), Token(0, 64, 16, -1), Token(30, 188, -1, -1), Token(0, 192, -1, -1),
                Token(0, 67, 16, -1),
            ])
    }

    @Test(arguments: 0..<100, EventOrder.allCases)
    func everyTokenOfACorpusIsLegal(seed: Int, order: EventOrder) {
        let tokens = Performance.encode(randomPlaying(UInt64(seed)), order: order)
        var state = Performance()
        for (i, token) in tokens.enumerated() {
            for field in 0..<3 where Performance.has(field, given: token) {
                let mask = state.mask(field, given: token, within: .corpus)
                #expect(mask.contains(Int(token[field])), "token \(i) \(token), field \(field), seed \(seed)")
            }
            state.emit(token) { _ in }
        }
    }

    /// Draws whatever the masks allow: never stuck, never struck twice, and heard again it is the same stream.
    func drawn<R: Representation>(_: R.Type, seed: UInt64) {
        var dice = Dice(state: seed)
        var state = R()
        var held = KeySet()
        for event in randomPlaying(seed, count: 30) { state.hear(HeardEvent(event)) { _ in } }
        let rest = state.tick + 50
        state.assumeRest(at: rest, assumed: { _ in }, released: { _ in })
        var bounds = Bounds.play
        bounds.polyphony = Int.random(in: 1..<20, using: &dice)
        bounds.earliest = state.tick + Int64.random(in: 0..<20, using: &dice)
        bounds.beginsNote = Bool.random(using: &dice)
        bounds.latest = bounds.beginsNote ? bounds.earliest + 15 : .max
        var last = Int64.min
        for i in 0..<300 where !state.isAsleep {
            var row = Token.empty
            for field in 0..<R.fields.count where R.has(field, given: row) {
                let mask = state.mask(field, given: row, within: bounds)
                #expect(!mask.isEmpty, "field \(field) of \(row), seed \(seed)")
                let choices = (0..<R.fields[field].classes).filter { mask.contains($0) }
                row[field] = Int16(choices.randomElement(using: &dice)!)
            }
            state.emit(row) { event in
                #expect(event.tick >= last && event.tick >= bounds.earliest, "out of order, seed \(seed)")
                last = event.tick
                #expect(held.contains(Int(event.key)) != event.isOn, "key \(event.key), seed \(seed)")
                if event.isOn { held.insert(Int(event.key)) } else { held.remove(Int(event.key)) }
            }
            #expect(held.count <= bounds.polyphony)
            if i == 0 { (bounds.beginsNote, bounds.latest) = (false, .max) }
            if i == 200 { bounds.lastOnset = state.tick + 10 }
        }
        state.releaseAll(at: state.tick, settled: { _ in }, { held.remove(Int($0.key)) })
        #expect(held.isEmpty, "seed \(seed)")
    }

    @Test(arguments: 0..<200) func noMaskIsEverEmpty(seed: Int) {
        drawn(Performance.self, seed: UInt64(seed))
        drawn(Dyads.self, seed: UInt64(seed))
    }

    /// What a representation plays and then hears from outside is the same stream of tokens.
    func echoed<R: Representation>(_: R.Type, seed: UInt64) {
        var dice = Dice(state: seed)
        var state = R()
        var bounds = Bounds.play
        bounds.polyphony = 12
        var tokens: [Token] = []
        var events: [KeyEvent] = []
        while tokens.count < 200 && !state.isAsleep {
            var row = Token.empty
            for field in 0..<R.fields.count where R.has(field, given: row) {
                let mask = state.mask(field, given: row, within: bounds)
                row[field] = Int16(
                    (0..<R.fields[field].classes).filter { mask.contains($0) }.randomElement(using: &dice)!)
            }
            // Shorter shifts than chance gives, so that ties are common.
            tokens.append(row)
            state.emit(row) { events.append($0) }
        }
        var listener = R()
        var heard: [Token] = []
        for event in events {
            listener.hear(
                HeardEvent(
                    tick: event.tick, kind: event.isOn ? .noteOn : .noteOff, player: .machine, key: event.key,
                    velocity: event.velocity)
            ) { heard.append($0) }
        }
        // Opening rests are not heard: the stream begins with its first event.
        let opening = tokens.firstIndex { $0[1] >= 0 && $0[1] != 256 } ?? tokens.count
        let expected = Array(tokens[min(opening + 1, tokens.count)...])
        let got = Array(heard.dropFirst())
        #expect(got == Array(expected.prefix(got.count)), "seed \(seed)")
        #expect(got.count > 50 || expected.count <= got.count + 40, "seed \(seed): \(got.count) of \(expected.count)")
    }

    @Test(arguments: 0..<100) func whatIsPlayedIsHeardAsTheSameTokens(seed: Int) {
        echoed(Performance.self, seed: UInt64(seed))
        echoed(Dyads.self, seed: UInt64(seed))
    }
}
