// REAL-TIME (any): length of a beat.

/// Length of a quarter note, in whole picoseconds: 0…60 s, which is a beat a minute.
///
/// It holds 1…999 beats a minute to better than 1 part in 10¹⁰ (5 µs a day), and exactly what a MIDI file can state:
/// 0…16,777,215 µs a quarter (Standard MIDI Files 1.0, "Set Tempo"). A tempo of 0 µs, which broken files contain, lets
/// beats pass in no time.
/// - Thread: any
public struct Tempo: Hashable, Sendable, BitwiseCopyable {
    /// 0…60,000,000,000,000.
    public let picosecondsPerBeat: Int64

    /// 120 beats a minute, where a MIDI file states no tempo (Standard MIDI Files 1.0, "Set Tempo").
    public static var standard: Tempo { Tempo(unchecked: 500_000_000_000) }

    init(unchecked picoseconds: Int64) { picosecondsPerBeat = picoseconds }

    /// - Parameter picoseconds: 0…60,000,000,000,000; nil outside of it.
    public init?(picosecondsPerBeat picoseconds: Int64) {
        guard (0...60_000_000_000_000).contains(picoseconds) else { return nil }
        self.init(unchecked: picoseconds)
    }

    /// - Parameter beats: 1…999; nil outside of it, and for NaN.
    @_noAllocation @_noLocks
    public init?(beatsPerMinute beats: Double) {
        guard beats >= 1, beats <= 999 else { return nil }
        self.init(unchecked: Int64(60e12 / beats + 0.5))
    }

    /// - Parameter microseconds: 0…60,000,000; nil outside of it.
    public init?(microsecondsPerBeat microseconds: Int) {
        guard (0...60_000_000).contains(microseconds) else { return nil }
        self.init(unchecked: Int64(microseconds) * 1_000_000)
    }

    /// - Parameter nanoseconds: 0…60,000,000,000; nil outside of it.
    public init?(nanosecondsPerBeat nanoseconds: Int64) {
        guard (0...60_000_000_000).contains(nanoseconds) else { return nil }
        self.init(unchecked: nanoseconds * 1_000)
    }

    /// Infinite for a tempo of 0 µs a beat.
    public var beatsPerMinute: Double { 60e12 / Double(picosecondsPerBeat) }
    /// Nearest whole number, 0…60,000,000. MIDI files hold at most 16,777,215.
    public var microsecondsPerBeat: Int { Int(picosecondsPerBeat.dividedToNearest(by: 1_000_000)) }
    /// Nearest whole number, 0…60,000,000,000.
    public var nanosecondsPerBeat: Int64 { picosecondsPerBeat.dividedToNearest(by: 1_000) }
}
