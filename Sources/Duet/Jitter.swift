import Glibc
import Realtime
import Synchronization

/// How late this machine wakes a thread that asked to be woken each millisecond, as cyclictest measures it: what no
/// program on it can do better than. Of a higher priority than the instrument's threads, on each core, it tells when a core
/// stood still by no fault of theirs: the hypervisor ran something else there, or the kernel did.
public final class Jitter: Sendable {
    /// A wake that came late: the core did nothing for us before `end`.
    public struct Lapse: Sendable {
        /// CLOCK_MONOTONIC, nanoseconds.
        public let end: Int64
        public let nanoseconds: Int64
    }

    private let thread: RealtimeThread
    private let shared = Shared()

    private final class Shared: Sendable {
        let isOver = Atomic(false)
        let late = Histogram()
        let lapses = Guarded<[Lapse]>([])

        deinit { late.deallocate() }
    }

    /// From so late on, wakes are lapses. What waits for no more than this is ready in time: notes are planned 10 ms ahead.
    private static let lapse: Int64 = 500_000
    /// Untold lapses that are kept: of seconds in which every wake is one.
    private static let room = 10_000

    /// - Parameters:
    ///   - priority: of SCHED_FIFO; nil for an ordinary thread.
    ///   - core: to stay on; nil for any.
    public init(priority: Int32?, core: Int? = nil) {
        let shared = shared
        thread = RealtimeThread(name: "jitter", priority: priority) {
            if let core { _ = stay(onCore: core) }
            var due = monotonicNanoseconds()
            while !shared.isOver.load(ordering: .relaxed) {
                due += 1_000_000
                var time = timespec(tv_sec: Int(due / 1_000_000_000), tv_nsec: Int(due % 1_000_000_000))
                clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil)
                let now = monotonicNanoseconds()
                shared.late.record(now - due)
                if now - due > Self.lapse {
                    shared.lapses.withLock { lapses in
                        if lapses.count < Self.room { lapses.append(Lapse(end: now, nanoseconds: now - due)) }
                    }
                }
                // What was missed is one lateness, not many.
                due = max(due, now - 1_000_000)
            }
        }
    }

    /// One of the highest priority on each core.
    static func onEachCore() -> [Jitter] {
        (0..<Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))).map { Jitter(priority: 98, core: $0) }
    }

    /// Those that were not told before. Any thread.
    public func takeLapses() -> [Lapse] {
        shared.lapses.withLock { lapses in
            defer { lapses = [] }
            return lapses
        }
    }

    /// Ends it. Once.
    @discardableResult
    public func stop() -> Histogram.Distribution {
        shared.isOver.store(true, ordering: .relaxed)
        thread.join()
        return shared.late.snapshot()
    }
}
