/// What a tick of a MIDI file lasts: exact rational arithmetic, rounded once per event.

public enum TimeBase: Equatable, Sendable {
    /// 1…32767; how long a quarter note lasts is for the tempo changes to say.
    case ticksPerQuarter(Int)
    /// SMPTE time: 24, 25, 29 (which stands for 30000/1001) or 30 frames per second, and 1…255 ticks per frame.
    case ticksPerFrame(Int, framesPerSecond: Int)

    /// From the header's word; nil if it names neither. (RP-001, "Header Chunks")
    init?(division: UInt16) {
        let low = Int(division & 0xFF)
        let framesPerSecond = -Int(Int8(truncatingIfNeeded: division >> 8))
        if division & 0x8000 == 0, division > 0 {
            self = .ticksPerQuarter(Int(division))
        } else if [24, 25, 29, 30].contains(framesPerSecond), low > 0 {
            self = .ticksPerFrame(low, framesPerSecond: framesPerSecond)
        } else {
            return nil
        }
    }

    var division: UInt16 {
        switch self {
        case .ticksPerQuarter(let ticks): UInt16(ticks)
        case .ticksPerFrame(let ticks, let framesPerSecond):
            UInt16(UInt8(bitPattern: Int8(-framesPerSecond))) << 8 | UInt16(ticks)
        }
    }

    /// A unit is what elapsed time is summed in: a tick × microsecond per quarter, or a tick of a frame.
    fileprivate var nanosecondsPerUnit: (numerator: Int, denominator: Int) {
        switch self {
        case .ticksPerQuarter(let ticks): (1_000, ticks)
        case .ticksPerFrame(let ticks, 29): (100_100_000, 3 * ticks)  // 1001 s of 30,000 frames
        case .ticksPerFrame(let ticks, let framesPerSecond): (1_000_000_000, framesPerSecond * ticks)
        }
    }

    /// Rounded down.
    fileprivate func units(nanoseconds: Int64) -> Int {
        let (numerator, denominator) = nanosecondsPerUnit
        let (whole, rest) = Int(nanoseconds).quotientAndRemainder(dividingBy: numerator)
        return whole * denominator + rest * denominator / numerator
    }

    /// How many times finer its ticks can be, up to `limit` (at least 1) times: if possible such that a hundredth of a
    /// second is a whole number of them, in this tempo.
    func finest(limit: Int, microsecondsPerQuarter: Int) -> Int {
        let most: Int
        // Ticks in a hundredth of a second are `ticks` / `whole`.
        let (ticks, whole): (Int, Int)
        switch self {
        case .ticksPerQuarter(let division):
            (most, ticks, whole) = (0x7FFF / division, 10_000 * division, microsecondsPerQuarter)
        case .ticksPerFrame(let division, let framesPerSecond):
            (most, ticks, whole) = (0xFF / division, division * framesPerSecond, 100)
        }
        let factors = 1...min(most, limit)
        return factors.last { ticks * $0 % whole == 0 } ?? factors.upperBound
    }

    func finer(_ factor: Int) -> TimeBase {
        switch self {
        case .ticksPerQuarter(let ticks): .ticksPerQuarter(ticks * factor)
        case .ticksPerFrame(let ticks, let frames): .ticksPerFrame(ticks * factor, framesPerSecond: frames)
        }
    }

    /// Rounded half up; `Int64.max` where the time is beyond it.
    fileprivate func nanoseconds(units: Int) -> Int64 {
        let (numerator, denominator) = nanosecondsPerUnit
        let (whole, rest) = units.quotientAndRemainder(dividingBy: denominator)
        let product = whole.multipliedReportingOverflow(by: numerator)
        let sum = product.partialValue.addingReportingOverflow((rest * numerator + denominator / 2) / denominator)
        return product.overflow || sum.overflow ? .max : Int64(sum.partialValue)
    }
}

/// The time of a tick. Ask in any order; ticks close to the one before cost least.
struct TempoMap {
    private struct Segment {
        var tick: Int
        /// Units (see `TimeBase`) elapsed at `tick`.
        var elapsed: Int
        var unitsPerTick: Int
    }

    private let timeBase: TimeBase
    private var segments: [Segment]
    private var current = 0

    /// - Parameter origin: units elapsed at tick 0.
    init(_ timeBase: TimeBase, _ changes: [TempoChange], origin: Int = 0) {
        self.timeBase = timeBase
        guard case .ticksPerQuarter = timeBase else {
            segments = [Segment(tick: 0, elapsed: origin, unitsPerTick: 1)]
            return
        }
        var last = Segment(tick: 0, elapsed: origin, unitsPerTick: 500_000)  // 120 quarters a minute (RP-001)
        segments = [last]
        // The sort is stable: of simultaneous changes the one that comes last in the file holds.
        for change in changes.sorted(by: { $0.tick < $1.tick }) {
            last.elapsed += (change.tick - last.tick) * last.unitsPerTick
            last.tick = change.tick
            last.unitsPerTick = change.microsecondsPerQuarter
            segments.append(last)
        }
    }

    mutating func elapsed(_ tick: Int) -> Int {
        if !isCurrent(tick) {
            current += 1
            if current == segments.count || !isCurrent(tick) { current = last(before: tick) }
        }
        let segment = segments[current]
        return segment.elapsed + (tick - segment.tick) * segment.unitsPerTick
    }

    private func isCurrent(_ tick: Int) -> Bool {
        segments[current].tick <= tick && (current + 1 == segments.count || tick < segments[current + 1].tick)
    }

    /// The tick nearest to a time.
    func tick(at nanoseconds: Int64) -> Int {
        let units = timeBase.units(nanoseconds: max(nanoseconds, 0))
        let segment = segments[last { $0.elapsed <= units }]
        guard segment.unitsPerTick > 0 else { return segment.tick }
        return segment.tick + (units - segment.elapsed + segment.unitsPerTick / 2) / segment.unitsPerTick
    }

    /// The last segment that begins at or before `tick`.
    private func last(before tick: Int) -> Int { last { $0.tick <= tick } }

    /// By halves: thousands of tracks may each begin anew among millions of changes.
    private func last(where begins: (Segment) -> Bool) -> Int {
        var low = 0
        var high = segments.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if begins(segments[middle]) { low = middle } else { high = middle }
        }
        return low
    }

    /// Nanoseconds.
    mutating func time(_ tick: Int) -> Int64 {
        timeBase.nanoseconds(units: elapsed(tick))
    }
}
