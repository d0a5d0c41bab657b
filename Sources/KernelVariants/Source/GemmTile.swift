/// The inner loops of the matrix products: a tile of C in named registers. Its size fits the register file:
/// 8 rows × 2 panels are 16 of 32 zmm; 6 × 1 are 12 of 16 ymm; 2 × 1 are 8 of 16 xmm registers.

import CPlatform

/// C is read when the tile is done; by then it is there.
@inline(__always)
private func expect(_ c: UnsafePointer<Float>, _ cStride: Int, _ rows: Int, _ panels: Int) {
    for row in 0..<rows {
        for panel in 0..<panels { continuo_prefetch(c + row * cStride + panel * 16) }
    }
}

@inline(__always)
private func finish(_ sum: Vector, _ c: UnsafeMutablePointer<Float>, _ accumulate: Bool) {
    store(accumulate ? load(c) + sum : sum, c)
}

#if VARIANT_V4
    @inline(__always)
    var tileRows: Int { 8 }
    @inline(__always)
    var tilePanels: Int { 2 }

    /// C[rows ≤ tileRows, 32] = or += A · two panels, b and d.
    @inline(never)
    func tilePair(
        _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ a: UnsafePointer<Float>, _ aRow: Int, _ aStep: Int,
        _ b: UnsafePointer<Float>, _ d: UnsafePointer<Float>, _ depth: Int, _ rows: Int, _ accumulate: Bool
    ) {
        expect(c, cStride, rows, 2)
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
        for k in 0..<depth {
            let u = load(b, k * 16)
            let v = load(d, k * 16)
            x0 = fma(u, a0[at], x0)
            y0 = fma(v, a0[at], y0)
            x1 = fma(u, a1[at], x1)
            y1 = fma(v, a1[at], y1)
            x2 = fma(u, a2[at], x2)
            y2 = fma(v, a2[at], y2)
            x3 = fma(u, a3[at], x3)
            y3 = fma(v, a3[at], y3)
            x4 = fma(u, a4[at], x4)
            y4 = fma(v, a4[at], y4)
            x5 = fma(u, a5[at], x5)
            y5 = fma(v, a5[at], y5)
            x6 = fma(u, a6[at], x6)
            y6 = fma(v, a6[at], y6)
            x7 = fma(u, a7[at], x7)
            y7 = fma(v, a7[at], y7)
            at += aStep
        }
        finish(x0, c + 0 * cStride, accumulate)
        finish(y0, c + 0 * cStride + 16, accumulate)
        if 1 < rows {
            finish(x1, c + 1 * cStride, accumulate)
            finish(y1, c + 1 * cStride + 16, accumulate)
        }
        if 2 < rows {
            finish(x2, c + 2 * cStride, accumulate)
            finish(y2, c + 2 * cStride + 16, accumulate)
        }
        if 3 < rows {
            finish(x3, c + 3 * cStride, accumulate)
            finish(y3, c + 3 * cStride + 16, accumulate)
        }
        if 4 < rows {
            finish(x4, c + 4 * cStride, accumulate)
            finish(y4, c + 4 * cStride + 16, accumulate)
        }
        if 5 < rows {
            finish(x5, c + 5 * cStride, accumulate)
            finish(y5, c + 5 * cStride + 16, accumulate)
        }
        if 6 < rows {
            finish(x6, c + 6 * cStride, accumulate)
            finish(y6, c + 6 * cStride + 16, accumulate)
        }
        if 7 < rows {
            finish(x7, c + 7 * cStride, accumulate)
            finish(y7, c + 7 * cStride + 16, accumulate)
        }
    }

    /// C[rows ≤ tileRows, 16] = or += A · one panel. A[r, k] = a[r·aRow + k·aStep]; missing rows read row 0 in vain.
    @inline(never)
    func tile(
        _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ a: UnsafePointer<Float>, _ aRow: Int, _ aStep: Int,
        _ b: UnsafePointer<Float>, _ depth: Int, _ rows: Int, _ accumulate: Bool
    ) {
        expect(c, cStride, rows, 1)
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
        var at = 0
        for k in 0..<depth {
            let u = load(b, k * 16)
            x0 = fma(u, a0[at], x0)
            x1 = fma(u, a1[at], x1)
            x2 = fma(u, a2[at], x2)
            x3 = fma(u, a3[at], x3)
            x4 = fma(u, a4[at], x4)
            x5 = fma(u, a5[at], x5)
            x6 = fma(u, a6[at], x6)
            x7 = fma(u, a7[at], x7)
            at += aStep
        }
        finish(x0, c + 0 * cStride, accumulate)
        if 1 < rows { finish(x1, c + 1 * cStride, accumulate) }
        if 2 < rows { finish(x2, c + 2 * cStride, accumulate) }
        if 3 < rows { finish(x3, c + 3 * cStride, accumulate) }
        if 4 < rows { finish(x4, c + 4 * cStride, accumulate) }
        if 5 < rows { finish(x5, c + 5 * cStride, accumulate) }
        if 6 < rows { finish(x6, c + 6 * cStride, accumulate) }
        if 7 < rows { finish(x7, c + 7 * cStride, accumulate) }
    }
#elseif VARIANT_V3
    @inline(__always)
    var tileRows: Int { 6 }
    @inline(__always)
    var tilePanels: Int { 1 }

    /// C[rows ≤ tileRows, 16] = or += A · one panel. A[r, k] = a[r·aRow + k·aStep]; missing rows read row 0 in vain.
    @inline(never)
    func tile(
        _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ a: UnsafePointer<Float>, _ aRow: Int, _ aStep: Int,
        _ b: UnsafePointer<Float>, _ depth: Int, _ rows: Int, _ accumulate: Bool
    ) {
        expect(c, cStride, rows, 1)
        let a0 = a
        let a1 = 1 < rows ? a + 1 * aRow : a
        let a2 = 2 < rows ? a + 2 * aRow : a
        let a3 = 3 < rows ? a + 3 * aRow : a
        let a4 = 4 < rows ? a + 4 * aRow : a
        let a5 = 5 < rows ? a + 5 * aRow : a
        var x0 = Vector.zero
        var x1 = Vector.zero
        var x2 = Vector.zero
        var x3 = Vector.zero
        var x4 = Vector.zero
        var x5 = Vector.zero
        var at = 0
        for k in 0..<depth {
            let u = load(b, k * 16)
            x0 = fma(u, a0[at], x0)
            x1 = fma(u, a1[at], x1)
            x2 = fma(u, a2[at], x2)
            x3 = fma(u, a3[at], x3)
            x4 = fma(u, a4[at], x4)
            x5 = fma(u, a5[at], x5)
            at += aStep
        }
        finish(x0, c + 0 * cStride, accumulate)
        if 1 < rows { finish(x1, c + 1 * cStride, accumulate) }
        if 2 < rows { finish(x2, c + 2 * cStride, accumulate) }
        if 3 < rows { finish(x3, c + 3 * cStride, accumulate) }
        if 4 < rows { finish(x4, c + 4 * cStride, accumulate) }
        if 5 < rows { finish(x5, c + 5 * cStride, accumulate) }
    }
#else
    @inline(__always)
    var tileRows: Int { 2 }
    @inline(__always)
    var tilePanels: Int { 1 }

    /// C[rows ≤ tileRows, 16] = or += A · one panel. A[r, k] = a[r·aRow + k·aStep]; missing rows read row 0 in vain.
    @inline(never)
    func tile(
        _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ a: UnsafePointer<Float>, _ aRow: Int, _ aStep: Int,
        _ b: UnsafePointer<Float>, _ depth: Int, _ rows: Int, _ accumulate: Bool
    ) {
        expect(c, cStride, rows, 1)
        let a0 = a
        let a1 = 1 < rows ? a + 1 * aRow : a
        var x0 = Vector.zero
        var x1 = Vector.zero
        var at = 0
        for k in 0..<depth {
            let u = load(b, k * 16)
            x0 = fma(u, a0[at], x0)
            x1 = fma(u, a1[at], x1)
            at += aStep
        }
        finish(x0, c + 0 * cStride, accumulate)
        if 1 < rows { finish(x1, c + 1 * cStride, accumulate) }
    }
#endif

#if !VARIANT_V4
    /// Never called: `tilePanels` is 1.
    @inline(__always)
    func tilePair(
        _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ a: UnsafePointer<Float>, _ aRow: Int, _ aStep: Int,
        _ b: UnsafePointer<Float>, _ d: UnsafePointer<Float>, _ depth: Int, _ rows: Int, _ accumulate: Bool
    ) {}
#endif
