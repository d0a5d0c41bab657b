// REAL-TIME: what happens in the callbacks of Musician.swift's clients.

import JACKPorts
import Performer
import Realtime
import Synchronization

/// A message at a frame: of the server, or counted from the start of a phrase.
public struct FrameMessage: Equatable, Sendable, BitwiseCopyable {
    public var frame: Int64
    /// Its offset has no meaning here.
    public var message: MIDIMessage

    public init(frame: Int64, message: MIDIMessage) {
        self.frame = frame
        self.message = message
    }
}

/// All that the callbacks of keyboard and listener touch, at one address.
struct Hands: ~Copyable {
    /// No phrase is to be played.
    static let rest = Int64.max
    /// The phrase is to interrupt the machine.
    static let interrupt = Int64.min

    /// The phrase, frames counted from its start.
    let phrase = Ring<FrameMessage>(capacity: 4096)
    let heard = Ring<FrameMessage>(capacity: 16384)
    /// Messages that found no room in the port's buffer.
    let refused = Counter()
    /// Messages that found no room in `heard`.
    let unheard = Counter()
    /// The frame at which the phrase starts, or `rest`, or `interrupt`.
    let start = Atomic<Int64>(Hands.rest)
    /// When the machine last began a note.
    let machineOnset = Atomic<Int64>(.min / 2)
    let machineChannel: UInt8
    /// Frames from a note of the machine to the phrase that interrupts it. Set before the callbacks run.
    var surprise: Int64 = 0

    init(machineChannel: UInt8) { self.machineChannel = machineChannel }

    deinit {
        phrase.deallocate()
        heard.deallocate()
        refused.deallocate()
        unheard.deallocate()
    }

    @_noAllocation @_noLocks
    func play(_ cycle: JACKCycle) {
        let end = cycle.start &+ Int64(cycle.frames)
        var origin = start.load(ordering: .acquiring)
        if origin == Hands.interrupt {
            let onset = machineOnset.load(ordering: .acquiring)
            guard onset >= cycle.start &- Int64(cycle.frames) else { return }
            origin = max(cycle.start, onset &+ surprise)
            // Only `playAnyway` can have been faster.
            guard
                start.compareExchange(expected: Hands.interrupt, desired: origin, ordering: .acquiringAndReleasing)
                    .exchanged
            else { return }
        }
        guard origin != Hands.rest else { return }
        while let next = phrase.peek(), origin &+ next.frame < end {
            _ = phrase.pop()
            var message = next.message
            message.offset = UInt32(truncatingIfNeeded: max(0, origin &+ next.frame &- cycle.start))
            if !cycle.output(0).write(message) { refused.add() }
        }
    }

    @_noAllocation @_noLocks
    func listen(_ cycle: JACKCycle) {
        let input = cycle.input(0)
        for index in 0..<input.count {
            guard let message = input.message(index) else { continue }
            let frame = cycle.start &+ Int64(message.offset)
            if message.status == 0x90 | machineChannel && message.data2 > 0 {
                machineOnset.store(frame, ordering: .releasing)
            }
            if !heard.push(FrameMessage(frame: frame, message: message)) { unheard.add() }
        }
    }
}
