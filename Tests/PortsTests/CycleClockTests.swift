import Ports
import Testing

/// The cycles of a port without a server, on a clock that the tests move.
@Suite struct CycleClockTests {
    private static let millisecond: Int64 = 1_000_000
    private static let origin: Int64 = 1_234_567_890_123

    @Test func aPunctualThreadRunsEachCycleOnce() {
        var clock = CycleClock(origin: Self.origin)
        for cycle in Int64(0)..<10_000 {
            #expect(clock.due == Self.origin + cycle * Self.millisecond)
            // Up to a cycle late makes no difference.
            #expect(clock.begin(at: clock.due + cycle % 10 * 99_000) == cycle * 48)
        }
        #expect(clock.missed == 0)
    }

    /// After weeks no rounding has added up.
    @Test func framesAndTimesAgree() {
        let clock = CycleClock(origin: Self.origin)
        for frame in [0, 1, 2, 3, 47, 48, 4_799_999, 200_000_000_001] as [Int64] {
            #expect(clock.frame(at: clock.time(of: frame)) == frame)
            #expect(clock.frame(at: clock.time(of: frame) - 1) == frame - (frame == 0 ? 0 : 1))
        }
        #expect(clock.time(of: 48_000 * 3600 * 24 * 50) == Self.origin + 50 * 24 * 3600 * 1000 * Self.millisecond)
    }

    @Test func aThreadThatStoodStillGoesOnAtThePresentWithoutABurst() {
        var clock = CycleClock(origin: Self.origin)
        #expect(clock.begin(at: clock.due) == 0)
        // It wakes 10.5 ms into the stream: cycles 1…9 are over, the tenth is under way.
        let now = Self.origin + 10_500_000
        #expect(clock.begin(at: now) == 480 && clock.missed == 9)
        // The next one is not due yet.
        #expect(clock.due == Self.origin + 11 * Self.millisecond && clock.due > now)
        #expect(clock.begin(at: clock.due) == 528 && clock.missed == 9)
        // A day.
        #expect(clock.begin(at: Self.origin + 86_400_000 * Self.millisecond) == 86_400_000 * 48)
        #expect(clock.missed == 9 + 86_400_000 - 12)
    }

    @Test func aThreadThatWakesEarlyDoesNotGoBack() {
        var clock = CycleClock(origin: Self.origin)
        #expect(clock.begin(at: Self.origin - 5 * Self.millisecond) == 0)
        #expect(clock.begin(at: Self.origin) == 48 && clock.missed == 0)
    }

    @Test func whatArrivesKeepsItsPlaceOneCycleLater() {
        var clock = CycleClock(origin: Self.origin)
        _ = clock.begin(at: clock.due)
        // During cycle 0.
        let arrivals = [0, 20_834, 500_000, 999_999].map { Self.origin + $0 }
        let start = clock.begin(at: clock.due)
        #expect(start == 48)
        #expect(arrivals.map { clock.offset(of: $0, inCycleAt: start) } == [0, 1, 24, 47])
        // While the cycle was beginning: at its end, so that order is kept. From before a gap: at its beginning.
        #expect(clock.offset(of: Self.origin + 1_100_000, inCycleAt: start) == 47)
        #expect(clock.offset(of: Self.origin, inCycleAt: 4800) == 0)
    }
}
