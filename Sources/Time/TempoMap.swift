// REAL-TIME (any): frame ⇄ beat ⇄ bar; making a map is not.

/// Tempi and meters of a piece: frame ⇄ beat ⇄ bar, with frame 0 at beat 0.
///
/// A frame's beats convert back to that frame at any sample rate, and a beat's bar position to that beat, however long
/// the piece and however many its changes. Time before beat 0 passes in the first tempo and the first meter. Results
/// that 64 bits do not hold are clamped.
///
/// A change of meter begins a bar, so that the bar before it may be short.
/// - Thread: any; building one allocates, converting does not. A real-time thread that lets go of the last
///   copy frees memory: keep one elsewhere.
public struct TempoMap: Sendable {
    /// From `beats` on `value` holds.
    public struct Change<Value: Hashable & Sendable & BitwiseCopyable>: Hashable, Sendable, BitwiseCopyable {
        public var beats: Beats
        public var value: Value

        public init(at beats: Beats, _ value: Value) {
            self.beats = beats
            self.value = value
        }
    }

    private struct Bars: BitwiseCopyable {
        var start: Beats
        /// The bar that begins at `start`.
        var bar: Int
        var meter: Meter
    }

    /// A tick is a unit of `Beats`; a unit of time is the share of it in a picosecond of a beat.
    private let ticks: TickMap
    private let bars: [Bars]

    /// - Parameters:
    ///   - tempi: in any order; 120 beats a minute before the first. Of several at one place the last holds, and one
    ///     before beat 0 acts from there on. The same holds for `meters`.
    ///   - meters: 4/4 before the first.
    public init(tempi: [Change<Tempo>] = [], meters: [Change<Meter>] = []) {
        ticks = TickMap(
            UnitRate(Int128(Beats.unitsPerBeat) * 1_000_000_000_000),
            unitsPerTick: Tempo.standard.picosecondsPerBeat,
            changes: tempi.map {
                TickMap.Change(tick: $0.beats.units, unitsPerTick: $0.value.picosecondsPerBeat)
            })
        var last = Bars(start: .zero, bar: 0, meter: .common)
        var bars = [last]
        for change in meters.sorted(by: { $0.beats < $1.beats }) {
            let start = max(change.beats, .zero)
            if start == last.start { bars.removeLast() }
            // Rounded up: what is left of a bar counts as one.
            last.bar -= Int((last.start - start).units.dividedDown(by: last.meter.bar.units))
            last.start = start
            last.meter = change.value
            bars.append(last)
        }
        self.bars = bars
    }

    /// Tempo that holds at a position; a change holds from its own position on.
    public func tempo(at beats: Beats) -> Tempo { Tempo(unchecked: ticks.unitsPerTick(at: beats.units)) }
    /// Meter that holds at a position; a change holds from its own position on.
    public func meter(at beats: Beats) -> Meter { bars.last { $0.start <= beats }.meter }

    // MARK: Time

    /// Nearest frame.
    /// - Parameter sampleRate: frames a second, 1…10⁹.
    public func frame(at beats: Beats, sampleRate: Int) -> Int64 {
        ticks.count(at: beats.units, perSecond: sampleRate)
    }

    /// Nearest position; `frame(at:sampleRate:)` returns the frame again, unless beats take no time there.
    /// - Parameter sampleRate: frames a second, 1…10⁹; the way back is exact up to 10⁶ at 1 beat a minute or more.
    public func beats(atFrame frame: Int64, sampleRate: Int) -> Beats {
        Beats(units: ticks.tick(atCount: frame, perSecond: sampleRate))
    }

    /// Nearest nanosecond.
    public func nanoseconds(at beats: Beats) -> Int64 { ticks.count(at: beats.units, perSecond: 1_000_000_000) }

    /// Nearest position.
    public func beats(atNanoseconds time: Int64) -> Beats {
        Beats(units: ticks.tick(atCount: time, perSecond: 1_000_000_000))
    }

    // MARK: Bars

    /// Bar, beat and fraction of a position; exact.
    public func position(at beats: Beats) -> BarPosition {
        let bars = bars.last { $0.start <= beats }
        let (bar, elapsed) = (beats - bars.start).units.floorDivided(by: bars.meter.bar.units)
        let (beat, fraction) = elapsed.quotientAndRemainder(dividingBy: bars.meter.beat.units)
        return BarPosition(bar: bars.bar + Int(bar), beat: Int(beat), fraction: Beats(units: fraction))
    }

    /// Beats of a position, also of one beyond the end of its bar.
    public func beats(at position: BarPosition) -> Beats {
        let bars = bars.last { $0.bar <= position.bar }
        let whole = (Int128(position.bar) - Int128(bars.bar)) * Int128(bars.meter.bar.units)
        let part = Int128(position.beat) * Int128(bars.meter.beat.units) + Int128(position.fraction.units)
        return Beats(units: Int64(clamping: Int128(bars.start.units) + whole + part))
    }
}
