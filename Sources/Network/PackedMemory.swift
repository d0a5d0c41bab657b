// Not real-time: prepares the memory of the weights.

import Glibc

/// Memory that holds the weights of the steps, and what they are measured against.
///
/// @unchecked Sendable: written in `init`, then only read.
package final class PackedMemory: @unchecked Sendable {
    private let memory: UnsafeMutableRawPointer
    package let byteCount: Int
    private let room: Int
    package var base: UnsafeRawPointer { UnsafeRawPointer(memory) }

    private static let hugePage = 2 << 20

    /// Asks for huge pages: processors read ahead up to the end of a page, so that cold weights come a quarter faster. The
    /// memory is the system's own, not the allocator's: what this frees it would use again, in huge pages still.
    package init(_ image: [UInt32]) {
        byteCount = image.count * MemoryLayout<UInt32>.size
        room = (byteCount + Self.hugePage - 1) / Self.hugePage * Self.hugePage
        // One page more, since it begins at a multiple of them.
        let mapped = mmap(nil, room + Self.hugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapped, mapped != MAP_FAILED else { preconditionFailure("no memory for \(room) bytes of weights") }
        memory = mapped.alignedUp(toMultipleOf: Self.hugePage)
        let before = memory - mapped
        if before > 0 { munmap(mapped, before) }
        munmap(memory + room, Self.hugePage - before)
        // A wish: without them all works as well.
        _ = madvise(memory, room, MADV_HUGEPAGE)
        image.withUnsafeBytes { memory.copyMemory(from: $0.baseAddress!, byteCount: byteCount) }
    }

    deinit { munmap(memory, room) }
}
