// REAL-TIME (improviser): the improviser's thread, and its work for ports with a clock of their own.

import Realtime

extension Performer {
    /// Handles all that the stage has reported and plans ahead, once. For ports with a clock of their own; otherwise
    /// `improvise`.
    /// - Thread: improviser (real-time)
    public func work() { improviser.pointee.work() }

    /// Calls `work` if the stage has asked for it since the last call, as `improvise` does.
    /// - Returns: whether it had.
    /// - Thread: improviser (real-time)
    @discardableResult public func workIfWoken() -> Bool {
        var isWoken = false
        while links.wake.take() { isWoken = true }
        if isWoken { work() }
        return isWoken
    }

    /// Works whenever the stage wakes it, until `stopImprovising`.
    /// - Thread: improviser (real-time)
    public func improvise() {
        while !isStopping.load(ordering: .relaxed) {
            waitForCycle()
            enterRealtimePath()
            improviser.pointee.work()
            leaveRealtimePath()
        }
    }

    /// Waits for the stage. If someone has played of late it keeps weights and code in the caches meanwhile: else a note after
    /// a rest of 5 ms would be answered several times later. Not for ever, so that a port that stands still costs nothing.
    private func waitForCycle() {
        for _ in 0..<50 where improviser.pointee.isAlert {
            if links.wake.wait(nanoseconds: improviser.pointee.pace.pause(at: monotonicNanoseconds())) { return }
            let mind = improviser.pointee.mind
            let start = monotonicNanoseconds()
            mind.engine.keepWarm(
                mind.listener.state, scratch: mind.scratch, logits: mind.logits, adaptation: mind.adaptation)
            improviser.pointee.pace.ran(from: start, to: monotonicNanoseconds())
        }
        links.wake.wait()
    }

    /// Ends `improvise`.
    /// - Thread: any
    public func stopImprovising() {
        isStopping.store(true, ordering: .relaxed)
        links.wake.post()
    }

    /// What a take-over keeps of the listener, in bytes; for tests and measurements.
    package var keptBytes: Int { improviser.pointee.mind.keptBytes }
}
