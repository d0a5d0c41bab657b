import Glibc
import Kernels
import TestSupport
import Testing

/// The functions against libm in Double, densely over their ranges.
@Suite struct FunctionTests {
    private func values(_ range: ClosedRange<Float>, count: Int = 1 << 16) -> [Float] {
        (0..<count).map { range.lowerBound + (range.upperBound - range.lowerBound) * Float($0) / Float(count - 1) }
    }

    /// Largest error relative to the true value, in units of 2⁻²⁴ (half a unit in the last place or less).
    private func relativeError(_ found: [Float], _ x: [Float], _ truth: (Double) -> Double) -> Double {
        zip(found, x).reduce(0) { largest, pair in
            let exact = truth(Double(pair.1))
            let error = abs(Double(pair.0) - exact) / abs(exact) * 0x1p24
            return error.isNaN ? .infinity : max(largest, error)
        }
    }

    @Test(arguments: variants) func exponential(variant: KernelVariant) throws {
        let kernels = try table(variant)
        let x = values(-87...88)
        var y = x
        kernels.exponentials(&y, x, x.count)
        #expect(relativeError(y, x, exp) < 1.5)
        let far: [Float] = [-87.5, -1000, -.infinity, 0] + [Float](repeating: 0, count: 12)
        var ends = far
        kernels.exponentials(&ends, far, 16)
        #expect(ends.prefix(4) == [0, 0, 0, 1])
    }

    @Test(arguments: variants) func logarithm(variant: KernelVariant) throws {
        let kernels = try table(variant)
        // Every exponent; near 1, where the result is small, too.
        let x = values(-87...88).map(expf) + values(0.5...2)
        var y = x
        kernels.logarithms(&y, x, x.count)
        #expect(relativeError(y.filter { $0 != 0 }, zip(x, y).filter { $0.1 != 0 }.map(\.0), log) < 1.5)
        #expect(zip(x, y).allSatisfy { ($0 == 1) == ($1 == 0) })
    }

    @Test(arguments: variants) func hyperbolicTangent(variant: KernelVariant) throws {
        let kernels = try table(variant)
        let x = values(-12...12) + values(-0.01...0.0101)
        var y = x
        kernels.tanhForward(&y, x.count)
        #expect(relativeError(y, x, tanh) < 2.5)
        var ends: [Float] = [0, 100, -100, .infinity] + [Float](repeating: 0, count: 12)
        kernels.tanhForward(&ends, 16)
        #expect(ends.prefix(4) == [0, 1, -1, 1])
        var gradient = [Float](repeating: 3, count: y.count)
        kernels.tanhBackward(&gradient, y, y.count)
        #expect(largestDifference(gradient, y.map { 3 * (1 - Double($0) * Double($0)) }) < 1e-6)
    }
}
