// REAL-TIME (any): beats that pass evenly.

/// A straight stretch of musical time: from a frame on, beats pass evenly. What a `TempoMap` is to a piece that is known, this is
/// to one that is being played: the tempo of now, until another line takes its place.
/// - Thread: any
public struct BeatLine: Hashable, Sendable, BitwiseCopyable {
    /// Where it begins; it holds for frames before, too.
    public let frame: Int64
    /// At the beginning of `frame`.
    public let beats: Beats
    /// Length of a beat, 1…10⁹ frames.
    public let framesPerBeat: Double

    /// - Parameter framesPerBeat: clamped to 1…10⁹.
    @_noAllocation @_noLocks
    public init(from frame: Int64, at beats: Beats, framesPerBeat: Double) {
        self.frame = frame
        self.beats = beats
        self.framesPerBeat = min(max(framesPerBeat, 1), 1e9)
    }

    /// Creates the line that passes through `beats` at a place between two frames.
    @_noAllocation @_noLocks
    public init(through beats: Beats, at frame: Double, framesPerBeat: Double) {
        let whole = Int64(frame)
        let framesPerBeat = min(max(framesPerBeat, 1), 1e9)
        let rest = (Double(whole) - frame) / framesPerBeat
        self.init(from: whole, at: Self.sum(beats, Beats(nearest: rest)), framesPerBeat: framesPerBeat)
    }

    /// The beats of a frame.
    @_noAllocation @_noLocks
    public func beats(at frame: Int64) -> Beats {
        Self.sum(beats, Beats(nearest: Double(frame &- self.frame) / framesPerBeat))
    }

    /// Clamped: a line may be asked for any frame.
    @_noAllocation @_noLocks
    private static func sum(_ left: Beats, _ right: Beats) -> Beats {
        let (sum, isTooFar) = left.units.addingReportingOverflow(right.units)
        return Beats(units: isTooFar ? (right.units > 0 ? .max : .min) : sum)
    }

    /// In quarters; exact where it is small.
    @_noAllocation @_noLocks
    private static func difference(_ left: Beats, _ right: Beats) -> Double {
        let (units, isTooFar) = left.units.subtractingReportingOverflow(right.units)
        return isTooFar ? left.quarters - right.quarters : Beats(units: units).quarters
    }

    /// The nearest frame, clamped to about ±2⁶⁰ frames from the line's.
    @_noAllocation @_noLocks
    public func frame(of beats: Beats) -> Int64 {
        let frames = Self.difference(beats, self.beats) * framesPerBeat
        guard frames.magnitude < 0x1p60 else { return frames < 0 ? -1 << 60 : 1 << 60 }
        return frame &+ Int64(frames + (frames < 0 ? -0.5 : 0.5))
    }

    /// The same line, told from another frame.
    @_noAllocation @_noLocks
    public func from(_ frame: Int64) -> BeatLine {
        BeatLine(from: frame, at: beats(at: frame), framesPerBeat: framesPerBeat)
    }

    /// The tempo at so many frames a second; 1…999 beats a minute, the nearest of them.
    @_noAllocation @_noLocks
    public func beatsPerMinute(sampleRate: Int) -> Double {
        min(max(60 * Double(sampleRate) / framesPerBeat, 1), 999)
    }

    /// How far apart two lines are, in frames, where this one is at `frame`.
    @_noAllocation @_noLocks
    public func distance(to other: BeatLine, at frame: Int64) -> Double {
        (Self.difference(beats(at: frame), other.beats(at: frame)) * framesPerBeat).magnitude
    }
}
