import Allocations
import Random
import Testing
import Time

@Suite struct RealtimePathTests {
    @Test func noConversionAllocates() {
        var random = SplitMix64(seed: 7)
        let map = random.map()
        let before = continuo_allocations()
        var sum: Int64 = 0
        for frame in stride(from: -100_000 as Int64, to: 100_000_000, by: 99_991) {
            let beats = map.beats(atFrame: frame, sampleRate: 44_100)
            let meter = map.meter(at: beats)
            let phase = Phase(at: beats, quantum: meter.bar)
            sum &+= map.frame(at: phase.next(from: beats), sampleRate: 44_100) &+ map.nanoseconds(at: beats)
            sum &+= map.beats(at: map.position(at: beats)).ticks(perBeat: 24) &+ map.tempo(at: beats).nanosecondsPerBeat
            sum &+= (Beats(exactly: frame, perBeat: 24) ?? .zero).microBeats &+ phase.nearest(to: beats).units
        }
        let spent = continuo_allocations() - before
        withExtendedLifetime(map) {}  // Else freed, and counted, after its last use.
        #expect(spent == 0 && sum != 0)
    }
}
