/// Waiting that ends when the user has had enough.

import Glibc
import Realtime

private func interrupts() -> sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    return signals
}

/// From here on SIGINT and SIGTERM are seen by `pause` alone, so that child processes and files are seen to. Call it
/// before any other thread starts.
public func leaveSignalsToPause() {
    var signals = interrupts()
    pthread_sigmask(SIG_BLOCK, &signals, nil)
}

/// Sleeps.
/// - Throws: `interrupted` at SIGINT or SIGTERM, after `leaveSignalsToPause`.
public func pause(milliseconds: Int) throws(ProcessError) {
    var signals = interrupts()
    var time = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
    if sigtimedwait(&signals, nil, &time) > 0 { throw .interrupted }
}

/// Asks every 2 ms.
/// - Throws: `late` with `complaint` if the answer is still no after so many seconds.
public func wait(
    seconds: Double, orFail complaint: String, until done: () throws(ProcessError) -> Bool
) throws(ProcessError) {
    let deadline = monotonicNanoseconds() + Int64(seconds * 1e9)
    while try !done() {
        guard monotonicNanoseconds() < deadline else { throw .late(complaint) }
        try pause(milliseconds: 2)
    }
}
