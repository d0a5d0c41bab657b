import Kernels
import TestSupport
import Testing

/// Sizes around the tiles (8 × 32, 6 × 16, 2 × 16) and the blocks (256 deep, 64 rows).
private let sizes = [(1, 16, 3), (2, 32, 256), (7, 48, 40), (13, 101, 300), (70, 257, 64), (65, 16, 513)]

@Suite struct MatrixTests {
    @Test(arguments: variants) func panelsHoldColumnsInSixteens(variant: KernelVariant) throws {
        let kernels = try table(variant)
        var numbers = Numbers(1)
        let (depth, columns) = (5, 37)
        let b = numbers.array(depth * columns)
        for (depthStride, columnStride) in [(columns, 1), (1, depth)] {
            var panels = [Float](repeating: .nan, count: 3 * 16 * depth)
            kernels.packPanels(&panels, b + [Float](repeating: 0, count: 16), depthStride, columnStride, depth, columns)
            for panel in 0..<3 {
                for k in 0..<depth {
                    for j in 0..<16 {
                        let column = panel * 16 + j
                        let expected = column < columns ? b[k * depthStride + column * columnStride] : 0
                        #expect(panels[(panel * depth + k) * 16 + j] == expected)
                    }
                }
            }
        }
    }

    @Test(arguments: variants, sizes) func productsOfPackedMatrices(
        variant: KernelVariant, size: (rows: Int, columns: Int, depth: Int)
    ) throws {
        let kernels = try table(variant)
        let (rows, columns, depth) = size
        var numbers = Numbers(2)
        let aStride = depth + 3
        let a = numbers.array(rows * aStride)
        let b = numbers.array(depth * columns + 16)
        let width = roundedUp(columns)
        var panels = [Float](repeating: .nan, count: width * depth)
        kernels.packPanels(&panels, b, columns, 1, depth, columns)
        let start = numbers.array(rows * (width + 16))
        for accumulate in [false, true] {
            var c = start
            kernels.gemm(&c, width + 16, a, aStride, panels, rows, columns, depth, accumulate)
            for row in 0..<rows {
                let line = c[row * (width + 16)..<(row + 1) * (width + 16)]
                let before = start[row * (width + 16)..<(row + 1) * (width + 16)]
                let expected = (0..<columns).map { column in
                    (0..<depth).reduce(accumulate ? Double(before[before.startIndex + column]) : 0) {
                        $0 + Double(a[row * aStride + $1]) * Double(b[$1 * columns + column])
                    }
                }
                #expect(largestDifference(line.prefix(columns), expected) < 1e-5 * Double(depth).squareRoot())
                #expect(line.suffix(16) == before.suffix(16), "wrote beyond the row")
            }
        }
    }

    @Test(arguments: variants, sizes) func gradientsOfWeightMatrices(
        variant: KernelVariant, size: (rows: Int, columns: Int, depth: Int)
    ) throws {
        let kernels = try table(variant)
        let (rows, depth) = (size.rows, size.depth)
        let columns = roundedUp(size.columns)
        var numbers = Numbers(3)
        let (aStride, bStride) = (rows + 5, columns + 16)
        let a = numbers.array(depth * aStride)
        let b = numbers.array(depth * bStride)
        let start = numbers.array(rows * columns)
        var c = start
        var scratch = [Float](repeating: .nan, count: 256 * (rows + 8 + columns))
        kernels.gemmTransposed(&c, columns, a, aStride, b, bStride, rows, columns, depth, &scratch)
        let expected = (0..<rows * columns).map { i in
            (0..<depth).reduce(Double(start[i])) {
                $0 + Double(a[$1 * aStride + i / columns]) * Double(b[$1 * bStride + i % columns])
            }
        }
        #expect(largestDifference(c, expected) < 1e-5 * Double(depth).squareRoot())
    }
}
