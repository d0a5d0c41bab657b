import Glibc
import Realtime
import Testing

@Suite struct RingTests {
    struct Pair: BitwiseCopyable, Equatable {
        var number: Int
        var complement: Int
    }

    @Test func fillsEmptiesAndWrapsAround() {
        let ring = Ring<Int>(capacity: 5)
        defer { ring.deallocate() }
        #expect(ring.capacity == 8)
        var next = 0
        for lap in 0..<10 {
            #expect(ring.peek() == nil && ring.pop() == nil && ring.count == 0)
            for offset in 0..<8 { #expect(ring.push(lap * 8 + offset)) }
            #expect(!ring.push(-1) && ring.count == 8)
            // Half a lap out and in again, so that the start is not always at slot 0.
            for _ in 0..<3 {
                #expect(ring.pop() == next)
                next += 1
            }
            #expect(ring.peek() == next)
            while let number = ring.pop() {
                #expect(number == next)
                next += 1
            }
        }
        #expect(next == 80)
    }

    /// Wider than a word, through a ring so small that both ends meet all the time: a torn, lost or doubled element shows.
    @Test func twoThreadsLoseNothing() {
        let total = 2_000_000
        let ring = Ring<Pair>(capacity: 16)
        defer { ring.deallocate() }
        let producer = RealtimeThread(name: "producer", priority: nil) {
            var number = 0
            while number < total {
                if ring.push(Pair(number: number, complement: ~number)) { number += 1 } else { sched_yield() }
            }
        }
        var expected = 0
        var wrong = 0
        while expected < total {
            guard let pair = ring.pop() else {
                sched_yield()
                continue
            }
            if pair != Pair(number: expected, complement: ~expected) { wrong += 1 }
            expected += 1
        }
        producer.join()
        #expect(wrong == 0 && ring.pop() == nil)
    }

    /// Does not compile if any of these allocates, locks or counts references.
    @_noAllocation @_noLocks
    static func callback(_ ring: Ring<Pair>, _ counter: Counter, _ histogram: Histogram, _ semaphore: CountingSemaphore)
        -> Bool
    {
        let done =
            ring.push(Pair(number: 1, complement: 2)) && ring.peek() != nil && ring.pop() != nil && ring.count == 0
        counter.add()
        histogram.record(monotonicNanoseconds())
        semaphore.post()
        return done && counter.value == 1
    }

    @Test func worksOnTheRealtimePath() {
        let (ring, counter, histogram, semaphore) = (
            Ring<Pair>(capacity: 1), Counter(), Histogram(), CountingSemaphore()
        )
        #expect(Self.callback(ring, counter, histogram, semaphore))
        #expect(histogram.snapshot().count == 1)
        #expect(semaphore.wait(nanoseconds: 0))
        ring.deallocate()
        counter.deallocate()
        histogram.deallocate()
        semaphore.deallocate()
    }
}

@Suite struct HistogramTests {
    @Test func percentilesAreAtMostAnEighthTooHigh() {
        let histogram = Histogram()
        defer { histogram.deallocate() }
        for value in 1...100_000 { histogram.record(Int64(value)) }
        let figures = histogram.snapshot()
        #expect(figures.count == 100_000 && figures.maximum == 100_000)
        for share in [0.0001, 0.01, 0.5, 0.9, 0.99, 0.999] {
            let exact = share * 100_000
            let found = Double(figures.percentile(share))
            #expect(found >= exact && found <= exact * 1.125, "percentile \(share) is \(found), not \(exact)")
        }
        #expect(figures.percentile(1) == 100_000)
    }

    @Test func takesEveryValue() {
        let histogram = Histogram()
        defer { histogram.deallocate() }
        #expect(histogram.snapshot().percentile(0.5) == 0)
        for value in [-1, 0, 7, 8, 15, 16, Int64.max] { histogram.record(value) }
        let figures = histogram.snapshot()
        #expect(figures.count == 7 && figures.maximum == UInt64(Int64.max))
        #expect(
            figures.percentile(0.25) == 0 && figures.percentile(4.0 / 7) == 8
                && figures.percentile(1) == figures.maximum)
    }
}

@Suite struct ThreadTests {
    @Test func semaphoreWakesAndTimesOut() {
        let (ping, pong) = (CountingSemaphore(), CountingSemaphore())
        let thread = RealtimeThread(name: "a name longer than Linux keeps", priority: nil) {
            for _ in 0..<1000 {
                ping.wait()
                pong.post()
            }
        }
        for _ in 0..<1000 {
            ping.post()
            pong.wait()
        }
        thread.join()
        let before = monotonicNanoseconds()
        #expect(!pong.wait(nanoseconds: 20_000_000))
        let waited = monotonicNanoseconds() - before
        #expect(waited >= 20_000_000)
        ping.deallocate()
        pong.deallocate()
    }

    /// Either the thread has the priority or the refusal says why.
    @Test func realtimeRightIsWhatTheSystemSays() {
        let found = Ring<Int32>(capacity: 2)
        defer { found.deallocate() }
        let thread = RealtimeThread(name: "improviser", priority: 5) {
            var parameters = sched_param()
            var policy: Int32 = 0
            pthread_getschedparam(pthread_self(), &policy, &parameters)
            found.push(policy == SCHED_FIFO ? parameters.sched_priority : 0)
            // Half of the least normal number: 0 under flush-to-zero.
            found.push(Float.leastNormalMagnitude * Float(found.capacity) / 4 == 0 ? 1 : 0)
        }
        thread.join()
        let (priority, flushes) = (found.pop(), found.pop())
        #expect(flushes == 1)
        switch thread.right {
        case .granted: #expect(priority == 5)
        case .refused(_, let code): #expect(priority == 0 && code == EPERM)
        }
    }
}
