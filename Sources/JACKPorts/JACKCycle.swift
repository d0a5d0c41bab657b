// REAL-TIME (port): what happens inside JACK's process callback. JACKClient.swift prepares it.

import CJACK
import Performer
import Realtime
import Synchronization
import Time

/// The most ports of one direction that a client has.
let maximumPorts = 4

/// What a client does in each cycle, on JACK's real-time thread: the first argument points to a `JACKCycle`, the second
/// is the context given to `JACKClient.open`.
public typealias JACKProcess = @convention(c) (UnsafeRawPointer, UnsafeMutableRawPointer?) -> Void

/// One cycle of the server. Valid during the call of the process function only.
public struct JACKCycle: BitwiseCopyable {
    /// The frame of the cycle's first sample, never less than that of an earlier cycle.
    public let start: Int64
    /// Length of the cycle; messages lie at offsets 0..<frames.
    public let frames: UInt32
    /// The server's timeline at `start`.
    public let transport: Transport
    private let inputs: InlineArray<4, UnsafeMutableRawPointer?>
    private let outputs: InlineArray<4, UnsafeMutableRawPointer?>

    @_semantics("no_performance_analysis")  // libjack tells the places of its shared memory, and clears the outputs
    fileprivate init(_ client: borrowing JACKShared, frames: UInt32, start: Int64) {
        self.start = start
        self.frames = frames
        transport = Transport(of: client.client)
        var inputs = InlineArray<4, UnsafeMutableRawPointer?>(repeating: nil)
        var outputs = inputs
        for index in 0..<client.inputCount { inputs[index] = jack_port_get_buffer(client.inputs[index], frames) }
        for index in 0..<client.outputCount {
            outputs[index] = jack_port_get_buffer(client.outputs[index], frames)
            jack_midi_clear_buffer(outputs[index])
        }
        self.inputs = inputs
        self.outputs = outputs
    }

    /// The messages that reached an input port in this cycle, in order. `index` as in the names given to `open`.
    @_noAllocation @_noLocks public func input(_ index: Int) -> JACKInput { JACKInput(buffer: inputs[index]!) }

    /// The buffer of an output port, empty at the start of each cycle.
    @_noAllocation @_noLocks public func output(_ index: Int) -> JACKOutput { JACKOutput(buffer: outputs[index]!) }
}

public struct JACKInput: BitwiseCopyable {
    fileprivate let buffer: UnsafeMutableRawPointer

    // The attributes stand on the accessor, so it must be written out.
    // swift-format-ignore: UseSingleLinePropertyGetter
    public var count: Int {
        @_semantics("no_performance_analysis")  // libjack reads its shared memory, and promises to be real-time safe
        get { Int(jack_midi_get_event_count(buffer)) }
    }

    /// The message at `index`, 0..<count; nil if it is longer than three bytes, that is system exclusive.
    @_semantics("no_performance_analysis")  // as above
    public func message(_ index: Int) -> MIDIMessage? {
        var event = jack_midi_event_t()
        guard jack_midi_event_get(&event, buffer, UInt32(truncatingIfNeeded: index)) == 0,
            (1...3).contains(event.size), let data = event.buffer
        else { return nil }
        return MIDIMessage(
            offset: event.time, status: data[0], data1: event.size > 1 ? data[1] : 0,
            data2: event.size > 2 ? data[2] : 0,
            size: UInt8(truncatingIfNeeded: event.size))
    }
}

public struct JACKOutput: BitwiseCopyable {
    fileprivate let buffer: UnsafeMutableRawPointer

    /// Writes a message; offsets must not decrease within a cycle.
    /// - Returns: false if the buffer is full, or the offset earlier than the last one or beyond the cycle.
    @_semantics("no_performance_analysis")  // libjack writes its shared memory, and promises to be real-time safe
    public func write(_ message: MIDIMessage) -> Bool {
        guard (1...3).contains(message.size),
            let data = jack_midi_event_reserve(buffer, message.offset, Int(message.size))
        else { return false }
        data[0] = message.status
        if message.size > 1 { data[1] = message.data1 }
        if message.size > 2 { data[2] = message.data2 }
        return true
    }
}

/// All that JACK's callbacks touch, at one address for as long as the client lives.
struct JACKShared: ~Copyable {
    let client: OpaquePointer
    let process: JACKProcess
    let context: UnsafeMutableRawPointer?
    /// Set before activation, constant after.
    var inputs = InlineArray<4, OpaquePointer?>(repeating: nil)
    var outputs = InlineArray<4, OpaquePointer?>(repeating: nil)
    var inputCount = 0
    var outputCount = 0
    /// Allocates: not for the callback.
    var ports: [OpaquePointer] {
        ((0..<inputCount).map { inputs[$0] } + (0..<outputCount).map { outputs[$0] }).compactMap(\.self)
    }
    /// Frame of the latest cycle's start, widened; written by the process callback.
    let start = Atomic<Int64>(0)
    /// What the server's count must be raised by to give ours; written by the process callback.
    let shift = Atomic<UInt32>(0)
    /// The end of the latest cycle, or `.min`; the process callback's own.
    let end = Atomic<Int64>(.min)
    /// Written by JACK's notification thread.
    let sampleRate = Atomic<UInt32>(0)
    let bufferSize = Atomic<UInt32>(0)
    let xruns = Atomic<Int>(0)
    let portsChanged = Atomic<Bool>(true)
    /// One of the client's outputs was connected.
    let outputConnected = Atomic<Bool>(false)
    /// Names of the ports that have come or gone. Not the process callback's.
    let changed = Guarded<Set<String>>([])
    let ended = Atomic<Bool>(false)

    init(client: OpaquePointer, process: JACKProcess, context: UnsafeMutableRawPointer?) {
        (self.client, self.process, self.context) = (client, process, context)
    }

    /// JACK counts frames in 32 bits, which wrap after a day at 48 kHz. `time` lies within half a lap of the latest start.
    func widen(_ time: UInt32) -> Int64 {
        let latest = start.load(ordering: .relaxed)
        let time = time &+ shift.load(ordering: .relaxed)
        return latest + Int64(Int32(bitPattern: time &- UInt32(truncatingIfNeeded: latest)))
    }

    /// The start of the cycle that begins at the server's `time`. Our frames go on where the server's jump: those of
    /// PipeWire do when another device becomes its clock, and before the first cycle they are nobody's.
    func begin(_ time: UInt32, _ frames: UInt32) -> Int64 {
        let due = end.load(ordering: .relaxed)
        var begin = due == .min ? Int64(time) : widen(time)
        if due != .min && (begin < due || begin > due + Self.longestGap) {
            shift.store(UInt32(truncatingIfNeeded: due) &- time, ordering: .relaxed)
            begin = due
        }
        start.store(begin, ordering: .relaxed)
        end.store(begin + Int64(frames), ordering: .relaxed)
        return begin
    }

    /// Frames that a server may miss by being late: half a minute and more.
    private static var longestGap: Int64 { 1 << 21 }

    static func at(_ pointer: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<JACKShared> {
        pointer.unsafelyUnwrapped.assumingMemoryBound(to: JACKShared.self)
    }

    /// JackProcessCallback.
    static let onProcess: @convention(c) (UInt32, UnsafeMutableRawPointer?) -> Int32 = { frames, pointer in
        enterRealtimePath()
        at(pointer).pointee.run(frames)
        leaveRealtimePath()
        return 0
    }

    @_noAllocation @_noLocks private func run(_ frames: UInt32) {
        var cycle = JACKCycle(self, frames: frames, start: begin(lastFrameTime(), frames))
        call(&cycle)
    }

    @_semantics("no_performance_analysis")  // libjack reads its shared memory, and promises to be real-time safe
    private func lastFrameTime() -> UInt32 { jack_last_frame_time(client) }

    @_semantics("no_performance_analysis")  // a C function pointer; the functions it may be are annotated themselves
    private func call(_ cycle: UnsafePointer<JACKCycle>) { process(UnsafeRawPointer(cycle), context) }
}
