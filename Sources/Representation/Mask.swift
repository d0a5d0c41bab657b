// REAL-TIME (any): the classes a field may take.

/// A set of the classes 0 ..< `classes`, a bit each, in words that the caller owns. A handle: a copy is the same set.
public struct Mask: BitwiseCopyable {
    public let words: UnsafeMutablePointer<UInt64>
    public let classes: Int

    /// Words of a mask of so many classes.
    @inlinable public static func wordCount(_ classes: Int) -> Int { (classes &+ 63) >> 6 }

    /// - Parameter words: `wordCount(classes)` of them, in whatever state.
    @inlinable public init(_ words: UnsafeMutablePointer<UInt64>, classes: Int) {
        self.words = words
        self.classes = classes
    }

    @inlinable public func removeAll() {
        for word in 0..<Self.wordCount(classes) { words[word] = 0 }
    }

    @inlinable public func contains(_ value: Int) -> Bool {
        words[value >> 6] >> UInt64(value & 63) & 1 != 0
    }

    @inlinable public func insert(_ value: Int) {
        words[value >> 6] |= 1 << UInt64(value & 63)
    }

    @inlinable public func remove(_ value: Int) {
        words[value >> 6] &= ~(1 << UInt64(value & 63))
    }

    /// Nothing if `last < first`.
    @inlinable public func insert(_ first: Int, through last: Int) {
        var word = first >> 6
        while first <= last && word <= last >> 6 {
            let low = max(first &- word &* 64, 0)
            let high = min(last &- word &* 64, 63)
            words[word] |= (~0 << UInt64(low)) & (~0 >> UInt64(63 &- high))
            word &+= 1
        }
    }

    @inlinable public func insertAll() { insert(0, through: classes &- 1) }

    /// The classes `first` + k of the keys k.
    /// - Parameter first: a multiple of 64.
    @inlinable public func insert(_ keys: KeySet, at first: Int) {
        words[first >> 6] |= keys.low
        words[first >> 6 &+ 1] |= keys.high
    }

    @inlinable public var isEmpty: Bool {
        for word in 0..<Self.wordCount(classes) where words[word] != 0 { return false }
        return true
    }
}

/// A mask in memory of its own.
/// - Thread: control
public struct LegalClasses: Sendable, Equatable {
    public private(set) var words: [UInt64]
    public let classes: Int

    public init(classes: Int) {
        words = Array(repeating: 0, count: Mask.wordCount(classes))
        self.classes = classes
    }

    public func contains(_ value: Int) -> Bool {
        0..<classes ~= value && words[value >> 6] >> UInt64(value & 63) & 1 != 0
    }

    public var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    /// Fills the mask anew.
    mutating func fill(_ body: (Mask) -> Void) {
        words.withUnsafeMutableBufferPointer {
            let mask = Mask($0.baseAddress!, classes: classes)
            mask.removeAll()
            body(mask)
        }
    }
}

extension Representation {
    /// The classes that field `field` may take.
    /// - Thread: control
    public func legal(_ field: Int, given row: Token, within bounds: Bounds) -> LegalClasses {
        var legal = LegalClasses(classes: Self.fields[field].classes)
        fill(&legal, field, given: row, within: bounds)
        return legal
    }

    /// The same into a value of the field's size.
    /// - Thread: control
    public func fill(_ legal: inout LegalClasses, _ field: Int, given row: Token, within bounds: Bounds) {
        legal.fill { mask(field, given: row, within: bounds, into: $0) }
    }
}
