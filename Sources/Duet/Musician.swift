/// A player made of code, on a JACK server.

import Performer
import Ports
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
    ///   - instrument: the client name of the daemon, whose ports may come later; see `isConnected`.
    ///   - server: nil for the default.
    ///   - machineChannel: 0…15, a channel on which the player does not play.
    public init(instrument: String, server: String? = nil, machineChannel: UInt8) throws(PortError) {
        let hands = UnsafeMutablePointer<Hands>.allocate(capacity: 1)
        hands.initialize(to: Hands(machineChannel: machineChannel))
        do throws(PortError) {
            keyboard = try .open("keyboard", server: server, outputs: ["out"], context: hands) { cycle, hands in
                Musician.hands(hands).pointee.play(cycle.load(as: JACKCycle.self))
            }
            listener = try .open("listener", server: server, inputs: ["in"], context: hands) { cycle, hands in
                Musician.hands(hands).pointee.listen(cycle.load(as: JACKCycle.self))
            }
        } catch {
            // No callback runs before `activate`.
            hands.deinitialize(count: 1)
            hands.deallocate()
            throw error
        }
        self.hands = hands
        hands.pointee.surprise = Int64(keyboard.sampleRate) * 8 / 1000
        try keyboard.wish(.output(0), "\(instrument):midi_in")
        try listener.wish(.input(0), "\(instrument):midi_out")
        try keyboard.activate()
        try listener.activate()
    }

    deinit {
        keyboard.close()
        listener.close()
        hands.deinitialize(count: 1)
        hands.deallocate()
    }

    private static func hands(_ context: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<Hands> {
        context.unsafelyUnwrapped.assumingMemoryBound(to: Hands.self)
    }

    /// Whether the instrument's ports are there and connected; connects them if they have come.
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
