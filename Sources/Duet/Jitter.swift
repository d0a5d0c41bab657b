import Glibc
import Realtime
import Synchronization

/// How late this machine wakes a thread that asked to be woken each millisecond, as cyclictest measures it: what no
/// program on it can do better than. Of a higher priority than the instrument's threads, on each core, it tells when a core
/// stood still by no fault of theirs: the hypervisor ran something else there, or the kernel did.
public final class Jitter: Sendable {
    /// A wake that came late: the core did nothing for us before `end`.
    public struct Lapse: BitwiseCopyable, Sendable {
        /// CLOCK_MONOTONIC, nanoseconds.
        public let end: Int64
        public let nanoseconds: Int64
    }

    private let thread: RealtimeThread
    /// Whether it has its priority and stays on its core.
    public let isAsWished: Bool
    private let shared = Shared()

    private final class Shared: Sendable {
        let isOver = Atomic(false)
        let stays = Atomic(true)
        let begun = CountingSemaphore()
        let late = Histogram()
        /// Of seconds in which every wake is late.
        let lapses = Ring<Lapse>(capacity: 8192)

        deinit {
            begun.deallocate()
            late.deallocate()
            lapses.deallocate()
        }
    }

    /// From so late on, wakes are lapses. What waits for no more than this is ready in time: notes are planned 10 ms ahead.
    private static let lapse: Int64 = 500_000

    /// - Parameters:
    ///   - priority: of SCHED_FIFO; nil for an ordinary thread.
    ///   - core: to stay on; nil for any.
    public init(priority: Int32?, core: Int? = nil) {
        let shared = shared
        thread = RealtimeThread(name: "jitter", priority: priority) {
            if let core { shared.stays.store(stay(onCore: core), ordering: .relaxed) }
            shared.begun.post()
            var due = monotonicNanoseconds()
            while !shared.isOver.load(ordering: .relaxed) {
                due += 1_000_000
                var time = timespec(tv_sec: Int(due / 1_000_000_000), tv_nsec: Int(due % 1_000_000_000))
                clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil)
                let now = monotonicNanoseconds()
                shared.late.record(now - due)
                if now - due > Self.lapse { shared.lapses.push(Lapse(end: now, nanoseconds: now - due)) }
                // What was missed is one lateness, not many.
                due = max(due, now - 1_000_000)
            }
        }
        shared.begun.wait()
        isAsWished = thread.right == .granted && shared.stays.load(ordering: .relaxed)
    }

    /// One of a higher priority than the instrument's threads on each core; none if the system refuses one.
    static func onEachCore() -> [Jitter] {
        let all = (0..<Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))).map {
            Jitter(priority: DummyServer.priority + 10, core: $0)
        }
        if all.allSatisfy(\.isAsWished) { return all }
        for jitter in all { jitter.stop() }
        return []
    }

    /// The next that was not told before. One thread.
    public func nextLapse() -> Lapse? { shared.lapses.pop() }

    /// Ends it. Once.
    @discardableResult
    public func stop() -> Histogram.Distribution {
        shared.isOver.store(true, ordering: .relaxed)
        thread.join()
        return shared.late.snapshot()
    }
}
