/// The LSTM cell, forward and backward, for training: gate order i, f, g, o as in PyTorch's nn.LSTM.
/// `hidden` is a multiple of 16.

/// In: pre-activations `gates` [rows, 4·hidden], cell states `cellIn` [rows, hidden].
/// Out: activations in `gates`, `cellOut`, tanh(cellOut) in `squashed`, and `hiddenOut`, all [rows, hidden].
@inline(never)
func lstmForward(
    _ gates: UnsafeMutablePointer<Float>, _ cellIn: UnsafePointer<Float>, _ cellOut: UnsafeMutablePointer<Float>,
    _ squashed: UnsafeMutablePointer<Float>, _ hiddenOut: UnsafeMutablePointer<Float>, _ rows: Int, _ hidden: Int
) {
    for row in 0..<rows {
        let g = gates + row * 4 * hidden
        let at = row * hidden
        var u = 0
        while u < hidden {
            let i = logistic(load(g, u))
            let f = logistic(load(g, u + hidden))
            let n = hyperbolicTangent(load(g, u + 2 * hidden))
            let o = logistic(load(g, u + 3 * hidden))
            let c = fma(f, load(cellIn, at + u), i * n)
            let t = hyperbolicTangent(c)
            store(i, g, u)
            store(f, g, u + hidden)
            store(n, g, u + 2 * hidden)
            store(o, g, u + 3 * hidden)
            store(c, cellOut, at + u)
            store(t, squashed, at + u)
            store(o * t, hiddenOut, at + u)
            u += 16
        }
    }
}

/// In: activations `gates`, `cellIn` and `squashed` of the forward step, the gradient of hiddenOut in two summands
/// (from above, from the next step), and that of cellOut in `cellGradient`.
/// Out: gradients of the pre-activations in `gates`, of cellIn in `cellGradient`.
@inline(never)
func lstmBackward(
    _ gates: UnsafeMutablePointer<Float>, _ cellIn: UnsafePointer<Float>, _ squashed: UnsafePointer<Float>,
    _ fromAbove: UnsafePointer<Float>, _ fromNext: UnsafePointer<Float>,
    _ cellGradient: UnsafeMutablePointer<Float>, _ rows: Int, _ hidden: Int
) {
    let one = Vector(repeating: 1)
    for row in 0..<rows {
        let g = gates + row * 4 * hidden
        let at = row * hidden
        var u = 0
        while u < hidden {
            let i = load(g, u)
            let f = load(g, u + hidden)
            let n = load(g, u + 2 * hidden)
            let o = load(g, u + 3 * hidden)
            let t = load(squashed, at + u)
            let dh = load(fromAbove, at + u) + load(fromNext, at + u)
            let dc = fma(dh * o, one - t * t, load(cellGradient, at + u))
            store(dc * n * i * (one - i), g, u)
            store(dc * load(cellIn, at + u) * f * (one - f), g, u + hidden)
            store(dc * i * (one - n * n), g, u + 2 * hidden)
            store(dh * t * o * (one - o), g, u + 3 * hidden)
            store(dc * f, cellGradient, at + u)
            u += 16
        }
    }
}
