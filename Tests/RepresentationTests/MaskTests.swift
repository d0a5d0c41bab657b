import Representation
import Score
import TestSupport
import Testing

/// Whatever the constraints, there is a class to draw, and each that may be drawn keeps them.
@Suite struct MaskTests {
    /// The constraints of the performer, and worse: contradictions, the past, nothing allowed, the ends of the range.
    private func randomBounds(at tick: Int64, _ dice: inout Dice) -> Bounds {
        var bounds = Int.random(in: 0..<4, using: &dice) == 0 ? Bounds.corpus : .play
        func tickOr(_ otherwise: Int64) -> Int64 {
            switch Int.random(in: 0..<12, using: &dice) {
            case 0...2: otherwise
            case 3: Bool.random(using: &dice) ? .min : .max
            case 4: tick + .random(in: -2...2, using: &dice)
            default: tick + .random(in: -50...250, using: &dice)
            }
        }
        bounds.earliest = tickOr(.min)
        bounds.latest = tickOr(.max)
        bounds.lastOnset = tickOr(.max)
        bounds.beginsNote = Bool.random(using: &dice)
        bounds.polyphony = Bool.random(using: &dice) ? 128 : .random(in: 0...20, using: &dice)
        bounds.shortestNote = Bool.random(using: &dice) ? 1 : .random(in: 2...50, using: &dice)
        bounds.firstOnset = tickOr(.min)
        bounds.barred = randomKeys(&dice)
        return bounds
    }

    private func randomKeys(_ dice: inout Dice) -> KeySet {
        var (low, high) = (dice.next(), dice.next())
        switch Int.random(in: 0..<6, using: &dice) {
        case 0: (low, high) = (.max, .max)
        case 1: (low, high) = (.max, .max &- (1 << UInt64.random(in: 0..<64, using: &dice)))
        case 2: (low, high) = (low & dice.next() & dice.next(), high & dice.next() & dice.next())
        case 3: break
        default: (low, high) = (0, 0)
        }
        return KeySet(low: low, high: high)
    }

    /// Something was heard, and something played.
    private func randomState<R: Representation>(_: R.Type, _ dice: inout Dice) -> R {
        var state = R()
        for event in randomPlaying(dice.next(), count: .random(in: 0..<40, using: &dice)) {
            state.hear(R.heard(event)) { _ in }
        }
        var bounds = Bounds.play
        bounds.polyphony = .random(in: 1...40, using: &dice)
        for _ in 0..<Int.random(in: 0..<40, using: &dice) where !state.isAsleep {
            state.emit(drawnToken(state, within: bounds, &dice)) { _ in }
        }
        return state
    }

    private func masks<R: Representation>(_: R.Type, _ seed: UInt64) {
        var dice = Dice(seed: seed)
        let state = randomState(R.self, &dice)
        for _ in 0..<10 {
            let bounds = randomBounds(at: state.tick, &dice)
            if let row = rowWithoutAnEnd(state, bounds, Token.empty, field: 0) {
                Issue.record("nothing may follow \(row), \(R.name), seed \(seed), \(bounds)")
            }
        }
    }

    /// Follows all classes of all fields, but of those from the third on, in which nothing is left to go wrong.
    private func rowWithoutAnEnd<R: Representation>(_ state: R, _ bounds: Bounds, _ row: Token, field: Int) -> Token? {
        guard field < R.fields.count && R.has(field, given: row) else { return nil }
        let mask = state.legal(field, given: row, within: bounds)
        if mask.isEmpty { return row }
        let values = field < 2 ? mask.list : []
        // Of thousands of chords, some.
        for value in values.count > 1000 ? stride(from: 0, to: values.count, by: 97).map({ values[$0] }) : values {
            var next = row
            next[field] = Int16(value)
            if let dead = rowWithoutAnEnd(state, bounds, next, field: field + 1) { return dead }
        }
        return nil
    }

    @Test(arguments: 0..<300) func noMaskIsEverEmpty(seed: Int) {
        masks(Performance.self, UInt64(seed))
        masks(Dyads.self, UInt64(seed))
        masks(Wide.self, UInt64(seed))
        if seed < 100 { masks(Sonority.self, UInt64(seed)) }
    }

    /// A token of `performance` that the masks allow sounds only what the bounds allow.
    @Test(arguments: 0..<300) func whatMayBeDrawnKeepsTheBounds(seed: Int) {
        var dice = Dice(seed: UInt64(seed))
        let state = randomState(Performance.self, &dice)
        for _ in 0..<200 {
            let bounds = randomBounds(at: state.tick, &dice)
            let row = drawnToken(state, within: bounds, &dice)
            var after = state
            after.emit(row) { event in
                let key = Int(event.key)
                #expect(bounds.earliest <= event.tick && event.tick <= bounds.latest, "\(row), \(bounds), seed \(seed)")
                if event.isOn {
                    #expect(!state.soundingKeys.union(bounds.barred).contains(key), "\(row), \(bounds), seed \(seed)")
                    #expect(event.tick >= bounds.firstOnset, "\(row), \(bounds), seed \(seed)")
                    #expect(event.tick < bounds.lastOnset, "\(row), \(bounds), seed \(seed)")
                    #expect(bounds.ownsAllKeys || state.machineKeys.count < bounds.polyphony, "\(row), seed \(seed)")
                } else {
                    let own = bounds.ownsAllKeys ? state.soundingKeys : state.machineKeys
                    #expect(own.contains(key) && !bounds.beginsNote, "\(row), \(bounds), seed \(seed)")
                }
            }
        }
    }

    private func shortest<R: Representation>(_: R.Type, _ ticks: Int64, _ seed: UInt64) -> Int64 {
        var dice = Dice(seed: seed)
        var state = randomState(R.self, &dice)
        state.releaseAll(at: state.tick, certain: { _ in }, { _ in })
        var bounds = Bounds.play
        bounds.shortestNote = ticks
        var onsets: [UInt8: Int64] = [:]
        var shortest = Int64.max
        for _ in 0..<300 where !state.isAsleep {
            state.emit(drawnToken(state, within: bounds, &dice)) { event in
                if event.isOn {
                    onsets[event.key] = event.tick
                } else if let onset = onsets[event.key] {
                    shortest = min(shortest, event.tick - onset)
                }
            }
        }
        return shortest
    }

    @Test(arguments: [1, 2, 5, 10] as [Int64]) func noNoteEndsTooSoon(ticks: Int64) {
        let seeds = 0..<20 as Range<UInt64>
        // Shifts are drawn evenly here, so the very shortest need not come up.
        #expect((ticks...ticks + 8).contains(seeds.map { shortest(Performance.self, ticks, $0) }.min() ?? 0))
        // Its durations are even rarer, being drawn of 71; struck again, a chord ends in time too.
        #expect((ticks...ticks + 8).contains(seeds.map { shortest(Sonority.self, ticks, $0) }.min() ?? 0))
        // Its lengths are multiples of four ticks.
        #expect(seeds.map { shortest(Dyads.self, ticks, $0) }.min() == (ticks + 3) / 4 * 4)
    }

    /// Draws whatever the masks allow: never stuck, never struck twice.
    private func reply<R: Representation>(_: R.Type, _ seed: UInt64) {
        var dice = Dice(seed: seed)
        var state = R()
        var held = KeySet()
        for event in randomPlaying(seed, count: 30) { state.hear(R.heard(event)) { _ in } }
        state.assumeRest(at: state.tick + 50, assumed: { _ in }, released: { _ in })
        var bounds = Bounds.play
        bounds.polyphony = Int.random(in: 1..<20, using: &dice)
        bounds.earliest = state.tick + Int64.random(in: 0..<20, using: &dice)
        bounds.beginsNote = Bool.random(using: &dice)
        bounds.latest = bounds.beginsNote ? bounds.earliest + 15 : .max
        var last = Int64.min
        for i in 0..<300 where !state.isAsleep {
            state.emit(drawnToken(state, within: bounds, &dice)) { event in
                #expect(event.tick >= last && event.tick >= bounds.earliest, "out of order, seed \(seed)")
                last = event.tick
                #expect(held.contains(Int(event.key)) != event.isOn, "key \(event.key), seed \(seed)")
                if event.isOn { held.insert(Int(event.key)) } else { held.remove(Int(event.key)) }
            }
            #expect(held.count <= bounds.polyphony)
            if i == 0 { (bounds.beginsNote, bounds.latest) = (false, .max) }
            if i == 200 { bounds.lastOnset = state.tick + 10 }
        }
        state.releaseAll(at: state.tick, certain: { _ in }, { held.remove(Int($0.key)) })
        #expect(held.isEmpty, "seed \(seed)")
    }

    @Test(arguments: 0..<200) func aReplyNeverGetsStuck(seed: Int) {
        reply(Performance.self, UInt64(seed))
        reply(Dyads.self, UInt64(seed))
        reply(Sonority.self, UInt64(seed))
    }
}
