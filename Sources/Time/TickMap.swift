// REAL-TIME (any): conversion between units of time; making a map is not.

/// How many units pass in how many seconds: an exact ratio.
/// - Thread: any
public struct UnitRate: Hashable, Sendable, BitwiseCopyable {
    /// 1…10²².
    public let units: Int128
    /// 1…1,001.
    public let seconds: Int128

    public init(_ units: Int128, inSeconds seconds: Int = 1) {
        self.units = units
        self.seconds = Int128(seconds)
    }

    /// Nearest number of intervals, of which `perSecond` make a second, in `elapsed` units.
    fileprivate func count(elapsed: Int128, perSecond: Int) -> Int64 {
        let perRate = seconds * Int128(clampedRate(perSecond))
        let (whole, rest) = elapsed.floorDivided(by: units)
        return Int64(clamping: whole * perRate + (rest * perRate).dividedToNearest(by: units))
    }

    /// Units elapsed after `count` intervals of which `perSecond` make a second, rounded down.
    fileprivate func elapsed(count: Int64, perSecond: Int) -> Int128 {
        let perRate = seconds * Int128(clampedRate(perSecond))
        let (whole, rest) = Int128(count).floorDivided(by: perRate)
        let product = whole.multipliedReportingOverflow(by: units)
        guard !product.overflow else { return count < 0 ? .min / 2 : .max / 2 }
        return product.partialValue + (rest * units).dividedDown(by: perRate)
    }

    private func clampedRate(_ perSecond: Int) -> Int { min(max(perSecond, 1), 1_000_000_000) }
}

/// Time of each tick, where ticks last differently long from place to place: the arithmetic under `TempoMap` and under the
/// ticks of MIDI files, whatever their resolution.
///
/// All sums are whole numbers of units in 128 bits, rounded once, in the result. So nothing drifts, however many changes
/// came before. Before tick 0 ticks last as long as at it. Results that 64 bits do not hold are clamped.
/// - Thread: any; building one allocates, converting does not. A real-time thread that lets go of the last
///   copy frees memory: keep one elsewhere.
public struct TickMap: Sendable {
    /// From `tick` on each tick lasts `unitsPerTick` units, which are not negative.
    public struct Change: Hashable, Sendable, BitwiseCopyable {
        public var tick: Int64
        public var unitsPerTick: Int64

        public init(tick: Int64, unitsPerTick: Int64) {
            self.tick = tick
            self.unitsPerTick = unitsPerTick
        }
    }

    private struct Segment: BitwiseCopyable {
        var tick: Int64
        /// Units elapsed at `tick`.
        var elapsed: Int128
        var unitsPerTick: Int64
    }

    private let rate: UnitRate
    private let segments: [Segment]

    /// - Parameters:
    ///   - unitsPerTick: the length of ticks before the first change.
    ///   - changes: in any order; of several at one tick the last holds. One before tick 0 acts from tick 0 on.
    ///   - origin: units elapsed at tick 0.
    public init(_ rate: UnitRate, unitsPerTick: Int64, changes: [Change] = [], origin: Int128 = 0) {
        self.rate = rate
        var last = Segment(tick: 0, elapsed: origin, unitsPerTick: unitsPerTick)
        var segments = [last]
        // The sort is stable.
        for change in changes.sorted(by: { $0.tick < $1.tick }) {
            let tick = max(change.tick, 0)
            if tick == last.tick { segments.removeLast() }
            last.elapsed += Int128(tick - last.tick) * Int128(last.unitsPerTick)
            last.tick = tick
            last.unitsPerTick = change.unitsPerTick
            segments.append(last)
        }
        self.segments = segments
    }

    /// Units elapsed at a tick, exact.
    public func elapsed(at tick: Int64) -> Int128 {
        let segment = segments.last { $0.tick <= tick }
        return segment.elapsed + (Int128(tick) - Int128(segment.tick)) * Int128(segment.unitsPerTick)
    }

    /// Length of the tick that begins at `tick`, in units.
    public func unitsPerTick(at tick: Int64) -> Int64 { segments.last { $0.tick <= tick }.unitsPerTick }

    /// Nearest frame, or nanosecond, or whatever `perSecond` (1…10⁹) make a second, to a tick; halves round up.
    public func count(at tick: Int64, perSecond: Int) -> Int64 {
        rate.count(elapsed: elapsed(at: tick), perSecond: perSecond)
    }

    /// Nearest tick to a frame, or nanosecond, or whatever `perSecond` (1…10⁹) make a second.
    ///
    /// The time is first rounded down to whole units: ticks of one unit are those that began last.
    public func tick(atCount count: Int64, perSecond: Int) -> Int64 {
        let elapsed = rate.elapsed(count: count, perSecond: perSecond)
        let segment = segments.last { $0.elapsed <= elapsed }
        guard segment.unitsPerTick > 0 else { return segment.tick }
        let length = Int128(segment.unitsPerTick)
        return Int64(clamping: Int128(segment.tick) + (elapsed - segment.elapsed + length / 2).dividedDown(by: length))
    }
}

extension Array {
    /// Last element for which `begins` holds, else the first. All for which it holds come first; there is one at least.
    ///
    /// By halves: thousands of tracks may ask among millions of changes.
    func last(where begins: (Element) -> Bool) -> Element {
        var low = 0
        var high = count
        while high - low > 1 {
            let middle = (low + high) / 2
            if begins(self[middle]) { low = middle } else { high = middle }
        }
        return self[low]
    }
}
