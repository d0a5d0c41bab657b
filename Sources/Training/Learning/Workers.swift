import Glibc
import Realtime
import Synchronization

/// Long-lived threads that run one closure at a time together, with a barrier inside it.

/// `run` is called by one thread at a time. That thread and the workers flush denormals from then on.
package final class Workers: Sendable {
    let count: Int
    private let crew: Crew
    private let threads: [RealtimeThread]

    /// - Parameter count: the caller's thread included.
    package init(_ count: Int) {
        self.count = count
        crew = Crew(count)
        prepareRealtimeThread()
        threads = (1..<max(count, 1)).map { [crew] index in
            RealtimeThread(name: "worker", priority: nil) { crew.serve(index) }
        }
    }

    /// Runs `work(0)` here and `work(1…)` on the others; returns when all are done.
    package func run(_ work: @escaping @Sendable (Int) -> Void) {
        crew.work = work
        crew.gate.wait()
        work(0)
        crew.gate.wait()
        crew.work = nil
    }

    /// Runs `work` for each of 0 ..< count, on whichever thread is free.
    func share(_ count: Int, _ work: @escaping @Sendable (Int) -> Void) {
        let queue = Queue()
        run { _ in
            while let i = queue.next(below: count) { work(i) }
        }
    }

    /// Numbers given out once each, to any thread.
    final class Queue: Sendable {
        private let given = Atomic<Int>(0)

        func next(below count: Int) -> Int? {
            let i = given.wrappingAdd(1, ordering: .relaxed).oldValue
            return i < count ? i : nil
        }

        /// From 0 again; while no thread asks.
        func restart() { given.store(0, ordering: .relaxed) }
    }

    /// Within `run`: waits for all workers.
    func meet() { crew.inner.wait() }

    deinit {
        crew.gate.wait()
        for thread in threads { thread.join() }
    }
}

/// What the threads share; each holds on to it. Unchecked: `work` is set while all others wait at the gate.
private final class Crew: @unchecked Sendable {
    let gate: Barrier
    let inner: Barrier
    /// Nil at the gate: time to end.
    var work: (@Sendable (Int) -> Void)?

    init(_ count: Int) {
        gate = Barrier(count)
        inner = Barrier(count)
    }

    func serve(_ index: Int) {
        while true {
            gate.wait()
            guard let work else { return }
            work(index)
            gate.wait()
        }
    }
}

/// pthread_barrier_t must not move, so it lies in memory of its own. Unchecked: it is made for many threads.
private final class Barrier: @unchecked Sendable {
    private let barrier: UnsafeMutablePointer<pthread_barrier_t>

    init(_ count: Int) {
        barrier = .allocate(capacity: 1)
        pthread_barrier_init(barrier, nil, UInt32(count))
    }

    func wait() { pthread_barrier_wait(barrier) }

    deinit {
        pthread_barrier_destroy(barrier)
        barrier.deallocate()
    }
}
