import Testing
import Time

@Suite struct BeatsTests {
    @Test(
        arguments: [
            1, 2, 3, 7, 9, 24, 48, 72, 96, 120, 144, 168, 192, 240, 256, 288, 336, 360, 384, 480, 500, 504, 512, 576,
            640, 672, 720, 768, 800, 840, 864, 960, 1_000, 1_024, 1_200, 1_440, 1_536, 1_680, 1_920,
            2_048, 2_400, 2_880, 3_072, 3_840, 4_800, 5_000, 5_760, 7_680, 9_600, 10_080, 11_520, 15_360, 15_625,
            19_200, 25_000, 30_720, 1_000_000,
        ] as [Int64])
    func ticksOfUsualFilesAndClocksAreWholeUnits(perBeat: Int64) throws {
        let tick = try #require(Beats(exactly: 1, perBeat: perBeat))
        #expect(tick.units * perBeat == Beats.unitsPerBeat)
        #expect(tick == Beats(nearest: 1, perBeat: perBeat))
        for ticks in [-perBeat - 1, -1, 0, 1, 7 * perBeat + 3] {
            #expect(Beats(exactly: ticks, perBeat: perBeat)?.ticks(perBeat: perBeat) == ticks)
        }
    }

    @Test func whatIsNoWholeNumberOfUnitsIsRoundedOnlyIfAsked() {
        #expect(Beats(exactly: 1, perBeat: 383) == nil)
        #expect(Beats(exactly: 1, perBeat: 0) == nil)
        #expect(Beats(exactly: .max, perBeat: 1) == nil)
        #expect(Beats(nearest: 1, perBeat: 383).units == 15_791_123)  // 15,791,122.7
        #expect(Beats(nearest: -1, perBeat: 383).units == -15_791_123)
        #expect(Beats(nearest: .max, perBeat: 1).units == .max)
        #expect(Beats(nearest: .min, perBeat: 0).units == .min)
    }

    @Test func convertsToAndFromNumbers() {
        #expect(Beats(nearest: 1.25) == Beats(units: 7_560_000_000))
        #expect(Beats(nearest: -0.5).quarters == -0.5)
        #expect(Beats(nearest: 0.6e-9 / 6.048).units == 1 && Beats(nearest: -0.6e-9 / 6.048).units == -1)
        #expect(Beats(nearest: 0.4e-9 / 6.048).units == 0 && Beats(nearest: -0.4e-9 / 6.048).units == 0)
        #expect(Beats(nearest: .nan) == .zero)
        #expect(Beats(nearest: .infinity).units == .max && Beats(nearest: -1e300).units == .min)
        #expect(Beats(3).microBeats == 3_000_000)
        #expect(Beats(units: -1).microBeats == -1)  // Down, on both sides of zero.
        #expect(Beats(units: -1).ticks(perBeat: 24) == -1)
        #expect(Beats(2) - Beats(3) == Beats(-1) && Beats(-1) < .zero && Beats(2) * 3 == Beats(6))
    }
}

@Suite struct TempoTests {
    @Test func beatsAMinuteAndTimeABeat() throws {
        let tempo = try #require(Tempo(beatsPerMinute: 120))
        #expect(tempo == .standard && tempo == Tempo(microsecondsPerBeat: 500_000))
        #expect(tempo == Tempo(nanosecondsPerBeat: 500_000_000) && tempo.nanosecondsPerBeat == 500_000_000)
        #expect(tempo.beatsPerMinute == 120 && tempo.microsecondsPerBeat == 500_000)
        #expect(Tempo(beatsPerMinute: 999)?.microsecondsPerBeat == 60_060)
        #expect(Tempo(beatsPerMinute: 130)?.nanosecondsPerBeat == 461_538_462)
    }

    /// A clock shows tempi to a hundredth or a thousandth.
    @Test func thousandthsOfBeatsAMinuteComeBack() {
        for thousandth in 1_000...999_000 {
            let beats = Double(thousandth) / 1_000
            let back = Tempo(beatsPerMinute: beats)?.beatsPerMinute ?? 0
            if abs(back - beats) > beats * 1e-10 { Issue.record("\(beats) becomes \(back)") }
        }
    }

    @Test func rangesAreThoseOfPlayersAndOfFiles() {
        for beats in [0.999, 999.001, 0, -120, .nan, .infinity] { #expect(Tempo(beatsPerMinute: beats) == nil) }
        #expect(Tempo(beatsPerMinute: 1)?.microsecondsPerBeat == 60_000_000)
        #expect(Tempo(microsecondsPerBeat: -1) == nil && Tempo(microsecondsPerBeat: 60_000_001) == nil)
        #expect(Tempo(nanosecondsPerBeat: -1) == nil && Tempo(nanosecondsPerBeat: .max) == nil)
        for stated in [0, 1, 0xFF_FFFF] { #expect(Tempo(microsecondsPerBeat: stated)?.microsecondsPerBeat == stated) }
        #expect(Tempo(microsecondsPerBeat: 0)?.beatsPerMinute == .infinity)
    }
}
