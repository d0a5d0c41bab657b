// REAL-TIME (any): musical time.

/// Position or length in quarter notes: a whole number of `units`, so that sums never round.
///
/// A quarter has 6,048,000,000 units = 2¹¹ · 3³ · 5⁶ · 7. That makes these whole numbers of units: a tick of MIDI clock
/// (24 a quarter), a tick of the usual MIDI files (24…30,720 a quarter, powers of two up to 2,048, 1,000, 5,000,
/// 10,080), triplets of triplets, quintuplets and septuplets, and the micro-beats of Ableton Link. At one beat a minute
/// a unit lasts 10 ns, so that each frame at 192 kHz (5.2 µs) has beats of its own.
///
/// Range: ±1,525,028,445 quarters, 1,060 days at 999 beats a minute. Operators trap beyond it, as those of `Int64` do.
/// - Thread: any
public struct Beats: Hashable, Sendable, BitwiseCopyable {
    /// Units in a quarter note.
    public static var unitsPerBeat: Int64 { 6_048_000_000 }

    /// Any value; negative before beat 0.
    public var units: Int64

    public init(units: Int64) { self.units = units }

    /// Creates a whole number of quarters.
    public init(_ quarters: Int) { units = Int64(quarters) * Self.unitsPerBeat }

    /// Creates the length of `ticks` of which `perBeat` make a quarter; nil unless it is a whole number of units in range.
    public init?(exactly ticks: Int64, perBeat: Int64) {
        guard perBeat > 0 else { return nil }
        let product = Int128(ticks) * Int128(Self.unitsPerBeat)
        let (units, rest) = product.quotientAndRemainder(dividingBy: Int128(perBeat))
        guard rest == 0, let units = Int64(exactly: units) else { return nil }
        self.units = units
    }

    /// Creates the nearest length to `ticks` of which `perBeat` (at least 1) make a quarter, clamped to the range.
    public init(nearest ticks: Int64, perBeat: Int64) {
        let product = Int128(ticks) * Int128(Self.unitsPerBeat)
        units = Int64(clamping: product.dividedToNearest(by: Int128(max(perBeat, 1))))
    }

    /// Creates the nearest length to a number of quarters, clamped to the range; 0 for NaN.
    @_noAllocation @_noLocks
    public init(nearest quarters: Double) {
        // Without `rounded()`, which would be the one call of the C library in this room.
        let units = quarters * Double(Self.unitsPerBeat)
        guard abs(units) < 0x1p63 else {
            self.units = units.isNaN ? 0 : units < 0 ? .min : .max
            return
        }
        let whole = Int64(units)
        let rest = units - Double(whole)
        self.units = whole + (rest >= 0.5 ? 1 : rest < -0.5 ? -1 : 0)
    }

    // The attributes stand on the accessor, so it must be written out.
    // swift-format-ignore: UseSingleLinePropertyGetter
    /// Quarters, rounded to what a `Double` holds.
    public var quarters: Double {
        @_noAllocation @_noLocks get { Double(units) / Double(Self.unitsPerBeat) }
    }

    /// Millionths of a quarter, rounded down: the `micro_beats` of Ableton Link (`link/Beats.hpp`).
    public var microBeats: Int64 { units.dividedDown(by: Self.unitsPerBeat / 1_000_000) }

    /// Ticks of which `perBeat` (at least 1) make a quarter, rounded down and clamped to 64 bits.
    public func ticks(perBeat: Int64) -> Int64 {
        Int64(clamping: (Int128(units) * Int128(max(perBeat, 1))).dividedDown(by: Int128(Self.unitsPerBeat)))
    }
}

extension Beats: Comparable, AdditiveArithmetic {
    public static var zero: Beats { Beats(units: 0) }
    public static func < (left: Beats, right: Beats) -> Bool { left.units < right.units }
    @_noAllocation @_noLocks
    public static func + (left: Beats, right: Beats) -> Beats { Beats(units: left.units + right.units) }
    @_noAllocation @_noLocks
    public static func - (left: Beats, right: Beats) -> Beats { Beats(units: left.units - right.units) }
    @_noAllocation @_noLocks
    public static func * (left: Beats, right: Int) -> Beats { Beats(units: left.units * Int64(right)) }
}
