/// Measures what the instrument adds to a note, beside a client that adds nothing.

import JACKPorts
import Performer
import Ports
import Realtime

/// A keyboard with two outputs, to the instrument and to a plain client that passes everything through, and a listener
/// with an input for each. What is played goes both ways in the same cycle. One thread, not real-time.
public final class Probe {
    /// A message as it passed one of the callbacks.
    public struct Sighting: BitwiseCopyable, Sendable {
        /// Of the server; when it was to be played, or was heard.
        public let frame: Int64
        /// CLOCK_MONOTONIC at that callback.
        public let nanoseconds: Int64
        public let message: MIDIMessage
    }

    private let wires: UnsafeMutablePointer<ProbeWires>
    private let keyboard: JACKClient
    private let plain: JACKClient
    private let listener: JACKClient

    /// - Parameter server: one that may have been started just now; nil for the user's own.
    /// - Throws: `PortError`, `ProcessError`.
    public init(on server: DummyServer?) throws {
        let wires = UnsafeMutablePointer<ProbeWires>.allocate(capacity: 1)
        wires.initialize(to: ProbeWires())
        func open(
            _ name: String, inputs: [String] = [], outputs: [String] = [], _ process: @escaping JACKProcess
        ) throws -> JACKClient {
            try Musician.open(on: server) { () throws(PortError) in
                try .open(
                    name, server: server?.name, inputs: inputs, outputs: outputs, context: wires, process: process)
            }
        }
        do {
            keyboard = try open("keyboard", outputs: ["out", "plain"]) { cycle, wires in
                Probe.wires(wires).pointee.play(cycle.load(as: JACKCycle.self))
            }
            plain = try open("plain", inputs: ["in"], outputs: ["out"]) { cycle, _ in
                ProbeWires.pass(cycle.load(as: JACKCycle.self))
            }
            listener = try open("listener", inputs: ["in", "plain"]) { cycle, wires in
                Probe.wires(wires).pointee.listen(cycle.load(as: JACKCycle.self))
            }
        } catch {
            // No callback runs before `activate`.
            wires.deinitialize(count: 1)
            wires.deallocate()
            throw error
        }
        self.wires = wires
        for client in [keyboard, plain, listener] { try client.activate() }
        try keyboard.wish(.output(1), "\(plain.name):in")
        try listener.wish(.input(1), "\(plain.name):out")
    }

    deinit {
        close()
        wires.deinitialize(count: 1)
        wires.deallocate()
    }

    private static func wires(_ context: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<ProbeWires> {
        context.unsafelyUnwrapped.assumingMemoryBound(to: ProbeWires.self)
    }

    /// Leaves the server.
    public func close() { for client in [keyboard, plain, listener] { client.close() } }

    /// Wishes for the ports of the client of this name, which may come later.
    public func wish(for instrument: String) throws(PortError) {
        try keyboard.wish(.output(0), "\(instrument):midi_in")
        try listener.wish(.input(0), "\(instrument):midi_out")
    }

    /// Whether all four connections stand; makes those that have become possible.
    public var isConnected: Bool {
        keyboard.connectWishes()
        listener.connectWishes()
        return [0, 1].allSatisfy {
            !keyboard.connections(of: .output($0)).isEmpty && !listener.connections(of: .input($0)).isEmpty
        }
    }

    public var sampleRate: Int { keyboard.sampleRate }
    public var bufferSize: Int { keyboard.bufferSize }
    /// The frame at which the latest cycle began.
    public var cycleStart: Int64 { listener.cycleStart }
    public var now: Int64 { keyboard.currentFrame() }
    public var xruns: Int { listener.xruns }
    public var serverEnded: Bool { keyboard.serverEnded }
    public var realtimePriority: Int32? { keyboard.realtimePriority }
    /// Messages that found no room.
    public var lost: Int { wires.pointee.lost.value }

    /// To be played at its frame, which is not before that of the message before it.
    /// - Returns: false if there is no room for more yet.
    public func play(_ message: FrameMessage) -> Bool { wires.pointee.toPlay.push(message) }

    /// Takes what was played, and heard through the instrument and through the plain client, since it was last asked.
    public func take() -> (played: [Sighting], heard: [Sighting], plain: [Sighting]) {
        func all(_ ring: Ring<Sighting>) -> [Sighting] {
            var taken: [Sighting] = []
            while let sighting = ring.pop() { taken.append(sighting) }
            return taken
        }
        return (all(wires.pointee.played), all(wires.pointee.heard), all(wires.pointee.plain))
    }
}
