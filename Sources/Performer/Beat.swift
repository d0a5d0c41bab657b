// REAL-TIME (any): a plain value, from the stage to the improviser.

import Time

/// Where the beat is, as the machine knows it.
public struct Beat: Hashable, Sendable, BitwiseCopyable {
    public enum State: UInt8, CaseIterable, Sendable, BitwiseCopyable {
        /// Nobody gives a beat.
        case none
        /// Its source has gone.
        case lost
        /// There is a tempo, and no beat passes.
        case stopped
        /// Beats pass that nobody has started: which of them begins a bar is a guess.
        case free
        /// Beats pass.
        case running
    }

    public var state = State.none
    /// Beats and bars count from 0. Of a beat that is not passing, only the tempo and the position where it stands count.
    public var line = BeatLine(from: 0, at: .zero, framesPerBeat: 24_000)
    public var meter = Meter.common

    public init() {}

    /// Whether beats pass.
    public var isPassing: Bool { state == .free || state == .running }

    /// The beats of a frame; where it stands if none pass.
    @_noAllocation @_noLocks
    public func position(at frame: Int64) -> Beats { isPassing ? line.beats(at: frame) : line.beats }

    /// Whether this is another beat than `other`, to a player and not to an instrument of measurement: another state or meter, or
    /// more than `tolerance` frames apart now or a beat later.
    @_noAllocation @_noLocks
    func differs(from other: Beat, at frame: Int64, tolerance: Double) -> Bool {
        guard state == other.state, meter == other.meter else { return true }
        if !isPassing { return line != other.line }
        return line.distance(to: other.line, at: frame) > tolerance
            || line.distance(to: other.line, at: frame &+ Int64(line.framesPerBeat)) > tolerance
    }
}
