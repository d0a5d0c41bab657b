import Random
import Time

/// Sound cards' rates, and some that are not.
let sampleRates = [
    8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 47_999, 48_000, 64_000, 88_200, 96_000, 176_400,
    191_999, 192_000,
]

let day: Int64 = 86_400

extension SplitMix64 {
    mutating func number(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &self) }

    /// 1…999 beats a minute, slow ones as often as fast ones; now and then one that only a MIDI file can state.
    mutating func tempo() -> Tempo {
        switch number(0...9) {
        case 0: Tempo(microsecondsPerBeat: Int(number(1...16_777_215)))!
        case 1: Tempo(beatsPerMinute: 1)!
        default: Tempo(nanosecondsPerBeat: 60_060_061 << number(0...9) | number(0...1_000_000))!
        }
    }

    mutating func meter() -> Meter { Meter(Int(number(1...17)), 1 << Int(number(0...6)))! }

    /// Changes on quarters and anywhere, many close together, from beat −10 on.
    mutating func map() -> TempoMap {
        let count = number(0...60)
        let last = Beats(Int(1 << number(4...18))).units
        func places(_ random: inout SplitMix64) -> [Beats] {
            (0..<count).map { _ in
                let place = random.number(Beats(-10).units...last)
                return Beats(units: random.number(0...1) == 0 ? place : place / Beats.unitsPerBeat * Beats.unitsPerBeat)
            }
        }
        return TempoMap(
            tempi: places(&self).map { TempoMap.Change(at: $0, tempo()) },
            meters: places(&self).map { TempoMap.Change(at: $0, meter()) })
    }
}
