/// Multiply-adds that nothing holds up but their units: the ceiling over every matrix product.

/// Vectors of 16 floats multiplied and added in a round.
@inline(__always)
private var chains: Int {
    #if VARIANT_V4
        12
    #elseif VARIANT_V3
        6
    #else
        2
    #endif
}

/// As many chains as hide the units' latency and fit the registers.
/// - Parameter lanes: 16 floats, added to.
/// - Returns: floating-point operations done, a multiplication and an addition being two.
@inline(never)
func multiplyAdd(_ lanes: UnsafeMutablePointer<Float>, _ rounds: Int) -> Int {
    let factor = load(lanes)
    let scale = Vector(repeating: 0.5)
    #if VARIANT_V3 || VARIANT_V4
        var x4 = factor
        var x5 = factor
        var x2 = factor
        var x3 = factor
    #endif
    #if VARIANT_V4
        var x6 = factor
        var x7 = factor
        var x8 = factor
        var x9 = factor
        var x10 = factor
        var x11 = factor
    #endif
    var x0 = factor
    var x1 = factor
    for _ in 0..<rounds {
        x0 = fma(x0, scale, factor)
        x1 = fma(x1, scale, factor)
        #if VARIANT_V3 || VARIANT_V4
            x2 = fma(x2, scale, factor)
            x3 = fma(x3, scale, factor)
            x4 = fma(x4, scale, factor)
            x5 = fma(x5, scale, factor)
        #endif
        #if VARIANT_V4
            x6 = fma(x6, scale, factor)
            x7 = fma(x7, scale, factor)
            x8 = fma(x8, scale, factor)
            x9 = fma(x9, scale, factor)
            x10 = fma(x10, scale, factor)
            x11 = fma(x11, scale, factor)
        #endif
    }
    var total = x0 + x1
    #if VARIANT_V3 || VARIANT_V4
        total += (x2 + x3) + (x4 + x5)
    #endif
    #if VARIANT_V4
        total += ((x6 + x7) + (x8 + x9)) + (x10 + x11)
    #endif
    store(total, lanes)
    return rounds * chains * 32
}
