/// Random numbers from counters: each draw is a function of (seed, what it is for), so nothing depends on the order
/// of draws and a resumed run goes on exactly.

import Random

/// What a draw is for.
enum Purpose: UInt64 {
    case order = 1
    case transposition, dropout, initialisation, tempo, velocity, repetition, batches, recall
}

func draw(_ seed: UInt64, _ purpose: Purpose, _ a: Int, _ b: Int = 0) -> UInt64 {
    mixed(
        mixed(mixed(mixed(seed) ^ purpose.rawValue) ^ UInt64(truncatingIfNeeded: a)) ^ UInt64(truncatingIfNeeded: b))
}

/// 0 ..< bound; the bias of the multiplication is below bound / 2⁶⁴.
func draw(below bound: Int, _ seed: UInt64, _ purpose: Purpose, _ a: Int, _ b: Int = 0) -> Int {
    Int(truncatingIfNeeded: draw(seed, purpose, a, b).multipliedFullWidth(by: UInt64(bound)).high)
}

/// 0 ..< 1 in steps of 2⁻²⁴.
func uniform(_ seed: UInt64, _ purpose: Purpose, _ a: Int, _ b: Int = 0) -> Float {
    Float(draw(seed, purpose, a, b) >> 40) * 0x1p-24
}
