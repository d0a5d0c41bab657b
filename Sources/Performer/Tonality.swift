// REAL-TIME (improviser): the key that the player plays in.

/// The key of a set of weighted pitch classes, by the profiles of Krumhansl & Kessler (1982).
struct Tonality: BitwiseCopyable {
    let tonic: Int
    let isMinor: Bool
    /// Correlation with the key's profile, −1…1.
    let fit: Float

    init(of weights: InlineArray<12, Float>) {
        let major: InlineArray<12, Float> = [
            6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88,
        ]
        let minor: InlineArray<12, Float> = [
            6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17,
        ]
        var (tonic, isMinor, fit) = (0, false, -Float.infinity)
        for candidate in 0..<12 {
            for profile in 0..<2 {
                let found = Self.correlation(weights, profile == 0 ? major : minor, turnedBy: candidate)
                if found > fit { (tonic, isMinor, fit) = (candidate, profile == 1, found) }
            }
        }
        (self.tonic, self.isMinor, self.fit) = (tonic, isMinor, fit)
    }

    private static func correlation(
        _ a: InlineArray<12, Float>, _ b: InlineArray<12, Float>, turnedBy tonic: Int
    ) -> Float {
        var (sumA, sumB) = (Float(0), Float(0))
        for i in 0..<12 {
            sumA += a[i]
            sumB += b[i]
        }
        var (ab, aa, bb) = (Float(0), Float(0), Float(0))
        for i in 0..<12 {
            let (x, y) = (a[i] - sumA / 12, b[(i &- tonic &+ 12) % 12] - sumB / 12)
            ab += x * y
            aa += x * x
            bb += y * y
        }
        return ab / max(Maths().squareRoot(aa * bb), 1e-9)
    }

    /// What the end of a reply leans to, by pitch class, as logarithms of odds: the tonic and its chord, as far as the key is
    /// certain, and what the call ended on.
    /// - Parameters:
    ///   - certainty: 0…1.
    ///   - final: the lowest key of the call's last chord.
    func home(certainty: Float, final: UInt8?) -> InlineArray<12, Float> {
        var home = InlineArray<12, Float>(repeating: 0)
        let sure = certainty * max(0, min(1, 2.5 * (fit - 0.4)))
        home[tonic] += 1.2 * sure
        home[(tonic &+ (isMinor ? 3 : 4)) % 12] += 0.6 * sure
        home[(tonic &+ 7) % 12] += 0.7 * sure
        if let final { home[Int(final) % 12] += 0.5 }
        return home
    }
}
