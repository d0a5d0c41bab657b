// Not real-time: a tape played again.

import Time

/// A cycle from a tape: what the stage took in, and what it sent.
public struct TapedCycle: Equatable, Sendable {
    /// Frame of the first sample.
    public var start: Int64
    /// Length in frames.
    public var frames: Int
    /// Number of messages that the port had room for.
    public var room: Int
    /// News of the port's timeline.
    public var transport: Transport?
    public var input: [MIDIMessage] = []
    /// `parameter`, `command`, `mind`, `releaseLeft`, `letGo` and `doubt`.
    public var control: [TapeItem] = []
    /// Messages of the improviser that the stage accepted.
    public var plan: [PlanMessage] = []
    /// Numbers of the stage's questions with the rare answer; see `TapeItem.lapse`.
    public var lapses: [Int32] = []
    public var output: [MIDIMessage] = []
    /// Messages of `output` that the port could not send.
    public var refused: [MIDIMessage] = []
    /// What the tape tells beside: changes of the beat, beginnings and ends of the machine's notes, the places in `input` of what
    /// came back from the output, remarks. A replay does not look at them.
    public var beats: [Beat] = []
    public var machine: [MIDIMessage] = []
    public var echoes: [Int] = []
    public var remarks: [String] = []

    public init(start: Int64, frames: Int, room: Int) {
        (self.start, self.frames, self.room) = (start, frames, room)
    }
}

/// Whose plan the stage of a replay plays.
public enum ReplayedPlan: Sendable {
    /// The tape's, as late or incomplete as it was: the stage sends what it sent.
    case taped
    /// The improviser's own, always in time.
    case own
}

extension Performer {
    /// Plays a cycle of a tape, and has the improviser work after it. The performer was made with `isReplay`.
    /// - Parameters:
    ///   - planned: gets each message that the improviser sends.
    ///   - mind: returns a mind for a `Network.fingerprint`, primed with so many events of the journal.
    /// - Returns: what the stage sends.
    /// - Throws: what `mind` throws; `PerformerError.notRunning` if the cycle has more control than fits.
    /// - Thread: control, always the same one
    public func replay(
        _ cycle: TapedCycle, _ whose: ReplayedPlan, planned: (PlanMessage) -> Void,
        mind: (UInt64, Int64) throws -> Mind
    ) throws -> [MIDIMessage] {
        guard let replayedPlan else { preconditionFailure("this performer plays live") }
        for item in cycle.control { try control(item, mind) }
        while let message = links.plan.pop() {
            planned(message)
            if case .own = whose { replayedPlan.push(message) }
        }
        if case .taped = whose { for message in cycle.plan { replayedPlan.push(message) } }
        let output = [MIDIMessage](unsafeUninitializedCapacity: cycle.room) { output, count in
            cycle.input.withUnsafeBufferPointer { input in
                cycle.lapses.withUnsafeBufferPointer { lapses in
                    if case .taped = whose {
                        stagePointer.pointee.lapses = lapses
                    } else {
                        stagePointer.pointee.lapses = UnsafeBufferPointer(start: nil, count: 0)
                    }
                    count = stage.run(
                        Cycle(
                            start: cycle.start, frames: cycle.frames, input: input,
                            output: UnsafeMutableBufferPointer(rebasing: output[..<cycle.room]),
                            transport: cycle.transport))
                    stagePointer.pointee.lapses = UnsafeBufferPointer(start: nil, count: 0)
                }
            }
        }
        if case .taped = whose { for message in cycle.refused { stage.refused(message) } }
        work()
        return output
    }

    private func control(_ item: TapeItem, _ mind: (UInt64, Int64) throws -> Mind) throws {
        switch item {
        case .parameter(let index, let value):
            if let parameter = Parameter(rawValue: Int(index)) { try set(parameter, to: value) }
        case .command(let wanted): try command(wanted)
        case .mind(let fingerprint, let heard): try adopt(mind(fingerprint, heard), heard: heard)
        case .releaseLeft: try releaseLeft()
        case .letGo: try letGo()
        case .doubt: try doubt()
        case .cycle, .transport, .input, .plan, .lapse, .refused, .output, .gap, .beat, .echo, .machine: break
        }
    }
}
