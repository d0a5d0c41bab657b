import Representation
import Score
import TestSupport
import Testing

@Suite struct PropertyTests {
    @Test(arguments: 0..<300) func encodingWhatTheTokensSoundLikeGivesTheTokens(seed: Int) {
        let change = changeByDecoding(Performance.encode(randomPlaying(UInt64(seed))))
        #expect(change == nil, "seed \(seed)")
        let canonical = Performance.encode(ended(randomPlaying(UInt64(seed))), order: .canonical)
        #expect(changeByDecoding(canonical, order: .canonical) == nil, "seed \(seed)")
    }

    @Test(arguments: 0..<200, EventOrder.allCases)
    func everyTokenOfACorpusIsLegal(seed: Int, order: EventOrder) {
        let illegal = illegalToken(Performance.self, Performance.encode(randomPlaying(UInt64(seed)), order: order))
        #expect(illegal == nil, "seed \(seed)")
        let chords = illegalToken(Sonority.self, Sonority.encode(randomPlaying(UInt64(seed)), order: order))
        #expect(chords == nil, "seed \(seed)")
    }

    @Test(arguments: 0..<300) func aLivePlayerGivesTheTokensOfTheFile(seed: Int) {
        var dice = Dice(seed: UInt64(seed))
        let events = randomPlaying(UInt64(seed))
        #expect(heardLive(Performance.self, events, &dice) == Performance.encode(events), "seed \(seed)")
        #expect(heardLive(Sonority.self, events, &dice) == Sonority.encode(events), "seed \(seed)")
    }

    /// What is assumed of a player who stops is what they turn out to have played, if they stopped.
    @Test(arguments: 0..<100) func aRestAssumedIsTheRestThatComes(seed: Int) {
        var dice = Dice(seed: UInt64(seed))
        var state = Performance()
        for event in randomPlaying(UInt64(seed), count: 100) {
            state.hear(Performance.heard(event)) { _ in }
            let until = state.tick + .random(in: 0..<1_500, using: &dice)
            var (assumer, waiter) = (state, state)
            var assumed: [Token] = []
            var waited: [Token] = []
            assumer.assumeRest(at: until, assumed: { assumed.append($0) }, released: { _ in })
            for tick in stride(from: state.tick, through: until, by: 7) {
                waiter.advance(to: tick) { waited.append($0) }
            }
            waiter.advance(to: until) { waited.append($0) }
            #expect(assumed == waited, "seed \(seed)")
        }
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

    /// What a representation plays and then hears from outside is the same stream of tokens.
    func echoed<R: Representation>(_: R.Type, seed: UInt64) {
        var dice = Dice(seed: seed)
        var state = R()
        var bounds = Bounds.play
        bounds.polyphony = 12
        var tokens: [Token] = []
        var events: [KeyEvent] = []
        while tokens.count < 200 && !state.isAsleep {
            let row = drawnToken(state, within: bounds, &dice)
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
        let opening = tokens.firstIndex { R.notesBegun(by: $0) > 0 } ?? tokens.count
        let expected = Array(tokens[min(opening + 1, tokens.count)...])
        let got = Array(heard.dropFirst())
        #expect(got == Array(expected.prefix(got.count)), "seed \(seed)")
        #expect(got.count > 50 || expected.count <= got.count + 40, "seed \(seed): \(got.count) of \(expected.count)")
    }

    @Test(arguments: 0..<100) func whatIsPlayedIsHeardAsTheSameTokens(seed: Int) {
        echoed(Performance.self, seed: UInt64(seed))
        echoed(Dyads.self, seed: UInt64(seed))
        echoed(Wide.self, seed: UInt64(seed))
    }
}
