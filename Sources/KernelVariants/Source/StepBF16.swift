/// Matrix times vector with the weights as bfloat16, the upper half of a float: half the bytes. The products
/// are those of floats.
///
/// Layout: as in Step.swift, with two columns in each 32 bits, the first in the lower half: [columns / 2][64], then
/// [columns / 2][16].

/// Panel of 64 rows times `input`, added to `start`.
@inline(__always)
private func panel(_ weights: UnsafeRawPointer, _ input: UnsafePointer<Float>, _ columns: Int, _ start: Four) -> Four {
    var (a, b, c, d) = start
    #if VARIANT_V4
        // Eight chains, as of floats.
        var e = Vector.zero
        var f = Vector.zero
        var g = Vector.zero
        var h = Vector.zero
        var k = 0
        while k < columns {
            let w = weights + k * 128
            a = fma(lower(words(w, 0)), input[k], a)
            b = fma(lower(words(w, 1)), input[k], b)
            c = fma(lower(words(w, 2)), input[k], c)
            d = fma(lower(words(w, 3)), input[k], d)
            e = fma(upper(words(w, 0)), input[k + 1], e)
            f = fma(upper(words(w, 1)), input[k + 1], f)
            g = fma(upper(words(w, 2)), input[k + 1], g)
            h = fma(upper(words(w, 3)), input[k + 1], h)
            k += 2
        }
        return (a + e, b + f, c + g, d + h)
    #else
        var k = 0
        while k < columns {
            let w = weights + k * 128
            a = fma(lower(words(w, 0)), input[k], a)
            b = fma(lower(words(w, 1)), input[k], b)
            c = fma(lower(words(w, 2)), input[k], c)
            d = fma(lower(words(w, 3)), input[k], d)
            a = fma(upper(words(w, 0)), input[k + 1], a)
            b = fma(upper(words(w, 1)), input[k + 1], b)
            c = fma(upper(words(w, 2)), input[k + 1], c)
            d = fma(upper(words(w, 3)), input[k + 1], d)
            k += 2
        }
        return (a, b, c, d)
    #endif
}

/// output = start + matrix · input.
@inline(never)
func affineBF16(
    _ output: UnsafeMutablePointer<Float>, _ start: UnsafePointer<Float>, _ matrix: UnsafeRawPointer,
    _ input: UnsafeRawPointer, _ rows: Int, _ columns: Int
) {
    let input = input.assumingMemoryBound(to: Float.self)
    var row = 0
    while row + 64 <= rows {
        storeFour(panel(matrix + row * columns * 2, input, columns, loadFour(start + row)), output + row)
        row += 64
    }
    while row < rows {
        let weights = matrix + row * columns * 2
        var a = load(start, row)
        var b = Vector.zero
        var c = Vector.zero
        var d = Vector.zero
        var k = 0
        while k < columns {
            let w = weights + k * 32
            a = fma(lower(words(w, 0)), input[k], a)
            b = fma(upper(words(w, 0)), input[k + 1], b)
            c = fma(lower(words(w, 1)), input[k + 2], c)
            d = fma(upper(words(w, 1)), input[k + 3], d)
            k += 4
        }
        store((a + b) + (c + d), output, row)
        row += 16
    }
}

/// See `lstmStep`.
@inline(never)
func lstmStepBF16(
    _ hidden: UnsafeMutablePointer<Float>, _ cell: UnsafeMutablePointer<Float>, _ start: UnsafePointer<Float>,
    _ matrix: UnsafeRawPointer, _ input: UnsafeRawPointer, _ units: Int, _ columns: Int
) {
    let input = input.assumingMemoryBound(to: Float.self)
    var u = 0
    while u < units {
        let gates = panel(matrix + u * 8 * columns, input, columns, loadFour(start + u * 4))
        update(cell + u, hidden + u, gates)
        u += 16
    }
}
