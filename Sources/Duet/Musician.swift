/// A player made of code, on a JACK server.

import JACKPorts
import Ports
import Processes
import Realtime

/// Plays phrases on exact frames and notes what comes back. Two clients, since one that stood on both sides of the
/// instrument would hear it a cycle late. One thread, not real-time.
public final class Musician {
    public enum Cue: Sendable {
        /// At this frame.
        case at(Int64)
        /// 8 ms after the next note that the machine begins: less than a tick of the performance representation, so
        /// that the note is sure to sound still.
        case interrupting
    }

    private let hands: UnsafeMutablePointer<Hands>
    private let keyboard: JACKClient
    private let listener: JACKClient

    /// - Parameters:
    ///   - server: one that may have been started just now; nil for the user's own.
    ///   - machineChannel: 0…15, a channel on which the player does not play.
    /// - Throws: `PortError`, `ProcessError`.
    public init(on server: DummyServer?, machineChannel: UInt8) throws {
        let hands = UnsafeMutablePointer<Hands>.allocate(capacity: 1)
        hands.initialize(to: Hands(machineChannel: machineChannel))
        do {
            keyboard = try Self.open(on: server) { () throws(PortError) in
                try .open("keyboard", server: server?.name, outputs: ["out"], context: hands) { cycle, hands in
                    Musician.hands(hands).pointee.play(cycle.load(as: JACKCycle.self))
                }
            }
            listener = try Self.open(on: server) { () throws(PortError) in
                try .open("listener", server: server?.name, inputs: ["in"], context: hands) { cycle, hands in
                    Musician.hands(hands).pointee.listen(cycle.load(as: JACKCycle.self))
                }
            }
        } catch {
            // No callback runs before `activate`.
            hands.deinitialize(count: 1)
            hands.deallocate()
            throw error
        }
        self.hands = hands
        hands.pointee.surprise = Int64(keyboard.sampleRate) * 8 / 1000
        try keyboard.activate()
        try listener.activate()
    }

    /// A client; a server of our own gets some seconds to start.
    public static func open(
        on server: DummyServer?, _ open: () throws(PortError) -> JACKClient
    ) throws -> JACKClient {
        let deadline = monotonicNanoseconds() + 15_000_000_000
        while true {
            do throws(PortError) { return try open() } catch {
                guard case .noServer = error, server != nil, monotonicNanoseconds() < deadline else { throw error }
            }
            try server?.check()
            try pause(milliseconds: 20)
        }
    }

    /// The keyboard's plug is pulled.
    public func unplug() { keyboard.close() }

    /// Leaves the server.
    public func close() {
        keyboard.close()
        listener.close()
    }

    deinit {
        close()
        hands.deinitialize(count: 1)
        hands.deallocate()
    }

    private static func hands(_ context: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<Hands> {
        context.unsafelyUnwrapped.assumingMemoryBound(to: Hands.self)
    }

    /// Wishes for the ports of the client of this name, which may come later.
    func wish(for instrument: String) throws(PortError) {
        try keyboard.wish(.output(0), "\(instrument):midi_in")
        try listener.wish(.input(0), "\(instrument):midi_out")
    }

    /// Whether the ports wished for are there and connected; connects them if they have come.
    public var isConnected: Bool {
        keyboard.connectWishes()
        listener.connectWishes()
        return !keyboard.connections(of: .output(0)).isEmpty && !listener.connections(of: .input(0)).isEmpty
    }

    public var sampleRate: Int { keyboard.sampleRate }
    /// The frame of this instant.
    public var now: Int64 { keyboard.currentFrame() }
    public var serverEnded: Bool { keyboard.serverEnded }
    /// Cycles that the server could not finish in time.
    public var xruns: Int { listener.xruns }
    /// Messages that found no room in a buffer or ring; what was heard is not the whole then.
    public var lost: Int { hands.pointee.refused.value + hands.pointee.unheard.value }

    /// Plays a phrase. The one before must be over.
    /// - Parameter phrase: frames counted from its start, ascending; at most 4,096 messages.
    public func play(_ phrase: [FrameMessage], _ cue: Cue) {
        precondition(isResting && !phrase.isEmpty && phrase.count <= hands.pointee.phrase.capacity)
        hands.pointee.start.store(Hands.rest, ordering: .relaxed)
        for message in phrase { hands.pointee.phrase.push(message) }
        switch cue {
        case .at(let frame): hands.pointee.start.store(frame, ordering: .releasing)
        case .interrupting: hands.pointee.start.store(Hands.interrupt, ordering: .releasing)
        }
    }

    /// Begins a phrase that still waits for a note of the machine to interrupt.
    public func playAnyway() {
        _ = hands.pointee.start.compareExchange(expected: Hands.interrupt, desired: now, ordering: .releasing)
    }

    /// Nothing is left to play.
    public var isResting: Bool { hands.pointee.phrase.count == 0 }

    /// What came out of the instrument since it was last asked, in order.
    public func hear() -> [FrameMessage] {
        var heard: [FrameMessage] = []
        while let message = hands.pointee.heard.pop() { heard.append(message) }
        return heard
    }
}
