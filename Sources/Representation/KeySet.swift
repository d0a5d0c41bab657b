// REAL-TIME (any): a set of MIDI keys.

/// A set of MIDI keys, 0…127: a bit each.
public struct KeySet: Equatable, Sendable, BitwiseCopyable {
    public var low: UInt64
    public var high: UInt64

    @inlinable public init(low: UInt64 = 0, high: UInt64 = 0) {
        self.low = low
        self.high = high
    }

    @inlinable public var isEmpty: Bool { low | high == 0 }
    @inlinable public var isFull: Bool { low & high == ~0 }
    @inlinable public var count: Int { low.nonzeroBitCount &+ high.nonzeroBitCount }

    @inlinable public func contains(_ key: Int) -> Bool {
        (key < 64 ? low >> UInt64(key) : high >> UInt64(key &- 64)) & 1 != 0
    }

    @inlinable public mutating func insert(_ key: Int) {
        if key < 64 { low |= 1 << UInt64(key) } else { high |= 1 << UInt64(key &- 64) }
    }

    @inlinable public mutating func remove(_ key: Int) {
        if key < 64 { low &= ~(1 << UInt64(key)) } else { high &= ~(1 << UInt64(key &- 64)) }
    }

    @inlinable public var inverted: KeySet { KeySet(low: ~low, high: ~high) }

    @inlinable public func union(_ other: KeySet) -> KeySet {
        KeySet(low: low | other.low, high: high | other.high)
    }

    @inlinable public func intersection(_ other: KeySet) -> KeySet {
        KeySet(low: low & other.low, high: high & other.high)
    }

    @inlinable public func subtracting(_ other: KeySet) -> KeySet {
        KeySet(low: low & ~other.low, high: high & ~other.high)
    }

    @inlinable public func symmetricDifference(_ other: KeySet) -> KeySet {
        KeySet(low: low ^ other.low, high: high ^ other.high)
    }

    /// −1 if there is none.
    @inlinable public var highest: Int {
        high != 0 ? 127 &- high.leadingZeroBitCount : 63 &- low.leadingZeroBitCount
    }

    /// 128 if there is none.
    @inlinable public var lowest: Int {
        low != 0 ? low.trailingZeroBitCount : 64 &+ high.trailingZeroBitCount
    }

    /// Bit c: a key of pitch class c, C being 0.
    @inlinable public var pitchClasses: UInt16 {
        var classes: UInt16 = 0
        for key in self { classes |= 1 << UInt16(key % 12) }
        return classes
    }

    /// The keys so many semitones higher; a key that this would take beyond 0…127 moves by whole octaves less.
    public func moved(by semitones: Int) -> KeySet {
        var keys = KeySet()
        for key in self {
            var moved = key + semitones
            while moved > 127 { moved -= 12 }
            while moved < 0 { moved += 12 }
            keys.insert(moved)
        }
        return keys
    }
}

/// The keys, ascending.
extension KeySet: Sequence {
    public struct Iterator: IteratorProtocol, BitwiseCopyable {
        @usableFromInline var rest: KeySet

        @inlinable init(_ keys: KeySet) { rest = keys }

        @inlinable @_noAllocation @_noLocks public mutating func next() -> Int? {
            if rest.low != 0 {
                let key = rest.low.trailingZeroBitCount
                rest.low &= rest.low &- 1
                return key
            }
            guard rest.high != 0 else { return nil }
            let key = rest.high.trailingZeroBitCount
            rest.high &= rest.high &- 1
            return 64 &+ key
        }
    }

    @inlinable @_noAllocation @_noLocks public func makeIterator() -> Iterator { Iterator(self) }

    @inlinable public var underestimatedCount: Int { count }
}
