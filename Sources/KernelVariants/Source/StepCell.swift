/// The cell of an LSTM for one token; Gates.swift has the trainer's.

/// c and h of sixteen units from the pre-activations of their gates i, f, g, o. `@_transparent` as the functions of
/// VectorMath.swift.
@_transparent
func update(_ cell: UnsafeMutablePointer<Float>, _ hidden: UnsafeMutablePointer<Float>, _ gates: Four) {
    // With I = e^−i, G = e^−2g and so on, logistic(i) · tanh(g) = (1 − G) / ((1 + I) (1 + G)): three divisions, not five.
    let one = Vector(repeating: 1)
    let i = exponential2(gates.0, -1.442_695_04)
    let f = exponential2(gates.1, -1.442_695_04)
    let g = exponential2(gates.2, -2.885_390_08)
    let o = exponential2(gates.3, -1.442_695_04)
    let c = fma(one / (one + f), load(cell), (one - g) / ((one + i) * (one + g)))
    store(c, cell)
    let t = exponential2(c, -2.885_390_08)
    store((one - t) / ((one + o) * (one + t)), hidden)
}

/// The lowest layer's step: the gates are `gates`, in panel order, and `count` rows of the input's table, to which
/// pointers lie at `rows`. `cell` is updated, the new h goes to `hidden`.
@inline(never)
func lstmCell(
    _ hidden: UnsafeMutablePointer<Float>, _ cell: UnsafeMutablePointer<Float>, _ gates: UnsafePointer<Float>,
    _ rows: UnsafeRawPointer, _ count: Int, _ units: Int
) {
    var u = 0
    while u < units {
        var (i, f, g, o) = loadFour(gates + u * 4)
        for index in 0..<count {
            let row = rows.load(fromByteOffset: index * 8, as: UnsafePointer<Float>.self) + u * 4
            i += load(row)
            f += load(row, 16)
            g += load(row, 32)
            o += load(row, 48)
        }
        update(cell + u, hidden + u, (i, f, g, o))
        u += 16
    }
}

/// The same with rows of bfloat16, two in each 32 bits: [units / 16][i, f then g, o][16], the first in the lower half.
@inline(never)
func lstmCellBF16(
    _ hidden: UnsafeMutablePointer<Float>, _ cell: UnsafeMutablePointer<Float>, _ gates: UnsafePointer<Float>,
    _ rows: UnsafeRawPointer, _ count: Int, _ units: Int
) {
    var u = 0
    while u < units {
        var (i, f, g, o) = loadFour(gates + u * 4)
        for index in 0..<count {
            let row = rows.load(fromByteOffset: index * 8, as: UnsafeRawPointer.self) + u * 8
            i += lower(words(row, 0))
            f += upper(words(row, 0))
            g += lower(words(row, 1))
            o += upper(words(row, 1))
        }
        update(cell + u, hidden + u, (i, f, g, o))
        u += 16
    }
}
