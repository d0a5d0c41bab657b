/// Parts of slow, obvious computations in double precision.
import Glibc

public func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

/// The largest distance between two elements of the same place, infinite if one side is NaN or longer.
public func largestDifference(_ a: some Collection<Float>, _ b: some Collection<Double>) -> Double {
    guard a.count == b.count else { return .infinity }
    return zip(a, b).reduce(0) { largest, pair in
        let difference = abs(Double(pair.0) - pair.1)
        return difference.isNaN ? .infinity : max(largest, difference)
    }
}
