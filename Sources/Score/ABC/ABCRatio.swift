import Time

/// Exact positive fraction: a length in ABC, of the unit note length, of a whole note or of another length
/// (ABC 2.1, section 4.3 "Note lengths").
public struct ABCRatio: Hashable, Sendable, BitwiseCopyable {
    /// At least 0.
    public let numerator: Int
    /// At least 1; without a common divisor with `numerator`.
    public let denominator: Int

    public static var one: ABCRatio { ABCRatio(unchecked: 1, 1) }

    private init(unchecked numerator: Int, _ denominator: Int) {
        self.numerator = numerator
        self.denominator = denominator
    }

    /// Nil for a negative numerator, or a denominator below 1.
    public init?(_ numerator: Int, _ denominator: Int) {
        guard numerator >= 0, denominator > 0 else { return nil }
        let divisor = Self.greatestCommonDivisor(numerator, denominator)
        self.init(unchecked: numerator / divisor, denominator / divisor)
    }

    /// Nil if 64 bits do not hold it.
    public func times(_ other: ABCRatio) -> ABCRatio? {
        // Reduced crosswise first, so that only a product that is itself too large overflows.
        let (a, b) = (ABCRatio(numerator, other.denominator)!, ABCRatio(other.numerator, denominator)!)
        let (top, topOverflows) = a.numerator.multipliedReportingOverflow(by: b.numerator)
        let (bottom, bottomOverflows) = a.denominator.multipliedReportingOverflow(by: b.denominator)
        return topOverflows || bottomOverflows ? nil : ABCRatio(unchecked: top, bottom)
    }

    /// A fraction of a whole note in quarters: exact if it can be, else the nearest; nil beyond `limit` quarters.
    func beats(limit: Int) -> Beats? {
        guard numerator <= (.max >> 2), numerator * 4 / denominator <= limit else { return nil }
        return Beats(nearest: Int64(numerator * 4), perBeat: Int64(denominator))
    }

    static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
        var (a, b) = (a, b)
        while b != 0 { (a, b) = (b, a % b) }
        return max(a, 1)
    }
}
