/// Softmax cross-entropy over the legal classes of each row.

/// Lane j of a vector of sixteen classes is legal if bit j is set.
@inline(__always)
func legalLanes(_ words: UnsafePointer<UInt64>, _ first: Int) -> SIMDMask<SIMD16<Int32>> {
    let lane = Bits(
        1, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12,
        1 << 13, 1 << 14, 1 << 15)
    let sixteen = UInt32(truncatingIfNeeded: words[first >> 6] >> UInt64(truncatingIfNeeded: first & 63))
    return (Bits(repeating: sixteen) & lane) .!= Bits(repeating: 0)
}

/// In: `logits` [rows, stride], stride = classes rounded up to 16; `bias` [classes], readable up to the stride;
/// `legal`, one bit a class from `legalStride` words a row (bits from `classes` on are 0, the target's is 1);
/// `targets` [rows].
/// Out: gradient of scale · Σ nats in `logits` (0 where illegal), nats a row in `nats`.
/// - Returns: rows whose most probable class is the target.
@inline(never)
func softmaxCrossEntropy(
    _ logits: UnsafeMutablePointer<Float>, _ stride: Int, _ bias: UnsafePointer<Float>,
    _ legal: UnsafePointer<UInt64>, _ legalStride: Int, _ targets: UnsafePointer<Int32>, _ scale: Float,
    _ nats: UnsafeMutablePointer<Float>, _ rows: Int
) -> Int {
    let illegal = Vector(repeating: -1e30)
    var hits = 0
    for row in 0..<rows {
        let l = logits + row * stride
        let words = legal + row * legalStride
        let target = Int(targets[row])
        var highest = illegal
        var at = 0
        while at < stride {
            let v = illegal.replacing(with: load(l, at) + load(bias, at), where: legalLanes(words, at))
            store(v, l, at)
            highest = maximum(highest, v)
            at += 16
        }
        let top = maximum(highest)
        let goal = l[target]
        if goal == top { hits += 1 }
        var total = Vector.zero
        at = 0
        while at < stride {
            let e = exponential(load(l, at) - Vector(repeating: top))
            store(e, l, at)
            total += e
            at += 16
        }
        let sum = sum(total)
        nats[row] = logarithm(Vector(repeating: sum))[0] - (goal - top)
        let factor = Vector(repeating: scale / sum)
        at = 0
        while at < stride {
            store(load(l, at) * factor, l, at)
            at += 16
        }
        l[target] -= scale
    }
    return hits
}
