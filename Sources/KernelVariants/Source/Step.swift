/// One token at a time: matrix times vector, where every weight is read once, so the bytes of the weights are the
/// time. All counts are multiples of 16.
///
/// Layout of a matrix [rows, columns]: panels of 64 rows, each [columns][64], so that one pass down a panel reads
/// memory in order and ends with four sums in registers; what remains of the rows in panels of 16, each [columns][16].
/// The 64 rows of a gate matrix's panel are the gates i, f, g, o of 16 units, so it ends with all that its units need,
/// and their arithmetic overlaps with the reading of the next panel.
///
/// Here the weights are floats; StepBF16.swift, StepInt8.swift and StepGrouped.swift are the same with fewer bytes.

typealias Four = (Vector, Vector, Vector, Vector)

/// Four vectors in a row.
@inline(__always)
func loadFour(_ p: UnsafePointer<Float>) -> Four { (load(p), load(p, 16), load(p, 32), load(p, 48)) }

@inline(__always)
func storeFour(_ v: Four, _ p: UnsafeMutablePointer<Float>) {
    store(v.0, p)
    store(v.1, p, 16)
    store(v.2, p, 32)
    store(v.3, p, 48)
}

/// Panel of 64 rows times `input`, added to `start`.
@inline(__always)
private func panel(_ weights: UnsafePointer<Float>, _ input: UnsafePointer<Float>, _ columns: Int, _ start: Four)
    -> Four
{
    var (a, b, c, d) = start
    #if VARIANT_V4
        // Eight chains of sums: a fused multiply-add takes four cycles, and two can begin in each.
        var e = Vector.zero
        var f = Vector.zero
        var g = Vector.zero
        var h = Vector.zero
        var k = 0
        while k < columns {
            let w = weights + k * 64
            a = fma(load(w), input[k], a)
            b = fma(load(w, 16), input[k], b)
            c = fma(load(w, 32), input[k], c)
            d = fma(load(w, 48), input[k], d)
            e = fma(load(w, 64), input[k + 1], e)
            f = fma(load(w, 80), input[k + 1], f)
            g = fma(load(w, 96), input[k + 1], g)
            h = fma(load(w, 112), input[k + 1], h)
            k += 2
        }
        return (a + e, b + f, c + g, d + h)
    #else
        // Two registers (of eight lanes) a vector make eight chains already.
        var k = 0
        while k < columns {
            let w = weights + k * 64
            a = fma(load(w), input[k], a)
            b = fma(load(w, 16), input[k], b)
            c = fma(load(w, 32), input[k], c)
            d = fma(load(w, 48), input[k], d)
            k += 1
        }
        return (a, b, c, d)
    #endif
}

/// output = start + matrix · input, both floats.
@inline(never)
func affine(
    _ output: UnsafeMutablePointer<Float>, _ start: UnsafePointer<Float>, _ matrix: UnsafeRawPointer,
    _ input: UnsafeRawPointer, _ rows: Int, _ columns: Int
) {
    let matrix = matrix.assumingMemoryBound(to: Float.self)
    let input = input.assumingMemoryBound(to: Float.self)
    var row = 0
    while row + 64 <= rows {
        storeFour(panel(matrix + row * columns, input, columns, loadFour(start + row)), output + row)
        row += 64
    }
    while row < rows {
        let w = matrix + row * columns
        var a = load(start, row)
        var b = Vector.zero
        var c = Vector.zero
        var d = Vector.zero
        var k = 0
        while k < columns {
            a = fma(load(w, k * 16), input[k], a)
            b = fma(load(w, k * 16 + 16), input[k + 1], b)
            c = fma(load(w, k * 16 + 32), input[k + 2], c)
            d = fma(load(w, k * 16 + 48), input[k + 3], d)
            k += 4
        }
        store((a + b) + (c + d), output, row)
        row += 16
    }
}

/// An upper layer's step: the gates are start + matrix · input, in panel order. `cell` is updated, the new h goes to
/// `hidden`, which must not overlap `input`.
@inline(never)
func lstmStep(
    _ hidden: UnsafeMutablePointer<Float>, _ cell: UnsafeMutablePointer<Float>, _ start: UnsafePointer<Float>,
    _ matrix: UnsafeRawPointer, _ input: UnsafeRawPointer, _ units: Int, _ columns: Int
) {
    let matrix = matrix.assumingMemoryBound(to: Float.self)
    let input = input.assumingMemoryBound(to: Float.self)
    var u = 0
    while u < units {
        let gates = panel(matrix + u * 4 * columns, input, columns, loadFour(start + u * 4))
        update(cell + u, hidden + u, gates)
        u += 16
    }
}
