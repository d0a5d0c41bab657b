import Glibc

/// Fixed memory on cache-line boundaries, zeroed, with room for one vector beyond its count: kernels read and write
/// whole vectors. Unchecked: each buffer belongs to one worker thread at a time; barriers hand it on.
package final class Buffer<Element: BitwiseCopyable>: @unchecked Sendable {
    package let base: UnsafeMutablePointer<Element>
    package let count: Int
    private static var hugePage: Int { 2 << 20 }

    init(_ count: Int) {
        self.count = count
        let needed = count * MemoryLayout<Element>.stride + 128
        let page = needed < Self.hugePage ? 64 : Self.hugePage
        let bytes = (needed + page - 1) / page * page
        guard let memory = aligned_alloc(page, bytes) else { fatalError("out of memory: \(bytes) bytes for training") }
        // A wish: without them all works as well, but the addresses of a pass through all matrices fit no TLB.
        if page == Self.hugePage { _ = madvise(memory, bytes, MADV_HUGEPAGE) }
        memset(memory, 0, bytes)
        base = memory.bindMemory(to: Element.self, capacity: bytes / MemoryLayout<Element>.stride)
    }

    deinit { free(base) }

    func clear() { memset(base, 0, count * MemoryLayout<Element>.stride) }
}
