/// Matrix times vector with 8-bit weights, a scale for each row, and inputs in ±1 of which 127 parts are told apart: a
/// quarter of the bytes. The sums are exact integers, the same on every instruction set (ByteSums.swift).
///
/// Layout: panels of 64 rows, then of 16, as in Step.swift. A panel is a float for each row, scale / 127; an Int32 for each
/// row, −128·Σ weights; then [columns / 4][rows][4] weights in −127…127.

@inline(__always)
func converted(_ integers: SIMD16<Int32>) -> Vector {
    var floats = Vector.zero
    // Lane by lane, for the compiler to make one instruction of.
    for i in 0..<16 { floats[i] = Float(integers[i]) }
    return floats
}

/// start + sums · scale.
@inline(__always)
private func scaled(_ sums: Sums, _ scales: UnsafeRawPointer, _ start: Vector) -> Vector {
    fma(converted(integers(sums)), scales.loadUnaligned(as: Vector.self), start)
}

/// Panel of 64 rows times `input`, added to `start`.
@inline(__always)
private func panel(_ panel: UnsafeRawPointer, _ input: UnsafeRawPointer, _ columns: Int, _ start: Four) -> Four {
    var a = begin(panel + 256)
    var b = begin(panel + 320)
    var c = begin(panel + 384)
    var d = begin(panel + 448)
    let weights = panel + 512
    var k = 0
    while k < columns {
        let w = weights + k * 64
        let x = four(input + k)
        add(&a, w, x)
        add(&b, w + 64, x)
        add(&c, w + 128, x)
        add(&d, w + 192, x)
        k += 4
    }
    return (
        scaled(a, panel, start.0), scaled(b, panel + 64, start.1), scaled(c, panel + 128, start.2),
        scaled(d, panel + 192, start.3)
    )
}

/// output = start + matrix · input / 127, with the input from `quantize`.
@inline(never)
func affineInt8(
    _ output: UnsafeMutablePointer<Float>, _ start: UnsafePointer<Float>, _ matrix: UnsafeRawPointer,
    _ input: UnsafeRawPointer, _ rows: Int, _ columns: Int
) {
    var row = 0
    while row + 64 <= rows {
        let panel = panel(matrix + row * (columns + 8), input, columns, loadFour(start + row))
        storeFour(panel, output + row)
        row += 64
    }
    while row < rows {
        let panel = matrix + row * (columns + 8)
        var a = begin(panel + 64)
        var k = 0
        while k < columns {
            add(&a, panel + 128 + k * 16, four(input + k))
            k += 4
        }
        store(scaled(a, panel, load(start, row)), output, row)
        row += 16
    }
}

/// See `lstmStep`.
@inline(never)
func lstmStepInt8(
    _ hidden: UnsafeMutablePointer<Float>, _ cell: UnsafeMutablePointer<Float>, _ start: UnsafePointer<Float>,
    _ matrix: UnsafeRawPointer, _ input: UnsafeRawPointer, _ units: Int, _ columns: Int
) {
    var u = 0
    while u < units {
        let gates = panel(matrix + u * 4 * (columns + 8), input, columns, loadFour(start + u * 4))
        update(cell + u, hidden + u, gates)
        u += 16
    }
}

/// Floats in ±1 as 127ths, to nearest, in the form that `affineInt8` of this instruction set reads.
@inline(never)
func quantize(_ bytes: UnsafeMutablePointer<UInt8>, _ x: UnsafePointer<Float>, _ count: Int) {
    var at = 0
    while at < count {
        // 1.5·2²³: adding it rounds to an integer, which then stands in the low bits.
        let integers = bits(load(x, at) * Vector(repeating: 127) + Vector(repeating: 12_582_912))
        var lowest = SIMD16<UInt8>.zero
        // Lane by lane, for the compiler to make one instruction of.
        for i in 0..<16 { lowest[i] = UInt8(truncatingIfNeeded: integers[i]) }
        UnsafeMutableRawPointer(bytes + at).storeBytes(
            of: lowest &+ SIMD16<UInt8>(repeating: inputOffset), as: SIMD16<UInt8>.self)
        at += 16
    }
}
