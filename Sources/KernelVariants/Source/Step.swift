/// One token at a time: matrix times vector, where every weight is read once, so the bytes of the weights are the
/// time. All counts are multiples of 16.
///
/// Layout of a matrix [rows, columns]: panels of 64 rows, each [columns][64], so that one pass down a panel reads
/// memory in order and ends with four sums in registers; what remains of the rows in panels of 16, each [columns][16].
/// The 64 rows of a gate matrix's panel are the gates i, f, g, o of 16 units.

private typealias Four = (Vector, Vector, Vector, Vector)

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

/// output = start + matrix · input.
@inline(never)
public func affine(
    _ output: UnsafeMutablePointer<Float>, _ start: UnsafePointer<Float>, _ matrix: UnsafePointer<Float>,
    _ input: UnsafePointer<Float>, _ rows: Int, _ columns: Int
) {
    var row = 0
    while row + 64 <= rows {
        let s = start + row
        let (a, b, c, d) = panel(
            matrix + row * columns, input, columns, (load(s), load(s, 16), load(s, 32), load(s, 48)))
        store(a, output, row)
        store(b, output, row + 16)
        store(c, output, row + 32)
        store(d, output, row + 48)
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

/// One LSTM cell: `gates` are the pre-activations, [units / 16][4 gates i, f, g, o][16]; `cell` is updated, the new h
/// goes to `hidden`.
@inline(never)
public func lstmCell(
    _ hidden: UnsafeMutablePointer<Float>, _ cell: UnsafeMutablePointer<Float>, _ gates: UnsafePointer<Float>,
    _ units: Int
) {
    let one = Vector(repeating: 1)
    var u = 0
    while u < units {
        // With I = e^−i and so on, logistic(i) · tanh(g) = (1 − G²) / ((1 + I) (1 + G²)): three divisions, not five.
        let g = gates + u * 4
        let i = exponential2(load(g), -1.442_695_04)
        let f = exponential2(load(g, 16), -1.442_695_04)
        let n = exponential2(load(g, 32), -2.885_390_08)
        let o = exponential2(load(g, 48), -1.442_695_04)
        let c = fma(one / (one + f), load(cell, u), (one - n) / ((one + i) * (one + n)))
        store(c, cell, u)
        let t = exponential2(c, -2.885_390_08)
        store((one - t) / ((one + o) * (one + t)), hidden, u)
        u += 16
    }
}
