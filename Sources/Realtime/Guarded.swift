// Not real-time: a value behind a lock.

import Glibc

/// A value behind a lock, for threads that are not real-time. Synchronization's `Mutex` would do the same, but
/// ThreadSanitizer cannot see that and reports whatever it guards; it knows pthread's.
public final class Guarded<Value>: @unchecked Sendable {
    // Unchecked: `value` is reached under the lock only.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var value: Value

    public init(_ value: Value) {
        self.value = value
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Waits until no other thread is inside; not to be called from inside.
    /// - Thread: control
    public func withLock<R, E: Error>(_ body: (inout Value) throws(E) -> R) throws(E) -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
