/// Random numbers that are the same everywhere: SplitMix64 (Steele, Lea & Flood, Fast Splittable Pseudorandom Number
/// Generators, 2014). Draws that must not depend on their order take `mixed` of what they are for; the others a generator.

/// A step of the generator from the state `value`: each output is that of exactly one input. Any thread.
@inlinable @_noAllocation @_noLocks public func mixed(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
}

public struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        defer { state &+= 0x9E37_79B9_7F4A_7C15 }
        return mixed(state)
    }
}
