// Not real-time: prepares a thread with its rights, its stack and its floating-point mode; memory that stays in RAM.

import CPlatform
import Glibc

/// Whether the system granted a real-time right. It is worth a warning, not a failure: without it, Continuo plays
/// well until the machine is busy.
public enum Right: Equatable, Sendable, CustomStringConvertible {
    case granted
    /// What was asked for and the `errno` of the refusal.
    case refused(String, errno: Int32)

    public var description: String {
        switch self {
        case .granted: "granted"
        case .refused(let what, let code):
            "\(what) refused: \(String(cString: strerror(code))); docs/trouble.md says which limits to raise"
        }
    }
}

/// A thread of its own, under SCHED_FIFO if the system allows it, with flush-to-zero set and its stack in memory.
public final class RealtimeThread: Sendable {
    private let thread: pthread_t
    public let right: Right

    /// What the new thread needs; its last field goes the other way.
    private final class Start: @unchecked Sendable {
        // Unchecked: written by the thread before it posts `ready`, read by the starter after.
        let name: String
        let priority: Int32?
        let body: @Sendable () -> Void
        let ready = CountingSemaphore()
        var right = Right.granted

        init(name: String, priority: Int32?, body: @escaping @Sendable () -> Void) {
            (self.name, self.priority, self.body) = (name, priority, body)
        }

        deinit { ready.deallocate() }
    }

    /// Starts the thread and returns once its priority is known.
    /// - Thread: control
    /// - Parameters:
    ///   - name: as `top` and debuggers show it; Linux keeps 15 bytes.
    ///   - priority: of SCHED_FIFO, 1…99; nil for an ordinary thread.
    ///   - body: runs once on the thread; `join` returns when it has returned.
    public init(name: String, priority: Int32?, body: @escaping @Sendable () -> Void) {
        let start = Start(name: name, priority: priority, body: body)
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                let start = Unmanaged<Start>.fromOpaque(context!).takeRetainedValue()
                RealtimeThread.prepare(start)
                start.ready.post()
                start.body()
                return nil
            }, Unmanaged.passRetained(start).toOpaque())
        precondition(code == 0, "cannot start a thread: \(String(cString: strerror(code)))")
        start.ready.wait()
        self.thread = thread
        right = start.right
    }

    /// Waits for the end of `body`. Once, from another thread.
    /// - Thread: control
    public func join() { pthread_join(thread, nil) }

    private static func prepare(_ start: Start) {
        nameThread(start.name)
        prepareRealtimeThread()
        guard let priority = start.priority else { return }
        var parameters = sched_param(sched_priority: priority)
        let code = pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters)
        if code != 0 { start.right = .refused("real-time priority \(priority) for \(start.name)", errno: code) }
    }
}

/// For a thread that runs the core, once, before it is on the real-time path: sets flush-to-zero, since a denormal number
/// is up to 50 times slower, and touches 256 KB of stack, since the first use of a page is a page fault.
@inline(never) public func prepareRealtimeThread() {
    continuo_flush_denormals()
    withUnsafeTemporaryAllocation(byteCount: 256 << 10, alignment: 4096) { stack in
        for page in stride(from: 0, to: stack.count, by: 4096) { stack[page] = 1 }
        // An opaque call: without it the writes are dead and the optimiser drops them.
        _ = memchr(stack.baseAddress!, 0, 1)
    }
}

/// Names the calling thread for `top` and debuggers; Linux keeps 15 bytes.
public func nameThread(_ name: String) { continuo_name_thread(name) }

/// Around each piece of work on the real-time path, for RealtimeSanitizer; nothing in other builds. The thread's waiting
/// for the next piece is not part of it.
public func enterRealtimePath() { continuo_enter_realtime() }
public func leaveRealtimePath() { continuo_leave_realtime() }

/// For a program that runs for weeks and now and then needs many megabytes for a moment, as a new preset does: large blocks
/// go back to the system when they are freed, and leave no holes between smaller ones. Once, at the start.
public func returnLargeBlocks() { continuo_return_large_blocks() }

/// Keeps the memory of this process in RAM (mlockall). Once, before the real-time threads start.
///
/// What is allocated later is locked too, but only under an unlimited RLIMIT_MEMLOCK: under a limit the first
/// allocation beyond it would fail, and a failed allocation ends the process.
public func lockMemory() -> Right {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &limit)
    let unlimited = limit.rlim_cur == .max
    return mlockall(Int32(unlimited ? MCL_CURRENT | MCL_FUTURE : MCL_CURRENT)) == 0
        ? .granted : .refused("locking memory", errno: errno)
}
