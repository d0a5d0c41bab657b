/// Training: corpora, truncated back-propagation through time on all cores, Adam, checkpoints, evaluation.
import Glibc

/// Fixed memory on cache-line boundaries, zeroed, with room for one vector beyond its count: kernels read and write
/// whole vectors. Unchecked: each buffer belongs to one worker thread at a time; barriers hand it on.
package final class Buffer<Element: BitwiseCopyable>: @unchecked Sendable {
    package let base: UnsafeMutablePointer<Element>
    package let count: Int

    init(_ count: Int) {
        self.count = count
        let bytes = (count * MemoryLayout<Element>.stride + 191) / 64 * 64
        guard let memory = aligned_alloc(64, bytes) else { fatalError("out of memory: \(bytes) bytes for training") }
        memset(memory, 0, bytes)
        base = memory.bindMemory(to: Element.self, capacity: bytes / MemoryLayout<Element>.stride)
    }

    deinit { free(base) }

    func clear() { memset(base, 0, count * MemoryLayout<Element>.stride) }
}
