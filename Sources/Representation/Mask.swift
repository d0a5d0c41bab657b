/// The classes a field may take.

/// A set of classes 0…511, as eight words of 64 bits.
public struct Mask: Sendable, BitwiseCopyable {
    public var words: SIMD8<UInt64>

    @inlinable public init() { words = .zero }

    /// The classes 0 ..< count.
    @inlinable public init(all count: Int) {
        words = .zero
        insert(0, through: count &- 1)
    }

    @inlinable public func contains(_ value: Int) -> Bool {
        words[value >> 6] >> UInt64(value & 63) & 1 != 0
    }

    @inlinable public mutating func insert(_ value: Int) {
        words[value >> 6] |= 1 << UInt64(value & 63)
    }

    /// Nothing if `last < first`.
    @inlinable public mutating func insert(_ first: Int, through last: Int) {
        var word = first >> 6
        while first <= last && word <= last >> 6 {
            let low = max(first &- word &* 64, 0)
            let high = min(last &- word &* 64, 63)
            words[word] |= (~0 << UInt64(low)) & (~0 >> UInt64(63 &- high))
            word &+= 1
        }
    }

    @inlinable public var isEmpty: Bool { words == .zero }
}
