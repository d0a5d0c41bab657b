// REAL-TIME: a state of mind, as one block of memory.

import Network
import Representation

/// Where a stream of music stands: the representation's state and the network's. A handle; `copy` makes
/// another moment the same. A snapshot is less: what is computed ahead is left out, and computed again by `restore`.
struct Moment: BitwiseCopyable {
    let representation: UnsafeMutablePointer<LiveRepresentation>
    /// The network's state; see `NetworkEngine`.
    let state: UnsafeMutablePointer<Float>
    private let base: UnsafeMutableRawPointer
    private let size: Int
    private let snapshotSize: Int

    private static let headerBytes = (MemoryLayout<LiveRepresentation>.size + 63) & ~63

    /// Bytes a moment takes, a multiple of 64.
    static func byteCount(_ engine: NetworkEngine) -> Int {
        (headerBytes + engine.stateCount * MemoryLayout<Float>.stride + 63) & ~63
    }

    /// Bytes a snapshot takes, a multiple of 64.
    static func snapshotByteCount(_ engine: NetworkEngine) -> Int {
        (headerBytes + engine.snapshotCount * MemoryLayout<Float>.stride + 63) & ~63
    }

    /// - Parameter memory: aligned to 64, of at least `byteCount(engine)` bytes, and initialised.
    init(at memory: UnsafeMutableRawPointer, _ engine: NetworkEngine) {
        base = memory
        size = Self.byteCount(engine)
        snapshotSize = Self.snapshotByteCount(engine)
        representation = memory.assumingMemoryBound(to: LiveRepresentation.self)
        state = (memory + Self.headerBytes).assumingMemoryBound(to: Float.self)
    }

    func copy(from other: Moment) {
        base.copyMemory(from: other.base, byteCount: size)
    }

    /// - Parameter snapshot: of `snapshotByteCount` bytes.
    func save(to snapshot: UnsafeMutableRawPointer) {
        snapshot.copyMemory(from: base, byteCount: snapshotSize)
    }

    func restore(from snapshot: UnsafeRawPointer, _ engine: NetworkEngine, scratch: UnsafeMutablePointer<Float>) {
        base.copyMemory(from: snapshot, byteCount: snapshotSize)
        engine.prepare(state, scratch: scratch)
    }
}
