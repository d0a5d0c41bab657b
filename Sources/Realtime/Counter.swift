// REAL-TIME (any): `add` and `record`; what reads the figures is not.

import Synchronization

/// A number that is counted up, or set, and read. Relaxed: it orders nothing else.
/// - Thread: any; one writes
public struct Counter: @unchecked Sendable {
    // Unchecked: a pointer to one atomic.
    @usableFromInline let atomic: UnsafeMutablePointer<Atomic<Int>>

    public init() {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: isolation, alignment: isolation)
        atomic = memory.bindMemory(to: Atomic<Int>.self, capacity: 1)
        atomic.initialize(to: Atomic(0))
    }

    /// Frees the memory. No copy of this handle may be used afterwards.
    public func deallocate() { UnsafeMutableRawPointer(atomic).deallocate() }

    // The attributes stand on the accessor, so it must be written out.
    // swift-format-ignore: UseSingleLinePropertyGetter
    @inlinable public var value: Int {
        @_noAllocation @_noLocks get { atomic.pointee.load(ordering: .relaxed) }
    }

    /// The one writer only: a load and a store, without the bus lock of an atomic addition.
    @inlinable @_noAllocation @_noLocks public func add(_ amount: Int = 1) {
        atomic.pointee.store(value &+ amount, ordering: .relaxed)
    }

    /// The one writer only.
    @inlinable @_noAllocation @_noLocks public func set(to value: Int) {
        atomic.pointee.store(value, ordering: .relaxed)
    }
}

/// How often each size of a figure occurred, usually nanoseconds: buckets of 1/8 octave, so a percentile is at most
/// 12.5 % too high. The memory is fixed (4 KB).
/// - Thread: any; one records
public struct Histogram: @unchecked Sendable {
    // Unchecked: a pointer to atomics, the largest value and then the buckets.
    @usableFromInline let cells: UnsafeMutablePointer<Atomic<UInt64>>
    /// 0…7 have a bucket each, then 8 a octave up to 2⁶³.
    @usableFromInline static var buckets: Int { 8 * 61 }

    public init() {
        cells = .allocate(capacity: 1 + Self.buckets)
        for index in 0...Self.buckets { (cells + index).initialize(to: Atomic(0)) }
    }

    /// Frees the memory. No copy of this handle may be used afterwards.
    public func deallocate() { cells.deallocate() }

    /// The one writer only. A negative value counts as 0.
    @inlinable @_noAllocation @_noLocks public func record(_ value: Int64) {
        let value = UInt64(truncatingIfNeeded: max(0, value))
        let cell = cells + 1 + Self.bucket(of: value)
        cell.pointee.store(cell.pointee.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        if value > cells.pointee.load(ordering: .relaxed) { cells.pointee.store(value, ordering: .relaxed) }
    }

    /// The three bits after the leading one number the bucket inside the octave.
    @inlinable @_noAllocation @_noLocks static func bucket(of value: UInt64) -> Int {
        guard value >= 8 else { return Int(truncatingIfNeeded: value) }
        let octave = 60 &- value.leadingZeroBitCount
        return octave &* 8 &+ Int(truncatingIfNeeded: value &>> UInt64(truncatingIfNeeded: octave))
    }

    /// The largest value that falls into the bucket.
    static func upperBound(of bucket: Int) -> UInt64 {
        guard bucket >= 16 else { return UInt64(bucket) }
        let octave = bucket / 8 - 1
        return (UInt64(bucket % 8 + 9) << UInt64(octave)) &- 1
    }

    /// A copy of the figures, for reading at leisure.
    /// - Thread: control
    public func snapshot() -> Distribution {
        Distribution(
            counts: (1...Self.buckets).map { cells[$0].load(ordering: .relaxed) },
            maximum: cells[0].load(ordering: .relaxed))
    }

    public struct Distribution: Sendable {
        let counts: [UInt64]
        /// The largest value recorded, exactly; 0 if none.
        public let maximum: UInt64

        public var count: UInt64 { counts.reduce(0, +) }

        /// Without those octaves below the smallest and above the largest value: the greatest value of each, and how many
        /// there were in it. The first octave holds 0…15.
        public var octaves: [(upTo: UInt64, count: UInt64)] {
            var all: [(upTo: UInt64, count: UInt64)] = []
            for (bucket, count) in counts.enumerated() {
                // The first two eights of buckets are 0…7 and 8…15.
                if bucket % 8 == 0 && bucket != 8 { all.append((0, 0)) }
                all[all.count - 1].upTo = Histogram.upperBound(of: bucket)
                all[all.count - 1].count += count
            }
            guard let first = all.firstIndex(where: { $0.count > 0 }), let last = all.lastIndex(where: { $0.count > 0 })
            else { return [] }
            return Array(all[first...last])
        }

        /// The value that the given share of the records does not exceed, rounded up by at most 12.5 %; 0 if there are none.
        /// - Parameter share: 0…1; 0.5 is the median.
        public func percentile(_ share: Double) -> UInt64 {
            let rank = max(1, UInt64((share * Double(count)).rounded(.up)))
            var seen: UInt64 = 0
            for (bucket, number) in counts.enumerated() {
                seen += number
                if seen >= rank { return min(maximum, Histogram.upperBound(of: bucket)) }
            }
            return maximum
        }
    }
}
