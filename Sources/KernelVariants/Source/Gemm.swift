/// Packed matrix products: the matrix that is read most lies in panels of sixteen columns, [panel][depth][16],
/// so that the inner loop reads it in order and keeps a tile of C in registers. After Goto & van de Geijn,
/// "Anatomy of High-Performance Matrix Multiplication" (ACM TOMS 2008).

/// Depth of one pass: a panel pair (256 · 32 floats) stays in the first-level cache.
@inline(__always)
private var depthBlock: Int { 256 }

/// Rows of A that stay in the second-level cache while the panels pass by.
@inline(__always)
private var rowBlock: Int { 64 }

/// Packs B [depth, columns], B[k, j] = source[k·depthStride + j·columnStride], into ⌈columns/16⌉ panels;
/// the last panel is filled up with zeros.
@inline(never)
func packPanels(
    _ panels: UnsafeMutablePointer<Float>, _ source: UnsafePointer<Float>, _ depthStride: Int, _ columnStride: Int,
    _ depth: Int, _ columns: Int
) {
    var first = 0
    var out = panels
    while first < columns {
        let width = columns - first < 16 ? columns - first : 16
        for k in 0..<depth {
            let from = source + k * depthStride + first * columnStride
            if width == 16 && columnStride == 1 {
                store(load(from), out)
            } else {
                for j in 0..<width { out[j] = from[j * columnStride] }
                for j in width..<16 { out[j] = 0 }
            }
            out += 16
        }
        first += 16
    }
}

/// C[rows, columns] = or += A[rows, depth] · B, with B from `packPanels`. Rows of A and C lie `aStride` and
/// `cStride` apart; the rows of C have room for whole panels.
@inline(never)
func gemm(
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ a: UnsafePointer<Float>, _ aStride: Int,
    _ panels: UnsafePointer<Float>, _ rows: Int, _ columns: Int, _ depth: Int, _ accumulate: Bool
) {
    let panelCount = (columns + 15) / 16
    var k = 0
    while k < depth {
        let span = depth - k < depthBlock ? depth - k : depthBlock
        var row = 0
        while row < rows {
            let block = rows - row < rowBlock ? rows - row : rowBlock
            multiplyBlock(
                c + row * cStride, cStride, a + row * aStride + k, aStride, 1, 0, panels + k * 16, depth * 16,
                block, panelCount, span, accumulate || k > 0)
            row += rowBlock
        }
        k += depthBlock
    }
}

/// C[rows, columns] += Aᵀ · B, A [depth, rows], B [depth, columns], columns a multiple of 16: the gradient of a
/// weight matrix. `scratch` holds 256·(rows + 8 + columns) floats: the rows are rounded up to tiles.
@inline(never)
func gemmTransposed(
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ a: UnsafePointer<Float>, _ aStride: Int,
    _ b: UnsafePointer<Float>, _ bStride: Int, _ rows: Int, _ columns: Int, _ depth: Int,
    _ scratch: UnsafeMutablePointer<Float>
) {
    let packedRows = (rows + tileRows - 1) / tileRows * tileRows
    var k = 0
    while k < depth {
        let span = depth - k < depthBlock ? depth - k : depthBlock
        let panels = scratch + packedRows * span
        packTiles(scratch, a + k * aStride, aStride, span, rows)
        packPanels(panels, b + k * bStride, bStride, 1, span, columns)
        multiplyBlock(
            c, cStride, scratch, 1, tileRows, span * tileRows, panels, span * 16, rows, (columns + 15) / 16, span,
            true)
        k += depthBlock
    }
}

/// Packs A [depth, rows] into [⌈rows/tileRows⌉][depth][tileRows], filled up with zeros.
@inline(__always)
private func packTiles(
    _ tiles: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ aStride: Int, _ depth: Int, _ rows: Int
) {
    for k in 0..<depth {
        let from = a + k * aStride
        var out = tiles + k * tileRows
        var row = 0
        while row + tileRows <= rows {
            for r in 0..<tileRows { out[r] = from[row + r] }
            out += depth * tileRows
            row += tileRows
        }
        if row < rows {
            for r in 0..<tileRows { out[r] = row + r < rows ? from[row + r] : 0 }
        }
    }
}

/// All tiles of one block: A[r, k] = a[(r / tileRows)·aTile + (r % tileRows)·aRow + k·aStep], or with aTile 0
/// a[r·aRow + k·aStep].
@inline(__always)
private func multiplyBlock(
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ a: UnsafePointer<Float>, _ aRow: Int, _ aStep: Int,
    _ aTile: Int, _ panels: UnsafePointer<Float>, _ panelStride: Int, _ rows: Int, _ panelCount: Int,
    _ depth: Int, _ accumulate: Bool
) {
    let tileStride = aTile == 0 ? tileRows * aRow : aTile
    var panel = 0
    while panel < panelCount {
        let pair = tilePanels == 2 && panel + 1 < panelCount
        var row = 0
        var from = a
        while row < rows {
            let height = rows - row < tileRows ? rows - row : tileRows
            let out = c + row * cStride + panel * 16
            let b = panels + panel * panelStride
            if pair {
                tilePair(out, cStride, from, aRow, aStep, b, b + panelStride, depth, height, accumulate)
            } else {
                tile(out, cStride, from, aRow, aStep, b, depth, height, accumulate)
            }
            row += tileRows
            from += tileStride
        }
        panel += pair ? 2 : 1
    }
}
