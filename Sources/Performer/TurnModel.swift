// REAL-TIME (improviser): how likely the player's phrase is over.

/// A network of 225 weights, 22–8–4–1 with tanh, on the features of `TurnCues`: the log odds that the player strikes no key
/// until two seconds after the last one. In the order of the features: seconds since the last onset; their logarithm less that of
/// the median of 16 inter-onset intervals, and less that of the longest of 32; the logarithms of that median, of the ninth
/// decile and of the last interval; how many intervals of the last minute were longer, up to 2 s, and the odds of those over
/// 2 s; keys held, none held; key-ups: time since, number; pedal: down, time since its change, changes; time since the hands
/// are off the keys, and since the pedal is up too; keys held just after the last onset; time since the last interval of a
/// second; notes, loudness and lowest note of the last chord.
struct TurnModel: BitwiseCopyable {
    private var mean: InlineArray<22, Float>
    private var scale: InlineArray<22, Float>
    private var first: InlineArray<176, Float>
    private var firstBias: InlineArray<8, Float>
    private var second: InlineArray<32, Float>
    private var secondBias: InlineArray<4, Float>
    private var last: InlineArray<4, Float>
    private var lastBias: Float

    /// - Parameters:
    ///   - mean: of each feature, as `deviation`.
    ///   - first: [8][22]; second: [4][8]; last: [4]
    /// - Thread: control
    init(
        mean: [Float], deviation: [Float], first: [Float], firstBias: [Float], second: [Float], secondBias: [Float],
        last: [Float], lastBias: Float
    ) {
        self.mean = InlineArray { mean[$0] }
        scale = InlineArray { 1 / deviation[$0] }
        self.first = InlineArray { first[$0] }
        self.firstBias = InlineArray { firstBias[$0] }
        self.second = InlineArray { second[$0] }
        self.secondBias = InlineArray { secondBias[$0] }
        self.last = InlineArray { last[$0] }
        self.lastBias = lastBias
    }

    /// The log odds above which the mean delay at a pause is so long, in seconds.
    /// Measured by `continuo bench turns` on 100 pieces of MAESTRO's train split.
    static func logit(meanDelay: Float) -> Float {
        let table: InlineArray<7, (delay: Float, logit: Float)> = [
            (0.8, -0.6), (1.03, 0), (1.24, 0.5), (1.43, 1), (1.58, 1.5), (1.72, 2), (2, 6),
        ]
        if meanDelay <= table[0].delay { return table[0].logit }
        for upper in 1..<7 where meanDelay <= table[upper].delay {
            let (low, high) = (table[upper &- 1], table[upper])
            return low.logit + (high.logit - low.logit) * (meanDelay - low.delay) / (high.delay - low.delay)
        }
        return table[6].logit
    }

    /// The log odds.
    func callAsFunction(_ features: InlineArray<22, Float>) -> Float {
        let maths = Maths()
        var x = features
        for i in 0..<22 { x[i] = max(-4, min(4, (x[i] - mean[i]) * scale[i])) }
        var a = firstBias
        for row in 0..<8 {
            var sum = a[row]
            for i in 0..<22 { sum += first[22 &* row &+ i] * x[i] }
            a[row] = maths.tanh(sum)
        }
        var b = secondBias
        for row in 0..<4 {
            var sum = b[row]
            for i in 0..<8 { sum += second[8 &* row &+ i] * a[i] }
            b[row] = maths.tanh(sum)
        }
        var logit = lastBias
        for i in 0..<4 { logit += last[i] * b[i] }
        return logit
    }
}
