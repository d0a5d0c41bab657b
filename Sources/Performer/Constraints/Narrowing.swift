// REAL-TIME (improviser): draws from the likeliest only (`top-k-…`, `min-p-…`).

import Representation

/// Leaves the likeliest classes of a draw. What is as likely as the last of them stays in, as with top-p.
struct Narrowing: BitwiseCopyable {
    /// 0: all.
    let topK: Int
    /// Of the likeliest one's probability, 0…1.
    let minP: Float

    /// - Parameters:
    ///   - mask: keeps one class at least.
    ///   - temperature: at which it is drawn.
    func narrow(_ mask: Mask, _ logits: UnsafePointer<Float>, temperature: Float) {
        guard topK > 0 || minP > 0 else { return }
        var (top, legal) = (-Float.infinity, 0)
        for value in 0..<mask.classes where mask.contains(value) {
            top = max(top, logits[value])
            legal &+= 1
        }
        guard top.isFinite else { return }
        var least = minP > 0 ? top + temperature * Maths().plainLog(minP) : -Float.infinity
        if topK > 0 && topK < legal { least = max(least, threshold(mask, logits)) }
        for value in 0..<mask.classes where mask.contains(value) && logits[value] < least { mask.remove(value) }
    }

    /// The logit of the class in place `topK`: bit by bit, in the order that the bits of floats have.
    private func threshold(_ mask: Mask, _ logits: UnsafePointer<Float>) -> Float {
        var found: UInt32 = 0
        var bit: UInt32 = 1 << 31
        while bit != 0 {
            let candidate = found | bit
            var count = 0
            for value in 0..<mask.classes where mask.contains(value) && Self.place(logits[value]) >= candidate {
                count &+= 1
            }
            if count >= topK { found = candidate }
            bit >>= 1
        }
        return Float(bitPattern: found & 1 << 31 != 0 ? found ^ 1 << 31 : ~found)
    }

    private static func place(_ x: Float) -> UInt32 {
        let bits = x.bitPattern
        return bits & 1 << 31 != 0 ? ~bits : bits | 1 << 31
    }
}
