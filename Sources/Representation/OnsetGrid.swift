// REAL-TIME (improviser): lines on which notes begin.

import Time

/// The lines of a beat on which notes may begin, as ticks and as frames. A line's tick is the one nearest to its frame.
public struct OnsetGrid: Sendable, BitwiseCopyable {
    private let line: BeatLine
    private let step: Beats
    /// How much later every second line is.
    private let delay: Beats
    /// Frames and ticks a second.
    private let rate: Int64
    private let ticksPerSecond: Int64
    /// Ticks that do not count: tick 0 is so much later than frame 0.
    private let uncounted: Int64

    /// - Parameters:
    ///   - line: the beat.
    ///   - step: from line to line, counted from beat 0.
    ///   - swing: where every second line lies between its neighbours, 0.5…0.75.
    ///   - rate: frames a second.
    ///   - uncounted: ticks from frame 0 to tick 0.
    @_noAllocation @_noLocks
    public init(
        _ line: BeatLine, every step: Beats, swing: Double, rate: Int64, ticksPerSecond: Int64, uncounted: Int64 = 0
    ) {
        (self.line, self.step, self.rate, self.ticksPerSecond) = (line, step, rate, ticksPerSecond)
        self.uncounted = uncounted
        delay = Beats(nearest: (2 * swing - 1) * step.quarters)
    }

    /// The same with lines between its lines, on which notes may end.
    private var halved: OnsetGrid {
        OnsetGrid(
            line, every: Beats(units: step.units / 2), swing: 0.5, rate: rate, ticksPerSecond: ticksPerSecond,
            uncounted: uncounted)
    }

    /// The frame of a line by its number.
    @_noAllocation @_noLocks
    private func frame(_ number: Int64) -> Int64 {
        let beats = Beats(units: step.units &* number)
        return line.frame(of: number & 1 == 0 ? beats : beats + delay)
    }

    @_noAllocation @_noLocks
    private func tick(ofFrame frame: Int64) -> Int64 { (frame &* ticksPerSecond &+ rate / 2) / rate &- uncounted }

    /// The number of a line shortly before a tick, such that all lines from the tick on come after it.
    @_noAllocation @_noLocks
    private func number(before tick: Int64) -> Int64 {
        let beats = line.beats(at: (tick &+ uncounted &- 1) &* rate / ticksPerSecond)
        return beats.units / step.units &- 2
    }

    /// Calls `body` with the tick of each line in a range, in order.
    @_noAllocation @_noLocks
    private func lines(from first: Int64, through last: Int64, _ body: (Int64) -> Void) {
        guard last >= first else { return }
        var number = number(before: first)
        while true {
            let tick = tick(ofFrame: frame(number))
            guard tick <= last else { return }
            if tick >= first { body(tick) }
            number &+= 1
        }
    }

    // MARK: Where notes begin and end

    /// Calls `body` with each tick of a range at which a note may begin.
    @_noAllocation @_noLocks
    public func onsets(from first: Int64, through last: Int64, _ body: (Int64) -> Void) {
        lines(from: first, through: last, body)
    }

    /// Calls `body` with each tick of a range at which a note may end: also half-way between.
    @_noAllocation @_noLocks
    public func ends(from first: Int64, through last: Int64, _ body: (Int64) -> Void) {
        lines(from: first, through: last, body)
        halved.lines(from: first, through: last, body)
    }

    @_noAllocation @_noLocks
    public func isOnset(_ tick: Int64) -> Bool { frame(ofOnset: tick) != nil }

    @_noAllocation @_noLocks
    public func isEnd(_ tick: Int64) -> Bool { isOnset(tick) || halved.isOnset(tick) }

    /// The first tick, from `tick` on, at which a note may begin.
    @_noAllocation @_noLocks
    public func next(from tick: Int64) -> Int64 {
        var number = number(before: tick)
        while self.tick(ofFrame: frame(number)) < tick { number &+= 1 }
        return self.tick(ofFrame: frame(number))
    }

    /// The line's own frame; nil if no line is at this tick.
    @_noAllocation @_noLocks
    public func frame(ofOnset tick: Int64) -> Int64? {
        var number = number(before: tick)
        while true {
            let frame = frame(number)
            let place = self.tick(ofFrame: frame)
            if place == tick { return frame }
            guard place < tick else { return nil }
            number &+= 1
        }
    }
}
