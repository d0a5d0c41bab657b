// REAL-TIME: what happens in the callbacks of Probe.swift's clients.

import JACKPorts
import Realtime

/// All that the callbacks touch, at one address.
struct ProbeWires: ~Copyable {
    let toPlay = Ring<FrameMessage>(capacity: 16384)
    let played = Ring<Probe.Sighting>(capacity: 16384)
    let heard = Ring<Probe.Sighting>(capacity: 16384)
    let plain = Ring<Probe.Sighting>(capacity: 16384)
    /// Written by both callbacks, which take turns within a cycle.
    let lost = Counter()

    deinit {
        toPlay.deallocate()
        for ring in [played, heard, plain] { ring.deallocate() }
        lost.deallocate()
    }

    @_noAllocation @_noLocks
    func play(_ cycle: JACKCycle) {
        let end = cycle.start &+ Int64(cycle.frames)
        while let next = toPlay.peek(), next.frame < end {
            _ = toPlay.pop()
            var message = next.message
            message.offset = UInt32(truncatingIfNeeded: max(0, next.frame &- cycle.start))
            let sighting = Probe.Sighting(frame: next.frame, nanoseconds: monotonicNanoseconds(), message: message)
            let isWritten = cycle.output(0).write(message) && cycle.output(1).write(message)
            if !isWritten || !played.push(sighting) { lost.add() }
        }
    }

    @_noAllocation @_noLocks
    func listen(_ cycle: JACKCycle) {
        take(cycle, 0, into: heard)
        take(cycle, 1, into: plain)
    }

    @_noAllocation @_noLocks
    private func take(_ cycle: JACKCycle, _ port: Int, into ring: Ring<Probe.Sighting>) {
        let input = cycle.input(port)
        for index in 0..<input.count {
            guard let message = input.message(index) else { continue }
            let sighting = Probe.Sighting(
                frame: cycle.start &+ Int64(message.offset), nanoseconds: monotonicNanoseconds(), message: message)
            if !ring.push(sighting) { lost.add() }
        }
    }

    /// What a client that adds nothing does.
    @_noAllocation @_noLocks
    static func pass(_ cycle: JACKCycle) {
        let input = cycle.input(0)
        for index in 0..<input.count {
            if let message = input.message(index) { _ = cycle.output(0).write(message) }
        }
    }
}
