// REAL-TIME (any): everything here but `init` and `deallocate`.

// The purpose of this room: what threads of different priority may share without waiting for one another.
//
// `Ring`, `CountingSemaphore`, `Counter` and `Histogram` are handles, like `UnsafeMutablePointer`: a copy means the same
// object, nothing is reference-counted, and who created one calls `deallocate` when every thread that uses it has ended.

import Synchronization

/// Each index sits alone on two cache lines, because x86 prefetches lines in pairs.
@usableFromInline let isolation = 128

/// A wait-free queue from one thread to one other: the producer alone calls `push`, the consumer alone `pop` and `peek`.
///
///     let ring = Ring<Event>(capacity: 1024)
///     ring.push(event)                          // thread A
///     while let event = ring.pop() { … }        // thread B
///     ring.deallocate()                         // after both have ended
///
/// - Thread: any; one pushes, one other pops
///
/// The compiler checks `@_noAllocation @_noLocks` on what is specialised, so these attributes stand on the callers.
public struct Ring<Element: BitwiseCopyable>: @unchecked Sendable {
    // Unchecked: only a pointer and a constant; what lies behind is shared by one producer and one consumer, as above.
    @usableFromInline let slots: UnsafeMutablePointer<Element>
    /// How many elements were ever pushed; written by the producer. It wraps, as does `popped`.
    @usableFromInline let pushed: UnsafeMutablePointer<Atomic<Int>>
    /// How many were ever popped; written by the consumer.
    @usableFromInline let popped: UnsafeMutablePointer<Atomic<Int>>
    @usableFromInline let mask: Int

    /// - Parameter capacity: at least this many elements fit; rounded up to a power of two.
    public init(capacity: Int) {
        precondition(capacity > 0 && capacity <= 1 << 30, "a ring of \(capacity) elements")
        var size = 1
        while size < capacity { size *= 2 }
        mask = size - 1
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: 2 * isolation + size * MemoryLayout<Element>.stride, alignment: isolation)
        // The pages are touched now, not by the first lap of the real-time thread.
        memory.initializeMemory(
            as: UInt8.self, repeating: 0, count: 2 * isolation + size * MemoryLayout<Element>.stride)
        pushed = memory.bindMemory(to: Atomic<Int>.self, capacity: 1)
        popped = (memory + isolation).bindMemory(to: Atomic<Int>.self, capacity: 1)
        slots = (memory + 2 * isolation).bindMemory(to: Element.self, capacity: size)
        pushed.initialize(to: Atomic(0))
        popped.initialize(to: Atomic(0))
    }

    /// Frees the memory. No copy of this handle may be used afterwards.
    public func deallocate() { UnsafeMutableRawPointer(pushed).deallocate() }

    @inlinable public var capacity: Int { mask + 1 }

    /// How many elements wait. Meanwhile it can only have shrunk for the producer, only have grown for the consumer.
    // The attributes stand on the accessor, so it must be written out.
    // swift-format-ignore: UseSingleLinePropertyGetter
    @inlinable public var count: Int {
        @_noAllocation @_noLocks get {
            let taken = popped.pointee.load(ordering: .acquiring)
            return pushed.pointee.load(ordering: .acquiring) &- taken
        }
    }

    /// Producer only. False if the ring is full; nothing is written then.
    @inlinable @discardableResult
    public func push(_ element: Element) -> Bool {
        let end = pushed.pointee.load(ordering: .relaxed)
        guard end &- popped.pointee.load(ordering: .acquiring) <= mask else { return false }
        (slots + (end & mask)).initialize(to: element)
        pushed.pointee.store(end &+ 1, ordering: .releasing)
        return true
    }

    /// Consumer only. The oldest element, which stays in the ring.
    @inlinable public func peek() -> Element? {
        let start = popped.pointee.load(ordering: .relaxed)
        guard pushed.pointee.load(ordering: .acquiring) != start else { return nil }
        return slots[start & mask]
    }

    /// Consumer only. Takes the oldest element out.
    @inlinable public func pop() -> Element? {
        let start = popped.pointee.load(ordering: .relaxed)
        guard pushed.pointee.load(ordering: .acquiring) != start else { return nil }
        let element = slots[start & mask]
        popped.pointee.store(start &+ 1, ordering: .releasing)
        return element
    }
}
