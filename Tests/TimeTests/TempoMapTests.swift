import Random
import Testing
import Time

@Suite struct TempoMapTests {
    /// A few frames each of a day at each rate there is.
    @Test(arguments: [0, 1, 2, 3] as [UInt64]) func framesComeBackAtEverySampleRate(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let map = random.map()
        for rate in 8_000...192_000 {
            let frame = random.number(-Int64(rate)...day * Int64(rate))
            let back = map.frame(at: map.beats(atFrame: frame, sampleRate: rate), sampleRate: rate)
            if back != frame { Issue.record("\(frame) at \(rate) Hz becomes \(back)") }
        }
    }

    @Test(arguments: 0..<100) func framesComeBackUnderAnyTempi(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let map = random.map()
        for rate in sampleRates {
            let frames = (0..<60).flatMap { _ in
                let frame = random.number(0...day * Int64(rate))
                return [frame, frame + 1]
            }
            var last = Beats(units: .min)
            for frame in frames.sorted() {
                let beats = map.beats(atFrame: frame, sampleRate: rate)
                #expect(map.frame(at: beats, sampleRate: rate) == frame)
                #expect(beats >= last)
                #expect(map.beats(at: map.position(at: beats)) == beats)
                last = beats
            }
        }
    }

    /// Around each change, where two tempi meet, and a beat's frame is never more than half a frame from it.
    @Test(arguments: 0..<100) func changesNeitherJumpNorTurnBack(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let changes = (0..<20).map { _ in
            TempoMap.Change(at: Beats(units: random.number(0...Beats(100).units)), random.tempo())
        }
        let map = TempoMap(tempi: changes)
        for change in changes {
            for rate in [8_000, 11_025, 44_100, 192_000] {
                let frame = map.frame(at: change.beats, sampleRate: rate)
                let beats = (frame - 3...frame + 3).map { map.beats(atFrame: $0, sampleRate: rate) }
                #expect(beats == beats.sorted())
                #expect(beats.map { map.frame(at: $0, sampleRate: rate) } == Array(frame - 3...frame + 3))
                #expect(beats[2] <= change.beats && change.beats <= beats[4])
            }
            let near = (-3...3).map { map.nanoseconds(at: change.beats + Beats(units: $0)) }
            #expect(near == near.sorted())
        }
    }

    /// A million changes of tempo on quarters, against their plain sum.
    @Test func nothingDriftsOverADayOfChanges() {
        var random = SplitMix64(seed: 5)
        var tempi: [TempoMap.Change<Tempo>] = []
        var elapsed: Int64 = 0  // Nanoseconds.
        var starts: [Int64] = []
        while elapsed < day * 1_000_000_000 {
            let tempo = Int(random.number(60_061...200_003))
            tempi.append(.init(at: Beats(tempi.count), Tempo(microsecondsPerBeat: tempo)!))
            starts.append(elapsed)
            elapsed += Int64(tempo) * 1_000
        }
        let map = TempoMap(tempi: tempi)
        for _ in 0..<2_000 {
            let place = Int(random.number(0...Int64(tempi.count - 1)))
            let beats = Beats(place)
            #expect(map.nanoseconds(at: beats) == starts[place])
            #expect(map.beats(atNanoseconds: starts[place]) == beats)
            #expect(map.tempo(at: beats) == tempi[place].value)
            for rate in [11_025, 44_100, 192_000] {
                // Whole microseconds: frames are µs · rate / 10⁶, halves up.
                let frame = (starts[place] / 1_000 * Int64(rate) * 2 + 1_000_000) / 2_000_000
                #expect(map.frame(at: beats, sampleRate: rate) == frame)
            }
        }
    }

    /// 120, then 60 beats a minute from beat 8 on, that is from second 4.
    @Test func aWorkedExample() throws {
        let map = TempoMap(tempi: [.init(at: Beats(8), try #require(Tempo(beatsPerMinute: 60)))])
        #expect(map.frame(at: Beats(8), sampleRate: 44_100) == 176_400)
        #expect(map.frame(at: Beats(9), sampleRate: 44_100) == 220_500)
        #expect(map.frame(at: Beats(-1), sampleRate: 11_025) == -5_512)  // −5,512.5
        #expect(map.beats(atFrame: 220_500, sampleRate: 44_100) == Beats(9))
        #expect(map.beats(atNanoseconds: 3_750_000_000) == Beats(nearest: 7.5))
        #expect(map.nanoseconds(at: Beats(10)) == 6_000_000_000)
        #expect(map.tempo(at: Beats(-100)) == .standard && map.tempo(at: Beats(8)).beatsPerMinute == 60)
    }

    @Test func ofChangesAtOnePlaceTheLastHoldsAlsoBeforeIt() throws {
        let (slow, fast) = (try #require(Tempo(beatsPerMinute: 30)), try #require(Tempo(beatsPerMinute: 240)))
        let map = TempoMap(tempi: [.init(at: .zero, slow), .init(at: .zero, fast), .init(at: Beats(4), slow)])
        #expect(map.nanoseconds(at: Beats(4)) == 1_000_000_000)
        #expect(map.nanoseconds(at: Beats(-4)) == -1_000_000_000)
    }

    @Test func beatsThatTakeNoTimeAreOneMoment() throws {
        let still = try #require(Tempo(microsecondsPerBeat: 0))
        let map = TempoMap(tempi: [.init(at: Beats(2), still), .init(at: Beats(6), .standard)])
        #expect(map.nanoseconds(at: Beats(5)) == 1_000_000_000)
        #expect(map.beats(atNanoseconds: 1_000_000_000) == Beats(6))
        #expect(TempoMap(tempi: [.init(at: .zero, still)]).beats(atNanoseconds: 9) == .zero)
    }

    @Test func whatLeavesTheRangeIsClamped() throws {
        let slow = TempoMap(tempi: [.init(at: .zero, try #require(Tempo(beatsPerMinute: 1)))])
        let fast = TempoMap(tempi: [.init(at: .zero, try #require(Tempo(microsecondsPerBeat: 1)))])
        for map in [slow, fast, TempoMap()] {
            for rate in [.min, 0, 1, 192_000, .max] {
                for extreme in [.min, -1, 0, 1, .max] as [Int64] {
                    let beats = map.beats(atFrame: extreme, sampleRate: rate)
                    #expect(beats.units.signum() == extreme.signum() || abs(beats.units) < 2)
                    _ = map.frame(at: Beats(units: extreme), sampleRate: rate)
                    _ = map.position(at: Beats(units: extreme))
                }
            }
        }
        #expect(slow.nanoseconds(at: Beats(units: .max)) == .max && slow.nanoseconds(at: Beats(units: .min)) == .min)
        #expect(fast.beats(atNanoseconds: .max).units == .max && fast.beats(atNanoseconds: .min).units == .min)
        #expect(fast.beats(at: BarPosition(bar: .max, beat: .max)).units == .max)
    }
}

/// Resolutions that are no divisor of a beat's units, as in MIDI files.
@Suite struct TickMapTests {
    /// 383 ticks of 333,333 µs: tick 1 is at 870,321.1 ns.
    @Test func roundsOnceInTheResult() {
        let map = TickMap(UnitRate(383_000_000), unitsPerTick: 333_333)
        #expect(map.count(at: 1, perSecond: 1_000_000_000) == 870_321)
        #expect(map.count(at: 383_000, perSecond: 1_000_000_000) == 333_333_000_000)
        #expect(map.tick(atCount: 870_000, perSecond: 1_000_000_000) == 1)
        #expect(map.tick(atCount: -870_000, perSecond: 1_000_000_000) == -1)
    }

    /// 29 frames a second stand for 30,000 in 1,001 seconds.
    @Test func ratesMayBeOfManySeconds() {
        let map = TickMap(UnitRate(30_000, inSeconds: 1_001), unitsPerTick: 1, origin: 30_000)
        #expect(map.count(at: 0, perSecond: 1_000_000_000) == 1_001_000_000_000)
        #expect(map.count(at: 1, perSecond: 1_000_000_000) == 1_001_033_366_667)
        #expect(map.tick(atCount: 1_001 * 44_100 * 2, perSecond: 44_100) == 30_000)
    }
}
