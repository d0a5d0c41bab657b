/// exp, log, tanh and the logistic function on sixteen lanes: the polynomials of S. Moshier's Cephes library
/// (expf.c, logf.c, tanhf.c), within a few units in the last place. Own code, not libm's, so that a model says
/// the same on every machine of one kernel variant. `@_transparent`, since several uses of an `@inline(__always)`
/// function in one loop became calls that pass sixteen lanes as four registers (the LSTM gates took 2.7 times as long).

/// 1.5·2²³: adding it rounds a small float to an integer, which then stands in the low mantissa bits.
@inline(__always)
private var rounder: Float { 12_582_912 }

/// Flushes to 0 below e^−87, saturates above e^88.
@_transparent
func exponential(_ x: Vector) -> Vector {
    let low = Vector(repeating: -87)
    let high = Vector(repeating: 88)
    var r = x.replacing(with: low, where: x .< low)
    r = r.replacing(with: high, where: r .> high)
    let shifted = fma(r, 1.442_695_04, Vector(repeating: rounder))
    let n = shifted - Vector(repeating: rounder)
    r = fma(n, -0.693_359_375, r)
    r = fma(n, 2.121_944_4e-4, r)
    var p = Vector(repeating: 1.987_569_15e-4)
    p = fma(p, r, Vector(repeating: 1.398_199_95e-3))
    p = fma(p, r, Vector(repeating: 8.333_451_9e-3))
    p = fma(p, r, Vector(repeating: 4.166_579_6e-2))
    p = fma(p, r, Vector(repeating: 1.666_666_55e-1))
    p = fma(p, r, Vector(repeating: 5.000_000_12e-1))
    p = fma(p, r * r, r) + Vector(repeating: 1)
    let exponent = (bits(shifted) &- Bits(repeating: 0x4B40_0000) &+ Bits(repeating: 127)) &<< Bits(repeating: 23)
    let y = p * floats(exponent)
    return y.replacing(with: Vector.zero, where: x .< low)
}

/// 2^(x·factor), the exponent held within ±43: for the gates, where 1 + e^−30 is 1. Absolute error of a logistic or tanh
/// made of it: 2e-7.
@_transparent
func exponential2(_ x: Vector, _ factor: Float) -> Vector {
    var t = x * Vector(repeating: factor)
    t = t.replacing(with: Vector(repeating: -43), where: t .< Vector(repeating: -43))
    t = t.replacing(with: Vector(repeating: 43), where: t .> Vector(repeating: 43))
    let shifted = t + Vector(repeating: rounder)
    let r = t - (shifted - Vector(repeating: rounder))
    // The minimax polynomial of 2^r over ±½, within 2⁻²⁶ of it.
    var p = Vector(repeating: 1.535_336_18e-4)
    p = fma(p, r, Vector(repeating: 1.339_887_45e-3))
    p = fma(p, r, Vector(repeating: 9.618_437_4e-3))
    p = fma(p, r, Vector(repeating: 5.550_332_47e-2))
    p = fma(p, r, Vector(repeating: 2.402_264_79e-1))
    p = fma(p, r, Vector(repeating: 6.931_472_03e-1))
    p = fma(p, r, Vector(repeating: 1))
    // The integer stands in the low bits of `shifted`.
    return floats(bits(p) &+ (bits(shifted) &<< Bits(repeating: 23)))
}

/// Natural logarithm of positive normal numbers.
@_transparent
func logarithm(_ x: Vector) -> Vector {
    // x = m·2^e with m in [√½, √2).
    let offset = Bits(repeating: 0x3F35_04F3)
    let shifted = bits(x) &- offset
    let exponent = unsafeBitCast(
        unsafeBitCast(shifted, to: SIMD16<Int32>.self) &>> SIMD16<Int32>(repeating: 23), to: Bits.self)
    let e = floats(exponent &+ Bits(repeating: 0x4B40_0000)) - Vector(repeating: rounder)
    let m = floats((shifted & Bits(repeating: 0x007F_FFFF)) &+ offset) - Vector(repeating: 1)
    var p = Vector(repeating: 7.037_683_63e-2)
    p = fma(p, m, Vector(repeating: -1.151_461_03e-1))
    p = fma(p, m, Vector(repeating: 1.167_699_87e-1))
    p = fma(p, m, Vector(repeating: -1.242_014_08e-1))
    p = fma(p, m, Vector(repeating: 1.424_932_28e-1))
    p = fma(p, m, Vector(repeating: -1.666_805_77e-1))
    p = fma(p, m, Vector(repeating: 2.000_071_48e-1))
    p = fma(p, m, Vector(repeating: -2.499_999_4e-1))
    p = fma(p, m, Vector(repeating: 3.333_333_12e-1))
    let z = m * m
    var y = p * m * z
    y = fma(e, -2.121_944_4e-4, y)
    y = fma(z, -0.5, y)
    return fma(e, 0.693_359_375, m + y)
}

/// 1 / (1 + e^−x).
@_transparent
func logistic(_ x: Vector) -> Vector {
    let one = Vector(repeating: 1)
    return one / (one + exponential(-x))
}

@_transparent
func hyperbolicTangent(_ x: Vector) -> Vector {
    let one = Vector(repeating: 1)
    let sign = bits(x) & Bits(repeating: 0x8000_0000)
    let magnitude = floats(bits(x) & Bits(repeating: 0x7FFF_FFFF))
    let large = one - Vector(repeating: 2) / (exponential(magnitude + magnitude) + one)
    let z = x * x
    var p = Vector(repeating: -5.704_988_73e-3)
    p = fma(p, z, Vector(repeating: 2.063_908_88e-2))
    p = fma(p, z, Vector(repeating: -5.373_971_56e-2))
    p = fma(p, z, Vector(repeating: 1.333_144_22e-1))
    p = fma(p, z, Vector(repeating: -3.333_328_19e-1))
    let small = fma(p * z, x, x)
    return floats(bits(large) | sign).replacing(with: small, where: magnitude .< Vector(repeating: 0.625))
}
