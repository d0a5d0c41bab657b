import Glibc
import Realtime
import Synchronization

/// How late this machine wakes a thread that asked to be woken each millisecond, as cyclictest measures it: what no
/// program on it can do better than.
final class Jitter: Sendable {
    private let thread: RealtimeThread
    private let shared = Shared()

    private final class Shared: Sendable {
        let isOver = Atomic(false)
        let late = Histogram()

        deinit { late.deallocate() }
    }

    /// - Parameter priority: of SCHED_FIFO, as the improviser's; nil for an ordinary thread.
    init(priority: Int32?) {
        let shared = shared
        thread = RealtimeThread(name: "jitter", priority: priority) {
            var due = monotonicNanoseconds()
            while !shared.isOver.load(ordering: .relaxed) {
                due += 1_000_000
                var time = timespec(tv_sec: Int(due / 1_000_000_000), tv_nsec: Int(due % 1_000_000_000))
                clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil)
                let now = monotonicNanoseconds()
                shared.late.record(now - due)
                // What was missed is one lateness, not many.
                due = max(due, now - 1_000_000)
            }
        }
    }

    /// Ends it. Once.
    func stop() -> Histogram.Distribution {
        shared.isOver.store(true, ordering: .relaxed)
        thread.join()
        return shared.late.snapshot()
    }
}
