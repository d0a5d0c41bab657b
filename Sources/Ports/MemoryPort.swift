// Not real-time: a port without a server.

import Performer
import Realtime
import Time

/// A message at an absolute frame.
public struct TimedMessage: Equatable, Sendable {
    public var frame: Int64
    public var status: UInt8
    public var data1: UInt8
    public var data2: UInt8
    /// Bytes in use, 1…3.
    public var size: UInt8

    /// - Parameter size: nil for a whole message of this status.
    public init(frame: Int64, status: UInt8, data1: UInt8, data2: UInt8, size: UInt8? = nil) {
        self.frame = frame
        self.status = status
        self.data1 = data1
        self.data2 = data2
        self.size = size ?? MIDIMessage.size(ofStatus: status)
    }
}

/// A port without a server: its clock moves when it is told to. Tests and `continuo generate` play through it.
///
/// It belongs to the thread that made it: from then on it flushes denormals to zero, as every thread does that runs the core,
/// so that the same inputs give the same bits here and in the daemon.
public final class MemoryPort {
    public let performer: Performer
    /// The first frame of the next cycle.
    public private(set) var now: Int64
    /// For tests: told when the work of the real-time path begins, and when it has ended.
    public var watch: ((_ begins: Bool) -> Void)?
    /// For tests: the improviser works when the stage asks for it, as in the daemon, and not after each cycle.
    public var followsWakes = false
    private let output: UnsafeMutablePointer<MIDIMessage>
    private let room: Int

    /// - Parameters:
    ///   - start: the frame its clock begins with.
    ///   - room: messages that fit into the output of a cycle.
    public init(_ performer: Performer, start: Int64 = 0, room: Int = 4096) {
        self.performer = performer
        self.room = room
        now = start
        prepareRealtimeThread()
        output = .allocate(capacity: room)
    }

    deinit { output.deallocate() }

    /// One cycle.
    /// - Parameters:
    ///   - frames: its length.
    ///   - input: what is played in it, in order of time, none beyond its end.
    ///   - improvising: whether the improviser gets to work after it; it may be late now and then.
    ///   - transport: news of a timeline.
    /// - Returns: what came out, in order of time.
    public func cycle(
        _ frames: Int, _ input: [TimedMessage] = [], improvising: Bool = true, transport: Transport? = nil
    ) -> [TimedMessage] {
        let start = now
        let messages = input.map {
            MIDIMessage(
                offset: UInt32(max($0.frame - start, 0)), status: $0.status, data1: $0.data1, data2: $0.data2,
                size: $0.size)
        }
        let count = messages.withUnsafeBufferPointer { buffer in
            watch?(true)
            defer { watch?(false) }
            return performer.stage.run(
                Cycle(
                    start: start, frames: frames, input: buffer,
                    output: UnsafeMutableBufferPointer(start: output, count: room), transport: transport))
        }
        now += Int64(frames)
        if improvising {
            watch?(true)
            if followsWakes { performer.workIfWoken() } else { performer.work() }
            watch?(false)
        }
        return (0..<count).map {
            let message = output[$0]
            return TimedMessage(
                frame: start + Int64(message.offset), status: message.status, data1: message.data1, data2: message.data2
            )
        }
    }
}
