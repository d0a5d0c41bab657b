import CPlatform
import Glibc

/// Long-lived threads that run one closure at a time together, with a barrier inside it.

/// `run` is called by one thread at a time.
package final class Workers: @unchecked Sendable {
    let count: Int
    private var gate: Meeting
    private var inner: Meeting
    private var work: (@Sendable (Int) -> Void)?
    private var threads: [pthread_t] = []

    /// A barrier (pthread_barrier_t must not move, so it lies in memory of its own).
    private struct Meeting: @unchecked Sendable {
        let barrier: UnsafeMutablePointer<pthread_barrier_t>

        init(_ count: Int) {
            barrier = .allocate(capacity: 1)
            pthread_barrier_init(barrier, nil, UInt32(count))
        }

        func wait() { pthread_barrier_wait(barrier) }

        func destroy() {
            pthread_barrier_destroy(barrier)
            barrier.deallocate()
        }
    }

    /// - Parameter count: the caller's thread included.
    package init(_ count: Int) {
        self.count = count
        gate = Meeting(count)
        inner = Meeting(count)
        continuo_flush_denormals()
        for index in 1..<max(count, 1) {
            var thread = pthread_t()
            let box = Unmanaged.passRetained(Start(self, index))
            let code = pthread_create(
                &thread, nil,
                { argument in
                    guard let argument else { return nil }
                    let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                    start.workers.serve(start.index)
                    return nil
                }, box.toOpaque())
            precondition(code == 0, "cannot start a worker thread: \(String(cString: strerror(code)))")
            threads.append(thread)
        }
    }

    private final class Start {
        unowned let workers: Workers
        let index: Int

        init(_ workers: Workers, _ index: Int) {
            self.workers = workers
            self.index = index
        }
    }

    private func serve(_ index: Int) {
        continuo_flush_denormals()
        while true {
            gate.wait()
            guard let work else { return }
            work(index)
            gate.wait()
        }
    }

    /// Runs `work(0)` here and `work(1…)` on the others; returns when all are done.
    package func run(_ work: @escaping @Sendable (Int) -> Void) {
        self.work = work
        gate.wait()
        work(0)
        gate.wait()
        self.work = nil
    }

    /// Within `run`: waits for all workers.
    func meet() { inner.wait() }

    deinit {
        work = nil
        gate.wait()
        for thread in threads { pthread_join(thread, nil) }
        gate.destroy()
        inner.destroy()
    }
}
