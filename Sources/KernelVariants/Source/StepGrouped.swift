/// Matrix times vector with 8-bit weights, finer than in StepInt8.swift: 32 weights of a row share a scale, and 16,383 parts of
/// inputs in ±1 are told apart. Gate matrices only, whose rows are a multiple of 64. The sums of a group are exact integers.
///
/// Layout: panels of 64 rows. A panel is a float for each row, which takes back what the inputs' offset adds; then for each 32
/// columns (of the last 16 perhaps) a scale for each row, as bfloat16 in two words of sixteen pairs, and [columns / 4][rows][4]
/// weights in −127…127. Input: the upper seven bits of each number, then the lower seven.

/// sums · scale of sixteen rows and one group, added to `start`.
@inline(__always)
private func scaled(_ sums: FineSums, _ scales: Vector, _ start: Vector) -> Vector {
    fma(converted(integersFine(sums)), scales, start)
}

/// Panel of 64 rows times `input`, added to `start`.
@inline(__always)
private func panel(_ panel: UnsafeRawPointer, _ input: UnsafeRawPointer, _ columns: Int, _ start: Four) -> Four {
    var a = start.0 + panel.loadUnaligned(as: Vector.self)
    var b = start.1 + panel.loadUnaligned(fromByteOffset: 64, as: Vector.self)
    var c = start.2 + panel.loadUnaligned(fromByteOffset: 128, as: Vector.self)
    var d = start.3 + panel.loadUnaligned(fromByteOffset: 192, as: Vector.self)
    var w = panel + 256
    var k = 0
    while k < columns {
        let end = k + 32 < columns ? k + 32 : columns
        let first = words(w, 0)
        let second = words(w, 1)
        w += 128
        var (aSums, bSums, cSums, dSums) = (nothingFine, nothingFine, nothingFine, nothingFine)
        while k < end {
            let x = four(input + k)
            let y = four(input + columns + k)
            addFine(&aSums, w, x, y)
            addFine(&bSums, w + 64, x, y)
            addFine(&cSums, w + 128, x, y)
            addFine(&dSums, w + 192, x, y)
            w += 256
            k += 4
        }
        a = scaled(aSums, lower(first), a)
        b = scaled(bSums, upper(first), b)
        c = scaled(cSums, lower(second), c)
        d = scaled(dSums, upper(second), d)
    }
    return (a, b, c, d)
}

/// Bytes of a panel.
@inline(__always)
private func panelBytes(_ columns: Int) -> Int { 256 + (columns + 31) / 32 * 128 + columns * 64 }

/// output = start + matrix · input, with the input from `quantizeFinely`. Rows: a multiple of 64.
@inline(never)
func affineGrouped(
    _ output: UnsafeMutablePointer<Float>, _ start: UnsafePointer<Float>, _ matrix: UnsafeRawPointer,
    _ input: UnsafeRawPointer, _ rows: Int, _ columns: Int
) {
    var matrix = matrix
    var row = 0
    while row < rows {
        storeFour(panel(matrix, input, columns, loadFour(start + row)), output + row)
        matrix += panelBytes(columns)
        row += 64
    }
}

/// See `lstmStep`.
@inline(never)
func lstmStepGrouped(
    _ hidden: UnsafeMutablePointer<Float>, _ cell: UnsafeMutablePointer<Float>, _ start: UnsafePointer<Float>,
    _ matrix: UnsafeRawPointer, _ input: UnsafeRawPointer, _ units: Int, _ columns: Int
) {
    var matrix = matrix
    var u = 0
    while u < units {
        update(cell + u, hidden + u, panel(matrix, input, columns, loadFour(start + u * 4)))
        matrix += panelBytes(columns)
        u += 16
    }
}

/// Floats in ±1 as 8191ths, to nearest, plus 8192: two bytes each, the upper seven bits of all of them first.
@inline(never)
func quantizeFinely(_ bytes: UnsafeMutablePointer<UInt8>, _ x: UnsafePointer<Float>, _ count: Int) {
    var at = 0
    while at < count {
        // As in `quantize`.
        let integers = bits(load(x, at) * Vector(repeating: 8191) + Vector(repeating: 12_582_912 + 8192))
        var upper = SIMD16<UInt8>.zero
        var lower = SIMD16<UInt8>.zero
        for i in 0..<16 { upper[i] = UInt8(truncatingIfNeeded: integers[i] &>> 7) & 127 }
        for i in 0..<16 { lower[i] = UInt8(truncatingIfNeeded: integers[i]) & 127 }
        let target = UnsafeMutableRawPointer(bytes + at)
        target.storeBytes(of: upper, as: SIMD16<UInt8>.self)
        target.storeBytes(of: lower, toByteOffset: count, as: SIMD16<UInt8>.self)
        at += 16
    }
}
