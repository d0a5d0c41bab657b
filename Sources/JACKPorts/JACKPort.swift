// REAL-TIME (port): `process` runs in JACK's callback; the rest prepares it.

import Performer
import Ports
import Realtime
import Time

/// The instrument on a JACK server: `midi_in`, `midi_out`, and the stage between them in the server's own cycle.
public final class JACKPort: LivePort, @unchecked Sendable {
    // Unchecked: the figures are the client's, for any thread; the rest is for one, and `context` for JACK's.
    private let client: JACKClient
    private let context: UnsafeMutablePointer<JACKPortContext>

    /// Where the callback finds the stage, and room to put messages.
    private struct JACKPortContext {
        static let room = 2048
        let input = UnsafeMutablePointer<MIDIMessage>.allocate(capacity: room)
        let output = UnsafeMutablePointer<MIDIMessage>.allocate(capacity: room)
        /// Nil until the instrument is ready.
        var stage: StageHandle?
        var watch = TransportWatch()
        /// Frames a second, as of `activate`.
        var sampleRate = 48_000
    }

    /// Opens the client; `activate` starts it.
    /// - Parameter server: nil for $JACK_DEFAULT_SERVER, or "default".
    public init(name: String, exactName: Bool = false, server: String? = nil) throws(PortError) {
        context = .allocate(capacity: 1)
        context.initialize(to: JACKPortContext())
        do throws(PortError) {
            client = try JACKClient.open(
                name, exactName: exactName, server: server, inputs: ["midi_in"], outputs: ["midi_out"],
                context: context, process: JACKPort.process)
        } catch {
            Self.free(context)
            throw error
        }
    }

    /// Tells the server what patchbays should show for the ports, and in which order.
    /// - Returns: whether it keeps that; PipeWire does so once its session manager is there.
    public func describePorts() -> Bool {
        client.describe(.input(0), prettyName: "Keyboard", order: 1)
            && client.describe(.output(0), prettyName: "Synth", order: 2)
    }

    public var system: MIDISystem { .jack }
    public var name: String { client.name }
    public var sampleRate: Int { client.sampleRate }
    public var bufferSize: Int { client.bufferSize }
    public var xruns: Int { client.xruns }
    public var realtimePriority: Int32? { client.realtimePriority }
    public var hasEnded: Bool { client.serverEnded }

    public func wishSource(_ pattern: String) throws(PortError) { try client.wish(.input(0), pattern) }
    public func wishDestination(_ pattern: String) throws(PortError) { try client.wish(.output(0), pattern) }
    public func connectWishes() -> PortChanges { client.connectWishes() }
    public func otherPorts() -> [MIDIPort] { client.otherPorts() }
    public func sources() -> Set<String> { Set(client.connections(of: .input(0))) }
    public func destinations() -> Set<String> { Set(client.connections(of: .output(0))) }

    /// Whether a server answers now.
    public static func serverAnswers(_ server: String?) -> Bool {
        // Not under the instrument's own name: the server may refuse that, and answer nevertheless.
        guard let client = try? JACKClient.open("continuo-look", server: server, context: nil, process: { _, _ in })
        else { return false }
        client.close()
        return true
    }

    /// Lets JACK's thread run the stage, until `close`. The performer must outlive that.
    public func activate(_ stage: StageHandle) throws(PortError) {
        context.pointee.sampleRate = client.sampleRate
        context.pointee.stage = stage
        try client.activate()
    }

    /// The stage is no longer called once this returns.
    public func close() { client.close() }

    deinit {
        client.close()
        Self.free(context)
    }

    private static func free(_ context: UnsafeMutablePointer<JACKPortContext>) {
        context.pointee.input.deallocate()
        context.pointee.output.deallocate()
        context.deallocate()
    }

    private static let process: JACKProcess = { cycle, context in
        play(
            cycle.assumingMemoryBound(to: JACKCycle.self).pointee,
            context.unsafelyUnwrapped.assumingMemoryBound(to: JACKPortContext.self))
    }

    @_noAllocation @_noLocks
    private static func play(_ cycle: JACKCycle, _ context: UnsafeMutablePointer<JACKPortContext>) {
        guard let stage = context.pointee.stage else { return }
        let begun = threadNanoseconds()
        let (source, sink) = (cycle.input(0), cycle.output(0))
        var count = 0
        for index in 0..<source.count where count < JACKPortContext.room {
            guard let message = source.message(index) else { continue }
            context.pointee.input[count] = message
            count &+= 1
        }
        let written = stage.run(
            Cycle(
                start: cycle.start, frames: Int(cycle.frames),
                input: UnsafeBufferPointer(start: context.pointee.input, count: count),
                output: UnsafeMutableBufferPointer(start: context.pointee.output, count: JACKPortContext.room),
                transport: context.pointee.watch.news(
                    cycle.transport, cycle: Int64(cycle.frames), sampleRate: context.pointee.sampleRate)))
        for index in 0..<written where !sink.write(context.pointee.output[index]) {
            stage.refused(context.pointee.output[index])
        }
        stage.endCycle(begunAt: begun)
    }
}
