import Glibc
import Kernels
import TestSupport
import Testing

@Suite struct ElementwiseTests {
    @Test(arguments: variants) func rowsOfTables(variant: KernelVariant) throws {
        let kernels = try table(variant)
        var numbers = Numbers(7)
        let width = 32
        let index: [Int32] = [2, -1, 0, 2, 4]
        let (table, rows) = (numbers.array(5 * width), numbers.array(index.count * width))
        var gathered = rows
        kernels.gatherAdd(&gathered, table, index, index.count, width)
        var scattered = table
        kernels.scatterAdd(&scattered, rows, index, index.count, width)
        var (expectedRows, expectedTable) = (rows, table)
        for (row, entry) in index.enumerated() where entry >= 0 {
            for j in 0..<width {
                expectedRows[row * width + j] += table[Int(entry) * width + j]
                expectedTable[Int(entry) * width + j] += rows[row * width + j]
            }
        }
        #expect(gathered == expectedRows)
        #expect(scattered == expectedTable)
    }

    @Test(arguments: variants) func sums(variant: KernelVariant) throws {
        let kernels = try table(variant)
        var numbers = Numbers(8)
        let (x, y) = (numbers.array(8192 + 48), numbers.array(8192 + 48))
        var total = y
        kernels.add(&total, x, x.count)
        #expect(total == zip(y, x).map { $0 + $1 })
        let squares = kernels.sumOfSquares(x, x.count)
        #expect(abs(squares - x.reduce(0) { $0 + Double($1) * Double($1) }) < 1e-6 * squares)
        let (rows, stride, columns) = (6, 48, 30)
        let start = numbers.array(stride)
        var columnSums = start
        kernels.addColumnSums(&columnSums, x, stride, rows, columns)
        let expected = (0..<32).map { j in (0..<rows).reduce(Double(start[j])) { $0 + Double(x[$1 * stride + j]) } }
        #expect(largestDifference(columnSums.prefix(32), expected) < 1e-6)
        #expect(columnSums.suffix(16) == start.suffix(16))
    }

    @Test(arguments: variants) func dropoutKeepsItsShareAndItsMean(variant: KernelVariant) throws {
        let kernels = try table(variant)
        let count = 1 << 16
        let ones = [Float](repeating: 1, count: count)
        func masked(key: UInt32, first: UInt32, probability: Double) -> [Float] {
            var y = [Float](repeating: .nan, count: count)
            let threshold = UInt32(probability * 4_294_967_296)
            kernels.dropout(&y, ones, key, first, threshold, Float(1 / (1 - probability)), count)
            return y
        }
        let mask = masked(key: 5, first: 0, probability: 0.25)
        #expect(mask.allSatisfy { $0 == 0 || abs($0 - 4 / 3) < 1e-6 })
        // Five standard deviations.
        #expect(abs(Double(mask.filter { $0 == 0 }.count) / Double(count) - 0.25) < 0.0085)
        // An element's draw depends on the key and on its own counter, not on where the call begins.
        #expect(masked(key: 5, first: 4096, probability: 0.25).prefix(100) == mask[4096..<4196])
        #expect(zip(masked(key: 6, first: 0, probability: 0.25), mask).filter { $0 != $1 }.count > count / 4)
        #expect(masked(key: 5, first: 0, probability: 0) == ones)
    }

    @Test(arguments: variants) func adamIsPyTorchs(variant: KernelVariant) throws {
        let kernels = try table(variant)
        var numbers = Numbers(9)
        let count = 64
        var (w, m) = (numbers.array(count), numbers.array(count, scale: 0.1))
        var v = numbers.array(count, scale: 0.01).map(abs)
        let g = numbers.array(count)
        let (beta1, beta2, epsilon, rate, clip, t) = (0.9, 0.999, 1e-8, 2e-3, 0.7, 3.0)
        var expected: [[Double]] = [[], [], []]
        for i in 0..<count {
            let gradient = clip * Double(g[i])
            let first = beta1 * Double(m[i]) + (1 - beta1) * gradient
            let second = beta2 * Double(v[i]) + (1 - beta2) * gradient * gradient
            let denominator = (second / (1 - pow(beta2, t))).squareRoot() + epsilon
            expected[0].append(Double(w[i]) - rate / (1 - pow(beta1, t)) * first / denominator)
            expected[1].append(first)
            expected[2].append(second)
        }
        kernels.adam(
            &w, g, &m, &v, count, Float(clip), Float(beta1), Float(beta2), Float(epsilon),
            Float(rate / (1 - pow(beta1, t))), Float(1 / (1 - pow(beta2, t)).squareRoot()))
        for (found, list) in zip([w, m, v], expected) { #expect(largestDifference(found, list) < 2e-7) }
    }
}
