// REAL-TIME (any): `post`; waiting is for the thread that has nothing else to do.

import CPlatform
import Glibc

/// A counting semaphore between threads of one process: how the stage wakes the improviser.
public struct CountingSemaphore: @unchecked Sendable {
    // Unchecked: a pointer to a sem_t, which is made for sharing.
    let handle: UnsafeMutablePointer<sem_t>

    public init() {
        handle = .allocate(capacity: 1)
        sem_init(handle, 0, 0)
    }

    /// Frees the memory. No copy of this handle may be used afterwards.
    public func deallocate() {
        sem_destroy(handle)
        handle.deallocate()
    }

    /// Wakes one waiter. sem_post never blocks and is async-signal-safe (POSIX.1-2017, 2.4.3); it enters the kernel only if
    /// someone waits.
    /// - Thread: any
    @_semantics("no_performance_analysis")  // the compiler cannot see into libc
    public func post() { sem_post(handle) }

    /// Waits until posted.
    @_semantics("no_performance_analysis")  // blocks on purpose: the only wait of a real-time loop
    public func wait() {
        while sem_wait(handle) != 0 && errno == EINTR {}
    }

    /// Takes back one `post`, if there is one; does not wait.
    /// - Returns: whether there was one.
    /// - Thread: any
    @_semantics("no_performance_analysis")  // the compiler cannot see into libc
    public func take() -> Bool { sem_trywait(handle) == 0 }

    /// Waits until posted or until the time is over.
    /// - Returns: false if the time was over.
    @_semantics("no_performance_analysis")  // blocks on purpose: the only wait of a real-time loop
    public func wait(nanoseconds: Int64) -> Bool {
        let end = monotonicNanoseconds() + max(0, nanoseconds)
        var deadline = timespec(tv_sec: Int(end / 1_000_000_000), tv_nsec: Int(end % 1_000_000_000))
        while continuo_semaphore_wait_until(handle, &deadline) != 0 {
            if errno != EINTR { return false }
        }
        return true
    }
}

/// Nanoseconds of processor time that the calling thread has used: what others took from it does not count. A system
/// call that waits for nothing.
@_semantics("no_performance_analysis")  // the compiler cannot see into libc
public func threadNanoseconds() -> Int64 {
    var used = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used)
    return Int64(used.tv_sec) * 1_000_000_000 + Int64(used.tv_nsec)
}

/// Nanoseconds of CLOCK_MONOTONIC; no system call on Linux (vDSO).
/// - Thread: any
@_semantics("no_performance_analysis")  // the compiler cannot see into libc
public func monotonicNanoseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
}
