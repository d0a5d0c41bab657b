/// The update of a matrix that learns while it is played (Network: Adaptation.swift).

/// Sixteen rows of it, each `columns` wide, an even number. The step is a sum of four outer products, u·v:
///
///     D ← keep · D + Σ_t u_t v_tᵀ,    E ← E + share · (D − E),    played = base + scale · E
///
/// `fast` (D), `slow` (E) and `base`: [columns][16], `base` with `baseStep` floats from one column to the next, so that 0
/// repeats one. `u`: four times sixteen floats, `uStride` apart; `v`: four times `columns`, `vStride` apart. `played`: floats,
/// or bfloat16 with two columns in each 32 bits, the first in the lower half; `playedStride` bytes from a column, or from
/// a pair of them, to the next.
@inline(never)
func adaptPanel(
    _ fast: UnsafeMutablePointer<Float>, _ slow: UnsafeMutablePointer<Float>, _ base: UnsafePointer<Float>,
    _ baseStep: Int, _ u: UnsafePointer<Float>, _ uStride: Int, _ v: UnsafePointer<Float>, _ vStride: Int,
    _ columns: Int, _ keep: Float, _ share: Float, _ scale: Float, _ played: UnsafeMutableRawPointer,
    _ playedStride: Int, _ isHalf: Bool
) {
    let u0 = load(u)
    let u1 = load(u, uStride)
    let u2 = load(u, 2 * uStride)
    let u3 = load(u, 3 * uStride)
    let v1 = v + vStride
    let v2 = v1 + vStride
    let v3 = v2 + vStride
    let keeps = Vector(repeating: keep)

    @inline(__always) func column(_ k: Int) -> Vector {
        var d = load(fast, 16 * k) * keeps
        d = fma(u0, v[k], d)
        d = fma(u1, v1[k], d)
        d = fma(u2, v2[k], d)
        d = fma(u3, v3[k], d)
        store(d, fast, 16 * k)
        let before = load(slow, 16 * k)
        let e = fma(d - before, share, before)
        store(e, slow, 16 * k)
        return fma(e, scale, load(base, baseStep * k))
    }

    var out = played
    var k = 0
    while k < columns {
        let first = column(k)
        let second = column(k + 1)
        if isHalf {
            let pair =
                nearestHalves(first) &>> Bits(repeating: 16) | nearestHalves(second) & Bits(repeating: 0xFFFF_0000)
            out.storeBytes(of: pair, as: Bits.self)
            out += playedStride
        } else {
            out.storeBytes(of: first, as: Vector.self)
            (out + playedStride).storeBytes(of: second, as: Vector.self)
            out += 2 * playedStride
        }
        k += 2
    }
}

/// The nearest bfloat16 in the upper halves, ties to even; the lower halves are of no meaning.
@inline(__always)
private func nearestHalves(_ v: Vector) -> Bits {
    let b = bits(v)
    return b &+ Bits(repeating: 0x7FFF) &+ (b &>> Bits(repeating: 16) & Bits(repeating: 1))
}
