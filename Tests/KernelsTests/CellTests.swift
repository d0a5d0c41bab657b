import Glibc
import Kernels
import TestSupport
import Testing

@Suite struct CellTests {
    private let rows = 3
    private let hidden = 32

    private struct Cell {
        var gates: [Float]
        var before: [Float]
        var after: [Float]
        var squashed: [Float]
        var output: [Float]
    }

    private func forward(_ kernels: KernelTable, _ numbers: inout Numbers) -> (cell: Cell, inputs: [Float]) {
        let inputs = numbers.array(rows * 4 * hidden, scale: 4)
        let nothing = [Float](repeating: .nan, count: rows * hidden)
        var cell = Cell(
            gates: inputs, before: numbers.array(rows * hidden, scale: 2), after: nothing, squashed: nothing,
            output: nothing)
        kernels.lstmForward(&cell.gates, cell.before, &cell.after, &cell.squashed, &cell.output, rows, hidden)
        return (cell, inputs)
    }

    @Test(arguments: variants) func forward(variant: KernelVariant) throws {
        var numbers = Numbers(4)
        let (cell, inputs) = forward(try table(variant), &numbers)
        for row in 0..<rows {
            for unit in 0..<hidden {
                let x = (0..<4).map { Double(inputs[(row * 4 + $0) * hidden + unit]) }
                let at = row * hidden + unit
                let expected = [logistic(x[0]), logistic(x[1]), tanh(x[2]), logistic(x[3])]
                let c = expected[1] * Double(cell.before[at]) + expected[0] * expected[2]
                let found = (0..<4).map { cell.gates[(row * 4 + $0) * hidden + unit] }
                #expect(largestDifference(found, expected) < 3e-7)
                #expect(
                    largestDifference(
                        [cell.after[at], cell.squashed[at], cell.output[at]], [c, tanh(c), expected[3] * tanh(c)])
                        < 6e-7)
            }
        }
    }

    /// Against the derivative written out (Hochreiter & Schmidhuber's cell with a forget gate).
    @Test(arguments: variants) func backward(variant: KernelVariant) throws {
        let kernels = try table(variant)
        var numbers = Numbers(5)
        let (cell, _) = forward(kernels, &numbers)
        let (above, next) = (numbers.array(rows * hidden), numbers.array(rows * hidden))
        let fromCell = numbers.array(rows * hidden)
        var gates = cell.gates
        var cellGradient = fromCell
        kernels.lstmBackward(&gates, cell.before, cell.squashed, above, next, &cellGradient, rows, hidden)
        for row in 0..<rows {
            for unit in 0..<hidden {
                let at = row * hidden + unit
                let g = (0..<4).map { Double(cell.gates[(row * 4 + $0) * hidden + unit]) }
                let t = Double(cell.squashed[at])
                let dh = Double(above[at]) + Double(next[at])
                let dc = Double(fromCell[at]) + dh * g[3] * (1 - t * t)
                let expected = [
                    dc * g[2] * g[0] * (1 - g[0]), dc * Double(cell.before[at]) * g[1] * (1 - g[1]),
                    dc * g[0] * (1 - g[2] * g[2]), dh * t * g[3] * (1 - g[3]), dc * g[1],
                ]
                let found = (0..<4).map { gates[(row * 4 + $0) * hidden + unit] } + [cellGradient[at]]
                #expect(largestDifference(found, expected) < 1e-6)
            }
        }
    }
}
