/// The small passes around the matrix products. Counts and widths are multiples of 16.

/// rows[r] += table[index[r]], each `width` floats; a negative index adds nothing.
@inline(never)
func gatherAdd(
    _ rows: UnsafeMutablePointer<Float>, _ table: UnsafePointer<Float>, _ index: UnsafePointer<Int32>,
    _ count: Int, _ width: Int
) {
    for r in 0..<count where index[r] >= 0 {
        addTo(rows + r * width, table + Int(index[r]) * width, width)
    }
}

/// table[index[r]] += rows[r], in ascending r; a negative index is left out.
@inline(never)
func scatterAdd(
    _ table: UnsafeMutablePointer<Float>, _ rows: UnsafePointer<Float>, _ index: UnsafePointer<Int32>,
    _ count: Int, _ width: Int
) {
    for r in 0..<count where index[r] >= 0 {
        addTo(table + Int(index[r]) * width, rows + r * width, width)
    }
}

@inline(__always)
private func addTo(_ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ count: Int) {
    var i = 0
    while i < count {
        store(load(y, i) + load(x, i), y, i)
        i += 16
    }
}

/// y += x.
@inline(never)
func add(_ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ count: Int) { addTo(y, x, count) }

/// sums[j] += Σ_r x[r, j], for `columns` rounded up to 16.
@inline(never)
func addColumnSums(
    _ sums: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ stride: Int, _ rows: Int, _ columns: Int
) {
    var j = 0
    while j < columns {
        var total = load(sums, j)
        for r in 0..<rows { total += load(x, r * stride + j) }
        store(total, sums, j)
        j += 16
    }
}

/// y = x / (1 − p) or 0, with probability p = threshold / 2³²: inverted dropout. The draw of element i depends on
/// (key, first + i) alone, so the same call masks the gradient.
@inline(never)
func dropout(
    _ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ key: UInt32, _ first: UInt32,
    _ threshold: UInt32, _ scale: Float, _ count: Int
) {
    let lane = Bits(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    var i = 0
    while i < count {
        // The finaliser of MurmurHash3 over an odd multiple of the counter.
        var h = (lane &+ Bits(repeating: first &+ UInt32(truncatingIfNeeded: i))) &* Bits(repeating: 0x9E37_79B1)
        h ^= Bits(repeating: key)
        h ^= h &>> Bits(repeating: 16)
        h = h &* Bits(repeating: 0x85EB_CA6B)
        h ^= h &>> Bits(repeating: 13)
        h = h &* Bits(repeating: 0xC2B2_AE35)
        h ^= h &>> Bits(repeating: 16)
        let kept = load(x, i) * Vector(repeating: scale)
        store(kept.replacing(with: Vector.zero, where: h .< Bits(repeating: threshold)), y, i)
        i += 16
    }
}

/// x = tanh(x).
@inline(never)
func tanhForward(_ x: UnsafeMutablePointer<Float>, _ count: Int) {
    var i = 0
    while i < count {
        store(hyperbolicTangent(load(x, i)), x, i)
        i += 16
    }
}

/// dz = dz · (1 − z²), z the forward result.
@inline(never)
func tanhBackward(_ dz: UnsafeMutablePointer<Float>, _ z: UnsafePointer<Float>, _ count: Int) {
    var i = 0
    while i < count {
        let t = load(z, i)
        store(load(dz, i) * (Vector(repeating: 1) - t * t), dz, i)
        i += 16
    }
}

/// Σ x², lanes in Float over 4096 elements at a time, then in Double.
@inline(never)
func sumOfSquares(_ x: UnsafePointer<Float>, _ count: Int) -> Double {
    var total = 0.0
    var i = 0
    while i < count {
        let end = i + 4096 < count ? i + 4096 : count
        var part = Vector.zero
        while i < end {
            let v = load(x, i)
            part = fma(v, v, part)
            i += 16
        }
        total += Double(sum(part))
    }
    return total
}

/// Lane by lane, for the compiler to make one instruction of: `SIMD16.squareRoot()` is sixteen calls.
@inline(__always)
private func squareRoot(_ v: Vector) -> Vector {
    var root = v
    for i in 0..<16 { root[i] = v[i].squareRoot() }
    return root
}

/// Adam (Kingma & Ba 2015) with PyTorch's placing of ε: w −= stepSize · m / (√v · rootScale + ε), where
/// stepSize = rate / (1 − β₁ᵗ), rootScale = 1 / √(1 − β₂ᵗ), and the gradient is g · gradientScale.
@inline(never)
func adam(
    _ w: UnsafeMutablePointer<Float>, _ g: UnsafePointer<Float>, _ m: UnsafeMutablePointer<Float>,
    _ v: UnsafeMutablePointer<Float>, _ count: Int, _ gradientScale: Float, _ beta1: Float, _ beta2: Float,
    _ epsilon: Float, _ stepSize: Float, _ rootScale: Float
) {
    var i = 0
    while i < count {
        let gradient = load(g, i) * Vector(repeating: gradientScale)
        let first = fma(load(m, i), beta1, gradient * Vector(repeating: 1 - beta1))
        let second = fma(load(v, i), beta2, gradient * gradient * Vector(repeating: 1 - beta2))
        store(first, m, i)
        store(second, v, i)
        let denominator = fma(squareRoot(second), rootScale, Vector(repeating: epsilon))
        store(load(w, i) - first * Vector(repeating: stepSize) / denominator, w, i)
        i += 16
    }
}

/// y = exp(x).
@inline(never)
func exponentials(_ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ count: Int) {
    var i = 0
    while i < count {
        store(exponential(load(x, i)), y, i)
        i += 16
    }
}

/// y = log(x).
@inline(never)
func logarithms(_ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ count: Int) {
    var i = 0
    while i < count {
        store(logarithm(load(x, i)), y, i)
        i += 16
    }
}
