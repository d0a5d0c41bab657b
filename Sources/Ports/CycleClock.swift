// REAL-TIME (port): arithmetic on the time it is given.

/// The cycles of a port that has no server: a millisecond each, of frames at 48 kHz, on a clock in nanoseconds.
///
///     var clock = CycleClock(origin: now())
///     while true {
///         sleep(until: clock.due)
///         let start = clock.begin(at: now())
///         …       // frames start ..< start + CycleClock.frames are this cycle's
///     }
package struct CycleClock {
    /// Frames a second.
    package static let rate = 48_000
    // The attributes stand on the accessor, so it must be written out.
    // swift-format-ignore: UseSingleLinePropertyGetter
    /// Frames in a cycle.
    package static var frames: Int {
        @_noAllocation @_noLocks get { 48 }
    }

    /// When frame 0 begins.
    private let origin: Int64
    /// The first frame of the next cycle.
    package private(set) var next: Int64 = 0
    /// Cycles that were left out because they were over before they could begin.
    package private(set) var missed = 0

    package init(origin: Int64) { self.origin = origin }

    // The attributes stand on the accessor, so it must be written out.
    // swift-format-ignore: UseSingleLinePropertyGetter
    /// When the next cycle begins.
    package var due: Int64 {
        @_noAllocation @_noLocks get { time(of: next) }
    }

    /// When a frame begins, rounded up, so that `frame(at:)` gives it back. A frame lasts 62,500 / 3 ns.
    @_noAllocation @_noLocks package func time(of frame: Int64) -> Int64 { origin &+ (frame &* 62_500 &+ 2) / 3 }

    /// The frame that a time from the origin on lies in.
    @_noAllocation @_noLocks package func frame(at time: Int64) -> Int64 { (time &- origin) &* 3 / 62_500 }

    /// Begins the next cycle, or the present one if that is over already: a thread that stood still goes on where time is
    /// now, and does not make up for the cycles that nobody waits for any more.
    /// - Returns: its first frame, never less than the end of the cycle before.
    @_noAllocation @_noLocks package mutating func begin(at now: Int64) -> Int64 {
        let cycle = Int64(Self.frames)
        let over = max(0, frame(at: now) &- next) / cycle
        missed &+= Int(over)
        let start = next &+ over &* cycle
        next = start &+ cycle
        return start
    }

    /// Where what arrived at a time belongs in the cycle that begins with frame `start`: at the offset it had in the cycle
    /// before, as with JACK. What came earlier is at its beginning; what came while it was beginning, at its end.
    @_noAllocation @_noLocks package func offset(of arrival: Int64, inCycleAt start: Int64) -> UInt32 {
        let cycle = Int64(Self.frames)
        return UInt32(truncatingIfNeeded: min(max(0, frame(at: arrival) &+ cycle &- start), cycle &- 1))
    }
}
