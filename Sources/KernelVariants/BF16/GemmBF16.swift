/// The packed products of Gemm.swift in bfloat16 with sums of floats: VDPBF16PS multiplies and adds twice as much as a
/// fused multiply-add. For training, which keeps its weights as floats: both sides are rounded to bfloat16, to the
/// nearest even, as they are packed. Depth goes by pairs, filled up with zero if it is odd.

import CPlatform
import _Builtin_intrinsics.intel

/// Pairs of depth of one pass: a panel pair (256 · 32 pairs of two bytes each) stays in the first-level cache.
@inline(__always)
private var pairBlock: Int { 256 }

/// Rows of A that stay in the second-level cache while the panels pass by.
@inline(__always)
private var rowBlock: Int { 64 }

@inline(__always)
private var tileRows: Int { 8 }

typealias Pairs = SIMD16<UInt32>

/// The first of each pair from `a`, the second from `b`.
@inline(__always)
private func pairs(_ a: Vector, _ b: Vector) -> Pairs {
    let first = unsafeBitCast(_mm512_cvtepu16_epi32(continuo_bfloat16(a)), to: Pairs.self)
    let second = unsafeBitCast(_mm512_cvtepu16_epi32(continuo_bfloat16(b)), to: Pairs.self)
    return first | second &<< Pairs(repeating: 16)
}

@inline(__always)
private func pair(_ a: Float, _ b: Float) -> UInt32 { pairs(Vector(repeating: a), Vector(repeating: b))[0] }

/// Packs rows of floats, [rows, depth], into pairs, `outStride` words from a row to the next, `step` words from a pair
/// to the next.
@inline(__always)
private func packRows(
    _ out: UnsafeMutablePointer<UInt32>, _ outStride: Int, _ step: Int, _ source: UnsafePointer<Float>, _ stride: Int,
    _ rows: Int, _ depth: Int
) {
    for row in 0..<rows {
        let from = source + row * stride
        let to = out + row * outStride
        var k = 0
        while k + 16 <= depth {
            let words = unsafeBitCast(continuo_bfloat16(load(from + k)), to: SIMD8<UInt32>.self)
            let at = to + k / 2 * step
            if step == 1 {
                UnsafeMutableRawPointer(at).storeBytes(of: words, as: SIMD8<UInt32>.self)
            } else {
                for i in 0..<8 { at[i * step] = words[i] }
            }
            k += 16
        }
        while k < depth {
            to[k / 2 * step] = pair(from[k], k + 1 < depth ? from[k + 1] : 0)
            k += 2
        }
    }
}

/// Packs columns of floats, [depth, columns], into [⌈columns / width⌉][pairs][width], filled up with zeros.
@inline(__always)
private func packColumns(
    _ out: UnsafeMutablePointer<UInt32>, _ source: UnsafePointer<Float>, _ stride: Int, _ depth: Int, _ columns: Int,
    _ width: Int
) {
    let count = (depth + 1) / 2
    for k in 0..<count {
        let first = source + 2 * k * stride
        let paired = 2 * k + 1 < depth
        var to = out + k * width
        var column = 0
        while column + 16 <= columns {
            let words = pairs(load(first + column), paired ? load(first + stride + column) : .zero)
            if width == 16 {
                UnsafeMutableRawPointer(to).storeBytes(of: words, as: Pairs.self)
            } else {
                UnsafeMutableRawPointer(to).storeBytes(of: words.lowHalf, as: SIMD8<UInt32>.self)
                UnsafeMutableRawPointer(to + count * 8).storeBytes(of: words.highHalf, as: SIMD8<UInt32>.self)
            }
            column += 16
            to += count * 16
        }
        while column < columns {
            for j in 0..<width {
                let at = column + j
                to[j] = at < columns ? pair(first[at], paired ? first[stride + at] : 0) : 0
            }
            column += width
            to += count * width
        }
    }
}

/// Packs B [depth, columns], B[k, j] = source[k·depthStride + j·columnStride] with one of the strides 1, into panels
/// of sixteen columns, [⌈columns / 16⌉][⌈depth / 2⌉][16], 32 bits a pair.
@inline(never)
public func packPanelsBF16(
    _ panels: UnsafeMutablePointer<UInt32>, _ source: UnsafePointer<Float>, _ depthStride: Int, _ columnStride: Int,
    _ depth: Int, _ columns: Int
) {
    if columnStride == 1 { return packColumns(panels, source, depthStride, depth, columns, 16) }
    let count = (depth + 1) / 2
    var first = 0
    while first < columns {
        let used = columns - first < 16 ? columns - first : 16
        let panel = panels + first * count
        if used < 16 { panel.update(repeating: 0, count: count * 16) }
        packRows(panel, 1, 16, source + first * columnStride, columnStride, used, depth)
        first += 16
    }
}

/// C[rows, columns] = or += A[rows, depth] · B, with B from `packPanelsBF16`. Rows of A and C lie `aStride` and
/// `cStride` apart; the rows of C have room for whole panels. `scratch` holds 16,384 words.
@inline(never)
public func gemmBF16(
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ a: UnsafePointer<Float>, _ aStride: Int,
    _ panels: UnsafePointer<UInt32>, _ rows: Int, _ columns: Int, _ depth: Int, _ accumulate: Bool,
    _ scratch: UnsafeMutablePointer<UInt32>
) {
    let count = (depth + 1) / 2
    var k = 0
    while k < count {
        let span = count - k < pairBlock ? count - k : pairBlock
        var row = 0
        while row < rows {
            let block = rows - row < rowBlock ? rows - row : rowBlock
            let used = depth - 2 * k < 2 * span ? depth - 2 * k : 2 * span
            packRows(scratch, span, 1, a + row * aStride + 2 * k, aStride, block, used)
            multiplyBlock(
                c + row * cStride, cStride, scratch, span, 1, tileRows * span, panels + k * 16, count * 16, block,
                (columns + 15) / 16, span, accumulate || k > 0)
            row += rowBlock
        }
        k += pairBlock
    }
}

/// C[rows, columns] += Aᵀ · B, A [depth, rows], B [depth, columns], columns a multiple of 16: the gradient of a
/// weight matrix. `scratch` holds 256·(rows + 8 + columns) words: the rows are rounded up to tiles.
@inline(never)
public func gemmTransposedBF16(
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ a: UnsafePointer<Float>, _ aStride: Int,
    _ b: UnsafePointer<Float>, _ bStride: Int, _ rows: Int, _ columns: Int, _ depth: Int,
    _ scratch: UnsafeMutablePointer<UInt32>
) {
    let packedRows = (rows + tileRows - 1) / tileRows * tileRows
    var k = 0
    while k < depth {
        let used = depth - k < 2 * pairBlock ? depth - k : 2 * pairBlock
        let span = (used + 1) / 2
        let panels = scratch + packedRows * span
        packColumns(scratch, a + k * aStride, aStride, used, rows, tileRows)
        packColumns(panels, b + k * bStride, bStride, used, columns, 16)
        multiplyBlock(
            c, cStride, scratch, 1, tileRows, tileRows * span, panels, span * 16, rows, (columns + 15) / 16, span,
            true)
        k += 2 * pairBlock
    }
}

/// All tiles of one block: A[r, k] = a[(r / 8)·aTile + (r % 8)·aRow + k·aStep], in words of a pair.
@inline(__always)
private func multiplyBlock(
    _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ a: UnsafePointer<UInt32>, _ aRow: Int, _ aStep: Int,
    _ aTile: Int, _ panels: UnsafePointer<UInt32>, _ panelStride: Int, _ rows: Int, _ panelCount: Int, _ count: Int,
    _ accumulate: Bool
) {
    var panel = 0
    while panel < panelCount {
        let b = panels + panel * panelStride
        var row = 0
        while row < rows {
            tile(
                c + row * cStride + panel * 16, cStride, a + row / tileRows * aTile, aRow, aStep, b,
                panel + 1 < panelCount ? panelStride : 0, count, rows - row < tileRows ? rows - row : tileRows,
                accumulate)
            row += tileRows
        }
        panel += 2
    }
}
