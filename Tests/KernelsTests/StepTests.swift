import Glibc
import Kernels
import TestSupport
import Testing

/// Rows around the panels of 64 and 16.
private let sizes = [(16, 16), (64, 32), (208, 48), (512, 256)]

/// The kernels of one-token steps.
@Suite struct StepTests {
    /// Words panel by panel: of 64 rows, then of 16.
    private func packed(_ rows: Int, _ panel: (Range<Int>) -> [UInt32]) -> [UInt32] {
        var words: [UInt32] = []
        var first = 0
        while first < rows {
            let last = first + (rows - first >= 64 ? 64 : 16)
            words += panel(first..<last)
            first = last
        }
        return words
    }

    /// Each panel [columns][rows].
    private func packed(_ matrix: [Float], rows: Int, columns: Int) -> [UInt32] {
        packed(rows) { panel in
            var words: [UInt32] = []
            for column in 0..<columns { for row in panel { words.append(matrix[row * columns + column].bitPattern) } }
            return words
        }
    }

    /// Each panel [columns / 2][rows], the first column in the lower half. The weights are bfloat16 already.
    private func packedBF16(_ matrix: [Float], rows: Int, columns: Int) -> [UInt32] {
        packed(rows) { panel in
            var words: [UInt32] = []
            for column in stride(from: 0, to: columns, by: 2) {
                for row in panel {
                    let at = row * columns + column
                    words.append(matrix[at].bitPattern >> 16 | matrix[at + 1].bitPattern)
                }
            }
            return words
        }
    }

    /// Each panel: scales, corrections, [columns / 4][rows][4].
    private func packedInt8(_ matrix: [Int8], _ scales: [Float], rows: Int, columns: Int) -> [UInt32] {
        packed(rows) { panel in
            var words = panel.map { scales[$0].bitPattern }
            for row in panel {
                let sum = matrix[row * columns..<(row + 1) * columns].reduce(Int32(0)) { $0 + Int32($1) }
                words.append(UInt32(bitPattern: -128 * sum))
            }
            for column in stride(from: 0, to: columns, by: 4) {
                for row in panel {
                    let four = matrix[row * columns + column..<row * columns + column + 4]
                    words.append(four.reversed().reduce(0) { $0 << 8 | UInt32(UInt8(bitPattern: $1)) })
                }
            }
            return words
        }
    }

    /// Each panel: what takes back the inputs' offset, then for each 32 columns scales and [columns / 4][rows][4].
    private func packedGrouped(_ matrix: [Int8], _ scale: (Int, Int) -> Float, rows: Int, columns: Int) -> [UInt32] {
        packed(rows) { panel in
            let groups = stride(from: 0, to: columns, by: 32).map { $0..<min($0 + 32, columns) }
            var words = panel.map { row in
                groups.reduce(Float(0)) { offset, group in
                    let sum = group.reduce(0) { $0 + Int(matrix[row * columns + $1]) }
                    return offset - 8192 * Float(sum) * scale(row, group.lowerBound)
                }.bitPattern
            }
            for group in groups {
                let scales = panel.map { scale($0, group.lowerBound).bitPattern }
                for half in [0, 32] {
                    for index in half..<half + 16 { words.append(scales[index + 16] | scales[index] >> 16) }
                }
                for column in stride(from: group.lowerBound, to: group.upperBound, by: 4) {
                    for row in panel {
                        let four = matrix[row * columns + column..<row * columns + column + 4]
                        words.append(four.reversed().reduce(0) { $0 << 8 | UInt32(UInt8(bitPattern: $1)) })
                    }
                }
            }
            return words
        }
    }

    /// At the ends of the range too, where instructions that add pairs in 16 bits could saturate. A step of the cell is
    /// that of the lowest layer from the same sums, bit for bit.
    @Test(arguments: variants, [(64, 16), (192, 48), (1024, 256)]) func groupsOfColumns(
        variant: KernelVariant, size: (rows: Int, columns: Int)
    ) throws {
        let (rows, columns) = size
        let kernels = try table(variant)
        var numbers = Numbers(12)
        for extreme in [false, true] {
            let matrix = (0..<rows * columns).map { _ in
                extreme ? 127 : max(Int8(truncatingIfNeeded: numbers.next() >> 9), -127)
            }
            let input = (0..<columns).map { _ in extreme ? 8191 : Int(numbers.next() % 16_383) - 8191 }
            // Powers of two are bfloat16.
            func scale(_ row: Int, _ column: Int) -> Float { Float(1 << (row % 5 + column / 32 % 3)) / 0x400_0000 }
            var bytes = [UInt8](repeating: 0, count: 2 * columns + 1)
            kernels.quantize(.mixed)(&bytes, input.map { Float($0) / 8191 }, columns)
            #expect(bytes.last == 0, "wrote beyond the input")
            let start = numbers.array(rows)
            let packed = packedGrouped(matrix, scale, rows: rows, columns: columns)
            var output = [Float](repeating: .nan, count: rows + 1)
            kernels.affine(.mixed)(&output, start, packed, bytes, rows, columns)
            #expect(output[rows].isNaN, "wrote beyond the rows")
            var greatest = 0.0
            let expected = (0..<rows).map { row in
                (0..<columns).reduce(Double(start[row])) {
                    let product = Double(scale(row, $1)) * Double(matrix[row * columns + $1]) * Double(input[$1])
                    greatest = max(greatest, abs(product) * Double(columns))
                    return $0 + product
                }
            }
            #expect(largestDifference(output.prefix(rows), expected) < 1e-6 * greatest)

            let before = numbers.array(rows / 4)
            var (cell, hidden) = (before, [Float](repeating: .nan, count: rows / 4))
            kernels.lstmStep(.mixed)(&hidden, &cell, start, packed, bytes, rows / 4, columns)
            var (otherCell, otherHidden) = (before, hidden)
            kernels.lstmCell(.fp32)(&otherHidden, &otherCell, output, [UnsafeRawPointer?](), 0, rows / 4)
            #expect(cell == otherCell && hidden == otherHidden)
        }
    }

    @Test(arguments: variants, sizes) func affine(variant: KernelVariant, size: (rows: Int, columns: Int)) throws {
        let (rows, columns) = size
        let kernels = try table(variant)
        var numbers = Numbers(7)
        // Exact as bfloat16, so that both kernels are held to the same sums.
        let matrix = numbers.array(rows * columns).map { Float(bitPattern: $0.bitPattern & 0xFFFF_0000) }
        let (input, start) = (numbers.array(columns), numbers.array(rows))
        let expected = (0..<rows).map { row in
            (0..<columns).reduce(Double(start[row])) { $0 + Double(matrix[row * columns + $1]) * Double(input[$1]) }
        }
        var output = [Float](repeating: .nan, count: rows + 1)
        kernels.affine(.fp32)(&output, start, packed(matrix, rows: rows, columns: columns), input, rows, columns)
        #expect(largestDifference(output.prefix(rows), expected) < 1e-6 * Double(columns).squareRoot())
        #expect(output[rows].isNaN, "wrote beyond the rows")
        output = [Float](repeating: .nan, count: rows + 1)
        kernels.affine(.bf16)(&output, start, packedBF16(matrix, rows: rows, columns: columns), input, rows, columns)
        #expect(largestDifference(output.prefix(rows), expected) < 1e-6 * Double(columns).squareRoot())
        #expect(output[rows].isNaN, "wrote beyond the rows")
    }

    /// Bit for bit the integer sums, the same on every instruction set: with scale 1 and sums below 2²⁴ a float holds
    /// them. At the ends of the range too, where instructions that add pairs in 16 bits could saturate.
    @Test(arguments: variants, sizes) func integerSumsAreExact(
        variant: KernelVariant, size: (rows: Int, columns: Int)
    ) throws {
        let (rows, columns) = size
        let kernels = try table(variant)
        var numbers = Numbers(9)
        for extreme in [false, true] {
            func byte() -> Int8 {
                let number = Int8(truncatingIfNeeded: numbers.next() >> 9)
                return extreme ? (number < 0 ? -127 : 127) : max(number, -127)
            }
            var matrix = (0..<rows * columns).map { _ in byte() }
            var input = (0..<columns).map { _ in byte() }
            if extreme {
                // All of one sign in some rows.
                input.replaceSubrange(0..<columns, with: input.map { abs($0) })
                for column in 0..<columns { (matrix[column], matrix[columns + column]) = (127, -127) }
            }
            var bytes = [UInt8](repeating: 0, count: columns)
            kernels.quantize(.int8)(&bytes, input.map { Float($0) / 127 }, columns)
            let start = [Float](repeating: 0, count: rows)
            var output = [Float](repeating: .nan, count: rows + 1)
            let packed = packedInt8(matrix, [Float](repeating: 1, count: rows), rows: rows, columns: columns)
            kernels.affine(.int8)(&output, start, packed, bytes, rows, columns)
            let expected = (0..<rows).map { row in
                (0..<columns).reduce(0) { $0 + Int(matrix[row * columns + $1]) * Int(input[$1]) }
            }
            #expect(output.prefix(rows).map { Int($0) } == expected)
            #expect(output[rows].isNaN, "wrote beyond the rows")
        }
    }

    /// To the nearest 127th, halves to even: the inputs of a diagonal matrix come out again.
    @Test(arguments: variants) func quantizedInputs(variant: KernelVariant) throws {
        let kernels = try table(variant)
        let input: [Float] = [
            0, 1, -1, 0.5, -0.5, 1e-30, 0.49 / 127, 0.51 / 127, -0.49 / 127, -0.51 / 127, 126.4 / 127, 126.6 / 127,
            -126.6 / 127, 63.4 / 127, 2.0 / 127, 0.25,
        ]
        var diagonal = [Int8](repeating: 0, count: 256)
        for index in 0..<16 { diagonal[17 * index] = 1 }
        var scales = [Float](repeating: 1, count: 16)
        scales[15] = 0.5
        var bytes = [UInt8](repeating: 0, count: 16)
        kernels.quantize(.int8)(&bytes, input, 16)
        var output = [Float](repeating: .nan, count: 16)
        let start = [Float](repeating: 0.25, count: 16)
        kernels.affine(.int8)(&output, start, packedInt8(diagonal, scales, rows: 16, columns: 16), bytes, 16, 16)
        let expected: [Float] = [0, 127, -127, 64, -64, 0, 0, 1, 0, -1, 126, 127, -127, 63, 2, 16]
        #expect(output == expected.map { $0 + 0.25 })
    }

    /// Pre-activations of 48 units, some of which open or shut their gates for good.
    private let gates: [Float] = {
        var numbers = Numbers(8)
        var gates = numbers.array(48 * 4, scale: 6)
        for (unit, far) in [Float(100), -100, 1e30, -1e30].enumerated() {
            for gate in 0..<4 { gates[gate * 16 + unit] = far }
        }
        return gates
    }()

    private func expectedCell(_ gates: [Double], _ before: [Float]) -> (h: [Double], c: [Double]) {
        var (h, c): ([Double], [Double]) = ([], [])
        for (unit, cell) in before.enumerated() {
            let first = unit / 16 * 64 + unit % 16
            let x = stride(from: first, to: first + 64, by: 16).map { gates[$0] }
            c.append(logistic(x[1]) * Double(cell) + logistic(x[0]) * tanh(x[2]))
            h.append(logistic(x[3]) * tanh(c[unit]))
        }
        return (h, c)
    }

    /// With no, one and four rows of a table, as floats and as bfloat16.
    @Test(arguments: variants, [0, 1, 4]) func lowestLayer(variant: KernelVariant, count: Int) throws {
        let kernels = try table(variant)
        let units = 48
        var numbers = Numbers(10)
        let before = numbers.array(units, scale: 3)
        let table = numbers.array(count * units * 4).map { Float(bitPattern: $0.bitPattern & 0xFFFF_0000) }
        let pairs = stride(from: 0, to: table.count, by: 32).flatMap { first in
            (first..<first + 16).map { table[$0].bitPattern >> 16 | table[$0 + 16].bitPattern }
        }
        let sums = gates.indices.map { gate in
            (0..<count).reduce(Double(gates[gate])) { $0 + Double(table[$1 * units * 4 + gate]) }
        }
        let expected = expectedCell(sums, before)
        for precision in [WeightPrecision.fp32, .int8] {
            var cell = before
            var hidden = [Float](repeating: .nan, count: units)
            func play(_ base: UnsafeRawPointer, _ rowBytes: Int) {
                let rows = (0..<count).map { base + $0 * rowBytes } + [base]
                kernels.lstmCell(precision)(&hidden, &cell, gates, rows, count, units)
            }
            precision == .fp32 ? play(table + [0], units * 16) : play(pairs + [0], units * 8)
            #expect(largestDifference(cell, expected.c) < 1e-6)
            #expect(largestDifference(hidden, expected.h) < 1e-6)
        }
    }

    /// Beginning from the pre-activations, a matrix and an input besides.
    @Test(arguments: variants) func upperLayers(variant: KernelVariant) throws {
        let kernels = try table(variant)
        let (units, columns) = (48, 32)
        var numbers = Numbers(11)
        let before = numbers.array(units, scale: 3)
        let integers = (0..<units * 4 * columns).map { _ in Int8(truncatingIfNeeded: numbers.next() % 255) &- 127 }
        // Quarters of small integers: exact in all three forms.
        let matrix = integers.map { Float($0) / 128 }
        let input = (0..<columns).map { _ in Float(Int(numbers.next() % 255) - 127) / 127 }
        let scales = [Float](repeating: 1 / (128 * 127), count: units * 4)
        let sums = gates.indices.map { gate in
            (0..<columns).reduce(Double(gates[gate])) { $0 + Double(matrix[gate * columns + $1]) * Double(input[$1]) }
        }
        let expected = expectedCell(sums, before)
        var bytes = [UInt8](repeating: 0, count: columns)
        kernels.quantize(.int8)(&bytes, input, columns)
        for precision in [WeightPrecision.fp32, .bf16, .int8] {
            var cell = before
            var hidden = [Float](repeating: .nan, count: units)
            let step = kernels.lstmStep(precision)
            switch precision {
            case .fp32:
                step(&hidden, &cell, gates, packed(matrix, rows: units * 4, columns: columns), input, units, columns)
            case .bf16:
                step(
                    &hidden, &cell, gates, packedBF16(matrix, rows: units * 4, columns: columns), input, units, columns)
            case .int8, .mixed:
                step(
                    &hidden, &cell, gates, packedInt8(integers, scales, rows: units * 4, columns: columns), bytes,
                    units, columns)
            }
            #expect(largestDifference(cell, expected.c) < 3e-6, "\(precision)")
            #expect(largestDifference(hidden, expected.h) < 3e-6, "\(precision)")
        }
    }
}
