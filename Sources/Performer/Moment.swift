// REAL-TIME: a state of mind, as one block of memory.

import Network
import Representation

/// Where a stream of music stands: the representation's state and the network's. A handle; `copy` is the snapshot
/// and the way back.
struct Moment: BitwiseCopyable {
    let representation: UnsafeMutablePointer<LiveRepresentation>
    /// The network's state; see `NetworkEngine`.
    let state: UnsafeMutablePointer<Float>
    private let base: UnsafeMutableRawPointer
    private let size: Int

    private static let headerBytes = (MemoryLayout<LiveRepresentation>.size + 63) & ~63

    /// Bytes a moment takes, a multiple of 64.
    static func byteCount(_ engine: NetworkEngine) -> Int {
        (headerBytes + engine.stateCount * MemoryLayout<Float>.stride + 63) & ~63
    }

    /// - Parameter memory: aligned to 64, of at least `byteCount(engine)` bytes, and initialised.
    init(at memory: UnsafeMutableRawPointer, _ engine: NetworkEngine) {
        base = memory
        size = Self.byteCount(engine)
        representation = memory.assumingMemoryBound(to: LiveRepresentation.self)
        state = (memory + Self.headerBytes).assumingMemoryBound(to: Float.self)
    }

    func copy(from other: Moment) {
        base.copyMemory(from: other.base, byteCount: size)
    }
}
