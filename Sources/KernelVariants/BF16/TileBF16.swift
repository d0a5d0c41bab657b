/// The inner loop: a tile of C, 8 rows × 2 panels, in 16 of 32 registers.

import CPlatform
import _Builtin_intrinsics.intel

typealias Words = SIMD8<Int64>

@inline(__always)
private func load(words b: UnsafePointer<UInt32>, _ index: Int) -> Words {
    UnsafeRawPointer(b + index).loadUnaligned(as: Words.self)
}

@inline(__always)
private func broadcast(_ a: UnsafePointer<UInt32>, _ index: Int) -> Words {
    _mm512_set1_epi32(Int32(bitPattern: a[index]))
}

/// One row of the tile: into C, or added to it; the second half only if there is a second panel.
@inline(__always)
private func finish(
    _ x: Vector, _ y: Vector, _ c: UnsafeMutablePointer<Float>, _ wide: Bool, _ accumulate: Bool
) {
    store(accumulate ? load(c) + x : x, c)
    if wide { store(accumulate ? load(c, 16) + y : y, c, 16) }
}

/// C[rows ≤ 8, 32] = or += A · two panels, the second `next` words after the first; with next 0 there is one, of sixteen
/// columns. Rows of A that are missing are row 0, in vain.
@inline(never)
func tile(
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ a: UnsafePointer<UInt32>, _ aRow: Int, _ aStep: Int,
    _ b: UnsafePointer<UInt32>, _ next: Int, _ count: Int, _ rows: Int, _ accumulate: Bool
) {
    // C is read when the tile is done; by then it is there.
    for row in 0..<rows {
        continuo_prefetch(c + row * cStride)
        continuo_prefetch(c + row * cStride + 16)
    }
    let d = b + next
    let a0 = a
    let a1 = 1 < rows ? a + 1 * aRow : a
    let a2 = 2 < rows ? a + 2 * aRow : a
    let a3 = 3 < rows ? a + 3 * aRow : a
    let a4 = 4 < rows ? a + 4 * aRow : a
    let a5 = 5 < rows ? a + 5 * aRow : a
    let a6 = 6 < rows ? a + 6 * aRow : a
    let a7 = 7 < rows ? a + 7 * aRow : a
    var x0 = Vector.zero
    var x1 = Vector.zero
    var x2 = Vector.zero
    var x3 = Vector.zero
    var x4 = Vector.zero
    var x5 = Vector.zero
    var x6 = Vector.zero
    var x7 = Vector.zero
    var y0 = Vector.zero
    var y1 = Vector.zero
    var y2 = Vector.zero
    var y3 = Vector.zero
    var y4 = Vector.zero
    var y5 = Vector.zero
    var y6 = Vector.zero
    var y7 = Vector.zero
    var at = 0
    for k in 0..<count {
        let u = load(words: b, k * 16)
        let v = load(words: d, k * 16)
        x0 = continuo_add_pairs(x0, broadcast(a0, at), u)
        y0 = continuo_add_pairs(y0, broadcast(a0, at), v)
        x1 = continuo_add_pairs(x1, broadcast(a1, at), u)
        y1 = continuo_add_pairs(y1, broadcast(a1, at), v)
        x2 = continuo_add_pairs(x2, broadcast(a2, at), u)
        y2 = continuo_add_pairs(y2, broadcast(a2, at), v)
        x3 = continuo_add_pairs(x3, broadcast(a3, at), u)
        y3 = continuo_add_pairs(y3, broadcast(a3, at), v)
        x4 = continuo_add_pairs(x4, broadcast(a4, at), u)
        y4 = continuo_add_pairs(y4, broadcast(a4, at), v)
        x5 = continuo_add_pairs(x5, broadcast(a5, at), u)
        y5 = continuo_add_pairs(y5, broadcast(a5, at), v)
        x6 = continuo_add_pairs(x6, broadcast(a6, at), u)
        y6 = continuo_add_pairs(y6, broadcast(a6, at), v)
        x7 = continuo_add_pairs(x7, broadcast(a7, at), u)
        y7 = continuo_add_pairs(y7, broadcast(a7, at), v)
        at += aStep
    }
    let wide = next != 0
    finish(x0, y0, c, wide, accumulate)
    if 1 < rows { finish(x1, y1, c + 1 * cStride, wide, accumulate) }
    if 2 < rows { finish(x2, y2, c + 2 * cStride, wide, accumulate) }
    if 3 < rows { finish(x3, y3, c + 3 * cStride, wide, accumulate) }
    if 4 < rows { finish(x4, y4, c + 4 * cStride, wide, accumulate) }
    if 5 < rows { finish(x5, y5, c + 5 * cStride, wide, accumulate) }
    if 6 < rows { finish(x6, y6, c + 6 * cStride, wide, accumulate) }
    if 7 < rows { finish(x7, y7, c + 7 * cStride, wide, accumulate) }
}
