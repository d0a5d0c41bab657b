// REAL-TIME (any): tempo and beat from taps.

/// Tempo and beat from taps: the least squares line through the last taps, of which each is a beat.
/// - Thread: any, one at a time
public struct TapTempo: Sendable, BitwiseCopyable {
    /// Taps that count.
    private static var most: Int { 8 }
    private var taps = InlineArray<8, Int64>(repeating: 0)
    private var count = 0
    private let rate: Int64

    /// - Parameter sampleRate: frames a second.
    public init(sampleRate: Int) { rate = Int64(sampleRate) }

    /// A tap. After three seconds, or one that does not fit the ones before, a new tempo begins.
    /// - Returns: the line on which this tap is beat 0; nil for the first one.
    @_noAllocation @_noLocks
    public mutating func tap(at frame: Int64) -> BeatLine? {
        if count > 0 {
            let wait = frame &- taps[count &- 1]
            // Two in 50 ms are one.
            if wait < rate / 20 { return nil }
            if wait > 3 &* rate || !fits(wait) { count = 0 }
        }
        if count == Self.most {
            for i in 1..<Self.most { taps[i &- 1] = taps[i] }
            count &-= 1
        }
        taps[count] = frame
        count &+= 1
        return line
    }

    /// Whether it is about as long as the mean so far; whoever leaves a beat out begins anew.
    @_noAllocation @_noLocks
    private func fits(_ wait: Int64) -> Bool {
        guard count > 1 else { return true }
        let mean = Double(taps[count &- 1] &- taps[0]) / Double(count &- 1)
        return Double(wait) > 0.6 * mean && Double(wait) < 1.6 * mean
    }

    private var line: BeatLine? {
        guard count > 1 else { return nil }
        let n = Double(count)
        // Taps around their means: x is the tap's number, y its frame.
        let last = taps[count &- 1]
        var (sum, product) = (0.0, 0.0)
        for i in 0..<count {
            let y = Double(taps[i] &- last)
            sum += y
            product += (Double(i) - (n - 1) / 2) * y
        }
        let period = product * 12 / (n * (n * n - 1))
        let place = sum / n + period * (n - 1) / 2
        let line = BeatLine(through: .zero, at: place, framesPerBeat: period)
        return BeatLine(from: line.frame &+ last, at: line.beats, framesPerBeat: period)
    }
}
