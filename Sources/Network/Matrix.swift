// Not real-time: prepares matrices: from PyTorch's order into the kernels' order (KernelVariants: Step.swift, StepBF16.swift,
// StepInt8.swift, StepGrouped.swift).

import Kernels

func roundedUp(_ count: Int) -> Int { (count + 15) & ~15 }

/// A row-major matrix whose columns are rounded up to 16 with zeros.
struct Matrix {
    let rows: Int
    let columns: Int
    private(set) var values: [Float]

    init(_ weights: Weights, _ place: TensorPlace) {
        rows = place.shape[0]
        columns = roundedUp(place.shape[1])
        let source = weights[place]
        let padding = [Float](repeating: 0, count: columns - place.shape[1])
        values = []
        values.reserveCapacity(rows * columns)
        for start in stride(from: source.startIndex, to: source.endIndex, by: place.shape[1]) {
            values += source[start..<start + place.shape[1]]
            values += padding
        }
    }

    private init(rows: Int, columns: Int, values: [Float]) {
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    private func row(_ index: Int) -> ArraySlice<Float> { values[index * columns..<(index + 1) * columns] }

    /// These rows in this order; nil gives zeros.
    func selecting(_ order: [Int?]) -> Matrix {
        let zeros = [Float](repeating: 0, count: columns)[...]
        return Matrix(rows: order.count, columns: columns, values: order.flatMap { $0.map(row) ?? zeros })
    }

    var roundingUpRows: Matrix { selecting((0..<roundedUp(rows)).map { $0 < rows ? $0 : nil }) }

    /// Panels of 64 rows, then of 16, as 32-bit words. Rows are a multiple of 16.
    func packed(_ precision: WeightPrecision) -> [UInt32] {
        var words: [UInt32] = []
        words.reserveCapacity(values.count)
        var first = 0
        while first < rows {
            let panel = first..<first + (rows - first >= 64 ? 64 : 16)
            switch precision {
            case .fp32:
                for column in 0..<columns { for row in panel { words.append(self[row, column].bitPattern) } }
            case .bf16:
                for column in stride(from: 0, to: columns, by: 2) {
                    for row in panel {
                        words.append(upperHalf(self[row, column + 1]) << 16 | upperHalf(self[row, column]))
                    }
                }
            case .mixed: appendGrouped(panel, to: &words)
            case .int8: appendInt8(panel, to: &words)
            }
            first = panel.upperBound
        }
        return words
    }

    /// Bytes of `packed`, for a matrix before its rounding up.
    static func byteCount(rows: Int, columns: Int, _ precision: WeightPrecision) -> Int {
        let (rows, columns) = (roundedUp(rows), roundedUp(columns))
        return switch precision {
        case .fp32: 4 * rows * columns
        case .bf16: 2 * rows * columns
        case .mixed: rows * columns + 4 * rows + (columns + 31) / 32 * 2 * rows
        case .int8: rows * columns + 8 * rows
        }
    }

    private subscript(_ row: Int, _ column: Int) -> Float { values[row * columns + column] }

    /// Scales over 127, what VNNI's offset of the inputs adds, and four columns of weights a word.
    private func appendInt8(_ panel: Range<Int>, to words: inout [UInt32]) {
        let scales = panel.map { row(at: $0).scale }
        let weights = panel.map { row(at: $0).bytes }
        words += scales.map { ($0 / 127).bitPattern }
        words += weights.map { UInt32(bitPattern: $0.reduce(0) { $0 - 128 * Int32($1) }) }
        for column in stride(from: 0, to: columns, by: 4) {
            for bytes in weights {
                words.append(fourBytes(bytes[column..<column + 4]))
            }
        }
    }

    /// What the offset of the inputs adds, then for each 32 columns scales over 8191 and four columns of weights a word.
    private func appendGrouped(_ panel: Range<Int>, to words: inout [UInt32]) {
        var offsets = [Float](repeating: 0, count: panel.count)
        var groups: [UInt32] = []
        for first in stride(from: 0, to: columns, by: 32) {
            let rows = panel.map { quantized(row($0).dropFirst(first).prefix(32)) }
            for (index, (scale, bytes)) in rows.enumerated() {
                offsets[index] -= 8192 * scale * Float(bytes.reduce(0) { $0 + Int32($1) })
            }
            groups += pairs(rows.map(\.scale))
            for column in stride(from: 0, to: min(32, columns - first), by: 4) {
                for (_, bytes) in rows { groups.append(fourBytes(bytes[column..<column + 4])) }
            }
        }
        words += offsets.map(\.bitPattern) + groups
    }

    /// Weights as bytes · scale · 8191, the scale a bfloat16: of the first eight that keep the largest weight, the one with
    /// the least squared error. The divergence from fp32 is a tenth less than with the first (`continuo bench precision`).
    private func quantized(_ weights: ArraySlice<Float>) -> (scale: Float, bytes: [Int8]) {
        let largest = weights.reduce(0) { max($0, abs($1)) }
        guard largest > 1e-30 else { return (0, [Int8](repeating: 0, count: weights.count)) }
        // Of a scale that was rounded down, the largest is 127.25 at most.
        let first = upperHalf(largest / 127 / 8191)
        // Of weights beyond 1e19 all errors are infinite, and the first scale as good as any.
        var best = (error: Float.infinity, scale: Float(bitPattern: first << 16))
        for half in first..<first + 8 {
            let scale = Float(bitPattern: half << 16)
            let unit = scale * 8191
            let error = weights.reduce(Float(0)) { sum, weight in
                let off = weight - (weight / unit).rounded() * unit
                return sum + off * off
            }
            if error < best.error { best = (error, scale) }
        }
        return (best.scale, weights.map { Int8(($0 / (best.scale * 8191)).rounded()) })
    }

    /// A row as `bytes` · `scale`: the largest weight becomes ±127.
    private func row(at index: Int) -> (scale: Float, bytes: [Int8]) {
        let row = row(index)
        let scale = row.reduce(0) { max($0, abs($1)) } / 127
        // Of no weight to speak of, but a divisor that may be flushed to zero.
        guard scale > 1e-30 else { return (0, [Int8](repeating: 0, count: columns)) }
        return (scale, row.map { Int8(($0 / scale).rounded()) })
    }
}

private func fourBytes(_ bytes: ArraySlice<Int8>) -> UInt32 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt32(UInt8(bitPattern: $1)) }
}

/// As bfloat16. Of each 64, the first sixteen in the lower halves of words, the second in the upper; so the third and fourth.
func pairs(_ values: [Float]) -> [UInt32] {
    stride(from: 0, to: values.count, by: 32).flatMap { first in
        (first..<first + 16).map { upperHalf(values[$0 + 16]) << 16 | upperHalf(values[$0]) }
    }
}

/// The nearest bfloat16, ties to even.
func upperHalf(_ value: Float) -> UInt32 {
    let bits = value.bitPattern
    return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16
}
