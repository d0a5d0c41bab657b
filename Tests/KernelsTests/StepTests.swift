import Glibc
import Kernels
import Testing

private func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

/// The kernels of one-token steps.
@Suite struct StepTests {
    /// Panels of 64 rows, each [columns][64], then of 16 (KernelVariants, Step.swift).
    private func packed(_ matrix: [Float], rows: Int, columns: Int) -> [Float] {
        var packed: [Float] = []
        var first = 0
        while first < rows {
            let height = rows - first >= 64 ? 64 : 16
            for column in 0..<columns {
                for row in first..<first + height { packed.append(matrix[row * columns + column]) }
            }
            first += height
        }
        return packed
    }

    @Test(arguments: variants, [(16, 16), (64, 32), (208, 48), (512, 256)]) func affine(
        variant: KernelVariant, size: (rows: Int, columns: Int)
    ) throws {
        let (rows, columns) = size
        var numbers = Numbers(7)
        let (matrix, input, start) = (numbers.array(rows * columns), numbers.array(columns), numbers.array(rows))
        var output = [Float](repeating: .nan, count: rows + 1)
        try table(variant).affine(
            &output, start, packed(matrix, rows: rows, columns: columns), input, rows, columns)
        let expected = (0..<rows).map { row in
            (0..<columns).reduce(Double(start[row])) { $0 + Double(matrix[row * columns + $1]) * Double(input[$1]) }
        }
        #expect(largestDifference(output.prefix(rows), expected) < 1e-6 * Double(columns).squareRoot())
        #expect(output[rows].isNaN, "wrote beyond the rows")
    }

    @Test(arguments: variants) func cell(variant: KernelVariant) throws {
        let units = 48
        var numbers = Numbers(8)
        var gates = numbers.array(units * 4, scale: 6)
        let before = numbers.array(units, scale: 3)
        // Far beyond where each gate is open or shut.
        for (unit, far) in [Float(100), -100, 1e30, -1e30].enumerated() {
            for gate in 0..<4 { gates[gate * 16 + unit] = far }
        }
        var cell = before
        var hidden = [Float](repeating: .nan, count: units)
        try table(variant).lstmCell(&hidden, &cell, gates, units)
        let expected = (0..<units).map { unit in
            let x = (0..<4).map { Double(gates[unit / 16 * 64 + $0 * 16 + unit % 16]) }
            let c = logistic(x[1]) * Double(before[unit]) + logistic(x[0]) * tanh(x[2])
            return (h: logistic(x[3]) * tanh(c), c: c)
        }
        #expect(largestDifference(cell, expected.map(\.c)) < 6e-7)
        #expect(largestDifference(hidden, expected.map(\.h)) < 4e-7)
    }
}
