// REAL-TIME (port): a plain value that a port makes once a cycle.

import Time

/// One cycle of a port: what the stage reads, and where it writes.
public struct Cycle {
    /// Frame of the first sample; never less than the end of the cycle before.
    public let start: Int64
    /// Length in frames.
    public let frames: Int
    /// In order of time, offsets below `frames`.
    public let input: UnsafeBufferPointer<MIDIMessage>
    /// Room for what is to be sent, which is written in order of time.
    public let output: UnsafeMutableBufferPointer<MIDIMessage>
    /// The port's timeline at the first frame, if it is not as the cycle before let expect; see `TransportWatch`.
    public let transport: Transport?

    @_noAllocation @_noLocks
    public init(
        start: Int64, frames: Int, input: UnsafeBufferPointer<MIDIMessage>,
        output: UnsafeMutableBufferPointer<MIDIMessage>, transport: Transport? = nil
    ) {
        self.start = start
        self.frames = frames
        self.input = input
        self.output = output
        self.transport = transport
    }

    /// Frame of the first sample after it.
    public var end: Int64 { start &+ Int64(frames) }
}
