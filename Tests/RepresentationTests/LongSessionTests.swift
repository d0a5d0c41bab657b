import Representation
import Score
import TestSupport
import Testing

/// An hour of playing, a minute of silence, and on.
@Suite struct LongSessionTests {
    static let second: Int64 = 1_000_000_000

    /// Times that never meet the grid of 10 ms: rounded differences would be seconds off after an hour.
    private func hour(_ dice: inout Dice) -> [PlayedEvent] {
        var time: Int64 = 3_333_333
        var events: [PlayedEvent] = []
        for turn in 0... {
            if time >= 3_600 * Self.second { break }
            let key = UInt8.random(in: 36..<96, using: &dice)
            events.append(PlayedEvent(time: time, kind: .noteOn, channel: 0, key: key, value: 64))
            let end = time + .random(in: 1_000_000..<600_000_000, using: &dice)
            events.append(PlayedEvent(time: end, kind: .noteOff, channel: 0, key: key, value: 0))
            if turn % 7 == 0 {
                let value: UInt8 = turn % 2 == 0 ? 127 : 0
                events.append(PlayedEvent(time: time + 5_000_000, kind: .sustain, channel: 0, key: 0, value: value))
            }
            time += 73_333_333 + .random(in: 0..<3, using: &dice)
        }
        return ended(events.sorted(by: PlayedEvent.inPlayingOrder))
    }

    private func later(_ events: [PlayedEvent], by time: Int64) -> [PlayedEvent] {
        events.map {
            PlayedEvent(time: $0.time + time, kind: $0.kind, channel: $0.channel, key: $0.key, value: $0.value)
        }
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>) func nothingDriftsOverAnHourAndASilence(seed: UInt64) {
        var dice = Dice(seed: seed)
        let first = hour(&dice)
        let again = later(Array(first.prefix { $0.time < 300 * Self.second }), by: first.last!.time + 60 * Self.second)
        var state = Performance()
        var told: Int64 = 0
        func hear(_ event: PlayedEvent) {
            var isTold = false
            state.hear(Performance.heard(event)) { token in
                told += Int64(token[0])
                isTold = event.kind == .noteOn
            }
            if isTold { #expect(state.tick == Performance.nearestTick(toNanoseconds: event.time), "seed \(seed)") }
        }
        for event in first { hear(event) }
        let origin = Performance.nearestTick(toNanoseconds: first[0].time)
        #expect(told == Performance.nearestTick(toNanoseconds: first.last!.time) - origin, "seed \(seed)")
        // Of the minute and a bit, eight waits and the longest shift are told.
        let silence =
            Performance.nearestTick(toNanoseconds: again[0].time)
            - Performance.nearestTick(toNanoseconds: first.last!.time)
        for event in again { hear(event) }
        #expect(told + silence - 900 == state.tick - origin, "seed \(seed)")
        let tokens = Performance.encode(first + again)
        #expect(tokens.reduce(0) { $0 + Int64($1[0]) } == told)
    }

    /// More than a step for each key, eight waits, and a key struck again: 20 ms of work hold that many (see
    /// docs/comparisons.md for how long a step takes).
    static let largestBurst = 128 + Performance.longestSleep + 2

    /// How many tokens one call emitted, at most.
    private func burst(_ events: [PlayedEvent], cycle: Int64?) -> Int {
        var state = Performance()
        var largest = 0
        var now = Performance.nearestTick(toNanoseconds: events[0].time)
        func count(_ work: (inout Performance, (Token) -> Void) -> Void) {
            var tokens = 0
            work(&state) { _ in tokens += 1 }
            largest = max(largest, tokens)
        }
        for event in events {
            let heard = Performance.heard(event)
            while let cycle, now + cycle < heard.tick {
                now += cycle
                count { $0.advance(to: now, certain: $1) }
            }
            count { $0.hear(heard, certain: $1) }
        }
        return largest
    }

    @Test(arguments: 0..<200 as Range<UInt64>) func noBurstIsLongerThanAStepForEachKey(seed: UInt64) {
        let events = ended(randomPlaying(seed))
        #expect(burst(events, cycle: 1) <= Self.largestBurst, "seed \(seed)")
        #expect(burst(events, cycle: nil) <= Self.largestBurst, "seed \(seed)")  // Nobody looked in between.
    }

    @Test func anHourAndASilenceMakeNoBurst() {
        var dice = Dice(seed: 1)
        let first = hour(&dice)
        let again = later(Array(first.prefix(1_000)), by: first.last!.time + 60 * Self.second)
        // Each second of silence is told when it is over; the most is the pedal's end.
        #expect(burst(first + again, cycle: 1) <= 60)
    }

    @Test(arguments: [50, 88, 128]) func aPedalLetGoEndsAllItHeldAtOnce(keys: Int) {
        let struck = (0..<keys).flatMap { key -> [PlayedEvent] in
            let time = Int64(key) * 20_000_000
            return [
                PlayedEvent(time: time, kind: .noteOn, channel: 0, key: UInt8(key), value: 64),
                PlayedEvent(time: time + 15_000_000, kind: .noteOff, channel: 0, key: UInt8(key), value: 0),
            ]
        }
        let events =
            [PlayedEvent(time: 0, kind: .sustain, channel: 0, key: 0, value: 127)] + struck
            + [PlayedEvent(time: 5 * Self.second, kind: .sustain, channel: 0, key: 0, value: 0)]
        #expect(burst(events, cycle: 1) == keys)
        let tokens = Performance.encode(events)
        #expect(tokens.suffix(keys).map { Int($0[1]) } == (128..<128 + keys).map { $0 })
        #expect(tokens.suffix(keys - 1).allSatisfy { $0[0] == 0 })
    }
}
