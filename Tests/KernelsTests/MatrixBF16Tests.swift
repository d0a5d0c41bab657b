import Kernels
import TestSupport
import Testing

private let products = try? KernelTable.best().productsBF16

/// Sizes around the tiles (8 × 32) and the blocks (512 deep, 64 rows).
private let sizes = [(1, 16, 3), (2, 32, 256), (7, 48, 40), (13, 101, 300), (70, 257, 64), (65, 16, 1031)]

/// To the nearest bfloat16, of two equally near to the even one, in the arithmetic of integers.
private func rounded(_ x: Float) -> Double {
    let bits = x.bitPattern
    return Double(Float(bitPattern: (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000))
}

@Suite(.enabled(if: products != nil, "needs AVX512_BF16 and the v4 kernels"))
struct MatrixBF16Tests {
    @Test func panelsHoldPairsOfDepthInSixteens() throws {
        let products = try #require(products)
        var numbers = Numbers(1)
        let columns = 37
        for depth in [5, 48, 50] {
            let b = numbers.array(depth * columns)
            for (depthStride, columnStride) in [(columns, 1), (1, depth)] {
                let pairs = (depth + 1) / 2
                var panels = [UInt32](repeating: .max, count: 3 * 16 * pairs)
                products.packPanels(&panels, b, depthStride, columnStride, depth, columns)
                for i in 0..<3 * 16 * depth {
                    let (panel, k, j) = (i / depth / 16, i % depth, i / depth % 16)
                    let word = panels[(panel * pairs + k / 2) * 16 + j]
                    let column = panel * 16 + j
                    let expected = column < columns ? rounded(b[k * depthStride + column * columnStride]) : 0
                    #expect(Double(Float(bitPattern: k % 2 == 0 ? word << 16 : word & 0xffff_0000)) == expected)
                }
            }
        }
    }

    @Test(arguments: sizes) func productsOfPackedMatrices(size: (rows: Int, columns: Int, depth: Int)) throws {
        let products = try #require(products)
        let (rows, columns, depth) = size
        var numbers = Numbers(2)
        let aStride = depth + 3
        let a = numbers.array(rows * aStride)
        let b = numbers.array(depth * columns)
        let width = roundedUp(columns)
        var panels = [UInt32](repeating: .max, count: width * (depth + 1) / 2)
        products.packPanels(&panels, b, columns, 1, depth, columns)
        var scratch = [UInt32](repeating: .max, count: 16_384)
        let start = numbers.array(rows * (width + 16))
        for accumulate in [false, true] {
            var c = start
            products.gemm(&c, width + 16, a, aStride, panels, rows, columns, depth, accumulate, &scratch)
            for row in 0..<rows {
                let line = c[row * (width + 16)..<(row + 1) * (width + 16)]
                let before = start[row * (width + 16)..<(row + 1) * (width + 16)]
                let expected = (0..<columns).map { column in
                    (0..<depth).reduce(accumulate ? Double(before[before.startIndex + column]) : 0) {
                        $0 + rounded(a[row * aStride + $1]) * rounded(b[$1 * columns + column])
                    }
                }
                #expect(largestDifference(line.prefix(columns), expected) < 1e-5 * Double(depth).squareRoot())
                #expect(line.suffix(16) == before.suffix(16), "wrote beyond the row")
            }
        }
    }

    @Test(arguments: sizes) func gradientsOfWeightMatrices(size: (rows: Int, columns: Int, depth: Int)) throws {
        let products = try #require(products)
        let (rows, depth) = (size.rows, size.depth)
        let columns = roundedUp(size.columns)
        var numbers = Numbers(3)
        let (aStride, bStride) = (rows + 5, columns + 16)
        let a = numbers.array(depth * aStride)
        let b = numbers.array(depth * bStride)
        let start = numbers.array(rows * columns)
        var c = start
        var scratch = [UInt32](repeating: .max, count: 256 * (rows + 8 + columns))
        products.gemmTransposed(&c, columns, a, aStride, b, bStride, rows, columns, depth, &scratch)
        let expected = (0..<rows * columns).map { i in
            (0..<depth).reduce(Double(start[i])) {
                $0 + rounded(a[$1 * aStride + i / columns]) * rounded(b[$1 * bStride + i % columns])
            }
        }
        #expect(largestDifference(c, expected) < 1e-5 * Double(depth).squareRoot())
    }
}
