/// How fast this core reads: no step that reads its weights once can be faster.
import Commands
import Glibc
import Kernels
import Network

/// Memory larger than every cache, to read from; in pages as those of weights are.
final class BenchMemory {
    private let memory: PackedMemory
    private let read: @convention(c) (UnsafeRawPointer, Int) -> UInt32
    /// Half of the first two caches, so that other things fit too; a quarter of the third, which other cores share; memory.
    static let levels: [(name: String, bytes: Int)] = [
        ("L1", caches[0] / 2), ("L2", caches[1] / 2), ("L3", caches[2] / 4),
        ("memory", max(2 * caches[2], 64 << 20)),
    ]
    /// Keeps the reads from being dropped.
    private(set) var sum: UInt32 = 0
    /// Bytes of the caches as the system tells them, or usual ones.
    static let caches = [
        cache(_SC_LEVEL1_DCACHE_SIZE, or: 32 << 10), cache(_SC_LEVEL2_CACHE_SIZE, or: 1 << 20),
        cache(_SC_LEVEL3_CACHE_SIZE, or: 32 << 20),
    ]

    init(_ kernels: KernelTable) {
        read = kernels.readThrough
        memory = PackedMemory([UInt32](repeating: 1, count: Self.levels[3].bytes / 4))
    }

    private static func cache(_ name: Int, or usual: Int) -> Int {
        let size = sysconf(Int32(name))
        return size > 0 ? size : usual
    }

    /// Puts everything else out of the caches.
    func evictOthers() { sum |= read(memory.base, memory.byteCount) }

    /// Microseconds to read as many bytes, from wherever they lie when they are read over and over.
    func microseconds(toRead bytes: Int, attempts: Int) -> [Double] {
        let bytes = min((bytes + 255) / 256 * 256, memory.byteCount)
        // Short blocks are read several times over for a clock of 20 ns.
        let times = max(1, (256 << 10) / bytes)
        sum |= read(memory.base, bytes)
        return (0..<attempts).map { _ in
            let start = now()
            for _ in 0..<times { sum |= read(memory.base, bytes) }
            return (now() - start) / Double(times)
        }
    }
}
