import Glibc
import Kernels
import TestSupport
import Testing

@Suite struct AdaptTests {
    /// D, E and what is played of them, against the formulas in double precision; nothing beyond is touched.
    @Test(arguments: variants, [true, false]) func equalsOracle(variant: KernelVariant, isHalf: Bool) throws {
        let kernels = try table(variant)
        var numbers = Numbers(31)
        let (columns, uStride, vStride, playedStride) = (6, 48, 10, 128)
        for baseStep in [0, 16] {
            let before = (numbers.array(16 * columns + 16), numbers.array(16 * columns + 16))
            let (base, u, v) = (numbers.array(16 * columns), numbers.array(4 * uStride), numbers.array(4 * vStride))
            var (fast, slow) = before
            var played = [UInt32](repeating: 7, count: columns * 32 + 32)
            let (keep, share, scale): (Float, Float, Float) = (0.75, 0.25, 0.5)
            played.withUnsafeMutableBytes {
                kernels.adaptPanel(
                    &fast, &slow, base, baseStep, u, uStride, v, vStride, columns, keep, share, scale, $0.baseAddress!,
                    playedStride, isHalf)
            }
            for k in 0..<columns {
                for lane in 0..<16 {
                    let i = 16 * k + lane
                    var d = Double(keep) * Double(before.0[i])
                    for t in 0..<4 { d += Double(u[t * uStride + lane]) * Double(v[t * vStride + k]) }
                    let e = Double(before.1[i]) + Double(share) * (d - Double(before.1[i]))
                    let out = Double(base[baseStep * k + lane]) + Double(scale) * e
                    #expect(abs(Double(fast[i]) - d) < 1e-6)
                    #expect(abs(Double(slow[i]) - e) < 1e-6)
                    let word = played[(isHalf ? k / 2 : k) * 32 + lane]
                    let value = isHalf ? (k % 2 == 0 ? word << 16 : word & 0xFFFF_0000) : word
                    #expect(abs(Double(Float(bitPattern: value)) - out) <= (isHalf ? abs(out) / 256 : 1e-6))
                }
            }
            #expect(fast.suffix(16) == before.0.suffix(16) && slow.suffix(16) == before.1.suffix(16))
            for (word, value) in played.enumerated()
            where word % 32 >= 16 || word / 32 >= (isHalf ? columns / 2 : columns) {
                #expect(value == 7)
            }
        }
    }

    /// Halves are rounded to nearest, ties to even.
    @Test(arguments: variants) func halvesAreTheNearest(variant: KernelVariant) throws {
        let kernels = try table(variant)
        let bits: [UInt32] = [0x3F80_7FFF, 0x3F80_8000, 0x3F81_8000, 0x3F80_8001, 0xBF80_8001, 0x3F7F_FFFF]
        var base = [Float](repeating: 0, count: 32)
        for (i, pattern) in bits.enumerated() {
            base[i] = Float(bitPattern: pattern)
            base[16 + i] = Float(bitPattern: pattern)
        }
        var (fast, slow) = ([Float](repeating: 0, count: 32), [Float](repeating: 0, count: 32))
        let zeros = [Float](repeating: 0, count: 64)
        var played = [UInt32](repeating: 0, count: 16)
        played.withUnsafeMutableBytes {
            kernels.adaptPanel(&fast, &slow, base, 16, zeros, 16, zeros, 2, 2, 1, 0, 1, $0.baseAddress!, 64, true)
        }
        let halves: [UInt32] = [0x3F80, 0x3F80, 0x3F82, 0x3F81, 0xBF81, 0x3F80]
        #expect(Array(played.prefix(6)) == halves.map { $0 << 16 | $0 })
    }
}
