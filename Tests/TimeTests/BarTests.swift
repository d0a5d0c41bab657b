import Random
import Testing
import Time

@Suite struct BarTests {
    @Test func metersSayHowLongBarsAre() throws {
        #expect(Meter.common.bar == Beats(4) && Meter(3, 4)?.bar == Beats(3))
        let six = try #require(Meter(6, 8))
        #expect(six.beat == Beats(nearest: 0.5) && six.bar == Beats(3))
        #expect(try #require(Meter(255, 8_192)).bar.units * 8_192 == Beats(4 * 255).units)
        for (numerator, denominator) in [(0, 4), (256, 4), (4, 0), (4, 3), (4, -4), (4, 16_384), (-1, 4)] {
            #expect(Meter(numerator, denominator) == nil)
        }
    }

    /// Two bars of 4/4, of which the second ends after three quarters; then 6/8; then 2/2.
    @Test func aChangeOfMeterBeginsABar() throws {
        let map = TempoMap(meters: [
            .init(at: Beats(13), try #require(Meter(2, 2))), .init(at: Beats(7), try #require(Meter(6, 8))),
        ])
        #expect(map.position(at: Beats(6)) == BarPosition(bar: 1, beat: 2))
        #expect(map.position(at: Beats(7)) == BarPosition(bar: 2))
        #expect(map.position(at: Beats(nearest: 11.75)) == BarPosition(bar: 3, beat: 3, fraction: Beats(nearest: 0.25)))
        #expect(map.position(at: Beats(13)) == BarPosition(bar: 4))
        #expect(map.position(at: Beats(nearest: 19.5)) == BarPosition(bar: 5, beat: 1, fraction: Beats(nearest: 0.5)))
        #expect(map.beats(at: BarPosition(bar: 5)) == Beats(17))
        #expect(map.meter(at: Beats(nearest: 6.9)) == .common && map.meter(at: Beats(7)) == Meter(6, 8))
    }

    @Test func barsBeforeTheFirstCountDown() throws {
        let map = TempoMap(meters: [.init(at: Beats(-5), try #require(Meter(3, 4)))])
        #expect(map.position(at: Beats(units: -1)).bar == -1)
        #expect(map.position(at: Beats(-1)) == BarPosition(bar: -1, beat: 2))
        #expect(map.position(at: Beats(-6)) == BarPosition(bar: -2))
        #expect(map.beats(at: BarPosition(bar: -2, beat: 1)) == Beats(-5))
    }

    @Test(arguments: 0..<200) func everyBeatHasOnePositionAndComesBack(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let map = random.map()
        var places = (0..<500).map { _ in random.number(-Beats(1_000).units...Beats(1_500_000).units) }
        places.sort()
        var last = Int.min
        for place in places {
            let beats = Beats(units: place)
            let position = map.position(at: beats)
            let meter = map.meter(at: beats)
            #expect(map.beats(at: position) == beats)
            #expect((0..<meter.numerator).contains(position.beat))
            #expect(position.fraction >= .zero && position.fraction < meter.beat)
            #expect(position.bar >= last)
            last = position.bar
            #expect(map.position(at: map.beats(at: BarPosition(bar: position.bar))) == BarPosition(bar: position.bar))
        }
    }
}

@Suite struct PhaseTests {
    private func phase(_ beats: Double, _ quantum: Double) -> Double {
        Phase(at: Beats(nearest: beats), quantum: Beats(nearest: quantum)).elapsed.quarters
    }

    @Test func isCountedFromBeatZeroOnBothSides() {
        #expect(phase(5.5, 4) == 1.5 && phase(-1, 4) == 3 && phase(-4, 4) == 0 && phase(-4.25, 4) == 3.75)
        #expect(phase(7, 3.5) == 0)
        #expect(phase(7, 0) == 0 && phase(7, -4) == 0)
        #expect(Phase(at: Beats(-1), quantum: Beats(4)).fraction == 0.75)
        #expect(Phase(at: Beats(units: -1), quantum: Beats(units: .max)).fraction < 1)
        #expect(Phase(at: Beats(1), quantum: .zero).fraction == 0)
    }

    @Test func findsTheNextAndTheNearestBeatOfAPhase() {
        var random = SplitMix64(seed: 1)
        for _ in 0..<10_000 {
            let quantum = Beats(units: random.number(1...20))
            let phase = Phase(at: Beats(units: random.number(-100...100)), quantum: quantum)
            let from = Beats(units: random.number(-100...100))
            // By trying each unit.
            let fitting = (-200...200 as ClosedRange<Int64>).map { Beats(units: $0) }
                .filter { Phase(at: $0, quantum: quantum) == phase }
            #expect(phase.next(from: from) == fitting.first { $0 >= from })
            func distance(_ beats: Beats) -> Int64 { abs(beats.units - from.units) }
            #expect(phase.nearest(to: from) == fitting.min { (distance($0), $0) < (distance($1), $1) })
        }
        let none = Phase(at: Beats(1), quantum: .zero)
        #expect(none.next(from: Beats(3)) == Beats(3) && none.nearest(to: Beats(3)) == Beats(3))
    }
}
