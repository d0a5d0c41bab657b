// REAL-TIME (any): division that rounds the same way on both sides of zero.

extension FixedWidthInteger where Self: SignedInteger {
    /// Quotient rounded down, and what is left: from 0 to less than the divisor.
    /// - Parameter divisor: greater than 0.
    func floorDivided(by divisor: Self) -> (quotient: Self, rest: Self) {
        let (quotient, rest) = quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? (quotient - 1, rest + divisor) : (quotient, rest)
    }

    /// Quotient rounded down.
    /// - Parameter divisor: greater than 0.
    func dividedDown(by divisor: Self) -> Self { floorDivided(by: divisor).quotient }

    /// Nearest quotient; halves round up.
    /// - Parameter divisor: greater than 0.
    func dividedToNearest(by divisor: Self) -> Self {
        let (quotient, rest) = floorDivided(by: divisor)
        return rest >= divisor - rest ? quotient + 1 : quotient
    }
}
