// REAL-TIME (any): beats of a bar.

/// Time signature: how many beats, of which length, make a bar.
/// - Thread: any
public struct Meter: Hashable, Sendable, BitwiseCopyable {
    /// 1…255, as in a MIDI file.
    public let numerator: Int
    /// A power of two, 1…8,192: those of which a beat is a whole number of units.
    public let denominator: Int

    /// 4/4, where a MIDI file states no meter (Standard MIDI Files 1.0, "Time Signature").
    public static var common: Meter { Meter(unchecked: 4, 4) }

    private init(unchecked numerator: Int, _ denominator: Int) {
        self.numerator = numerator
        self.denominator = denominator
    }

    /// Nil outside the ranges of `numerator` and `denominator`.
    @_noAllocation @_noLocks
    public init?(_ numerator: Int, _ denominator: Int) {
        guard (1...255).contains(numerator), (1...8_192).contains(denominator), denominator & (denominator - 1) == 0
        else { return nil }
        self.init(unchecked: numerator, denominator)
    }

    // The attributes stand on the accessor, so it must be written out.
    // swift-format-ignore: UseSingleLinePropertyGetter
    /// Length of one beat of the meter: an eighth in 6/8.
    public var beat: Beats {
        @_noAllocation @_noLocks get { Beats(units: 4 * Beats.unitsPerBeat / Int64(denominator)) }
    }
    // The attributes stand on the accessor, so it must be written out.
    // swift-format-ignore: UseSingleLinePropertyGetter
    /// Length of a bar.
    public var bar: Beats {
        @_noAllocation @_noLocks get { beat * numerator }
    }
}

/// Place in a score as musicians count it, but from 0: bar 1, beat 1 is `BarPosition(bar: 0)`. Bars before it are negative.
/// - Thread: any
public struct BarPosition: Hashable, Sendable, BitwiseCopyable {
    public var bar: Int
    /// Whole beats of the meter since the bar line.
    public var beat: Int
    /// What has passed of the beat, from 0 to less than `Meter.beat`.
    public var fraction: Beats

    public init(bar: Int, beat: Int = 0, fraction: Beats = .zero) {
        self.bar = bar
        self.beat = beat
        self.fraction = fraction
    }
}
