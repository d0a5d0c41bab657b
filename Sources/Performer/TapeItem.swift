// REAL-TIME (port): what the stage writes on its tape, and the tape's head.

import Realtime
import Time

/// All that the stage's output depends on, in the order in which the stage took it, and the output. An entry belongs to the
/// `cycle` before it.
public enum TapeItem: Equatable, Sendable, BitwiseCopyable {
    /// A cycle begins.
    case cycle(start: Int64, frames: Int32, room: Int32)
    /// News of the port's timeline.
    case transport(Transport)
    /// A message at the input.
    case input(MIDIMessage)
    /// `Parameter.rawValue`, and its value.
    case parameter(Int32, Float)
    case command(Command)
    /// Another model: `Network.fingerprint`, and how many events of the journal it has heard.
    case mind(UInt64, heard: Int64)
    case releaseLeft
    case letGo
    case doubt
    /// A message of the improviser that the stage accepted.
    case plan(PlanMessage)
    /// The question of this number in the cycle had its rare answer; see `Stage.isUsual`.
    case lapse(Int32)
    /// The port could not send a message of the cycle.
    case refused(MIDIMessage)
    /// A message that was sent.
    case output(MIDIMessage)
    /// Something is missing here: the tape was not read fast enough.
    case gap
    /// Told for those who read the tape, as are the next two; a replay finds it out by itself. The beat is another from here on.
    case beat(Beat)
    /// A note of the machine began or ended: what of the output is the machine's.
    case machine(MIDIMessage)
    /// The last `input` was one of our own messages that came back, and was dropped.
    case echo
}

/// Where the stage writes.
struct TapeHead {
    /// Nil without a tape.
    let ring: Ring<TapeItem>?
    private var hasGap = false

    init(ring: Ring<TapeItem>?) { self.ring = ring }

    @_noAllocation @_noLocks mutating func write(_ item: TapeItem) {
        guard let ring else { return }
        if hasGap {
            guard ring.push(.gap) else { return }
            hasGap = false
        }
        if !ring.push(item) { hasGap = true }
    }
}
