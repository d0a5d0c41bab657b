// REAL-TIME (port): the stage as a port calls it.

import Realtime

/// The stage as a port calls it: a plain pointer, so that a call counts no references. Valid while its `Performer` lives.
public struct StageHandle: @unchecked Sendable {
    // Unchecked: one thread at a time, the port's.
    let stage: UnsafeMutablePointer<Stage>

    /// Takes back a message of the last `run` that the port could not send; a note-off is sent again in the next cycle.
    /// - Thread: port (real-time)
    @_noAllocation @_noLocks public func refused(_ message: MIDIMessage) { stage.pointee.refused(message) }

    /// Ends a cycle, and counts its time.
    /// - Parameter used: `threadNanoseconds` at its begin.
    /// - Thread: port (real-time)
    @_noAllocation @_noLocks public func endCycle(begunAt used: Int64) {
        stage.pointee.counters.callback.record(threadNanoseconds() &- used)
    }

    /// Runs one cycle.
    /// - Returns: how many messages were written.
    /// - Thread: port (real-time)
    @_noAllocation @_noLocks public func run(_ cycle: Cycle) -> Int { stage.pointee.run(cycle) }
}
