import Performer
import Testing

@Suite struct WarmingPaceTests {
    /// However often the stage wakes the improviser, which then has to hear before it waits again.
    @Test(
        arguments: [Int64(5_000), 40_000, 300_000, 800_000, 2_000_000, 30_000_000],
        [Int64(10_667_000), 1_333_000, 400_000])
    func itTakesATenthAtMost(cost: Int64, cycle: Int64) {
        var pace = WarmingPace()
        var (now, wake, spent) = (Int64(1 << 40), Int64(1 << 40) + cycle, Int64(0))
        let (start, end) = (now, now + 3_000_000_000)
        while now < end {
            let next = now + pace.pause(at: now)
            if next >= wake {
                now = max(now, wake)
                wake = max(wake + cycle, now)
                continue
            }
            pace.ran(from: next, to: next + cost)
            (now, spent) = (next + cost, spent + cost)
        }
        let share = Double(spent) / Double(now - start)
        #expect(share <= 0.1 + Double(cost) / 3e9)
        #expect(share <= WarmingPace.share(of: Double(cost)) + Double(cost) / 3e9)
        // As often as the stage leaves it the time: never in cycles shorter than the pause.
        #expect((spent > 0) == (cycle > 500_000))
    }

    /// Once held up by something else, it goes on as before.
    @Test func oneDelayIsForgotten() {
        var pace = WarmingPace()
        pace.ran(from: 0, to: 8_000_000)
        #expect(pace.pause(at: 8_000_000) == 80_000_000)
        #expect(pace.pause(at: 50_000_000) == 38_000_000)
        pace.ran(from: 88_000_000, to: 88_040_000)
        #expect(pace.pause(at: 88_040_000) == 500_000)
    }
}
