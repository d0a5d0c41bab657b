// REAL-TIME (improviser): a state of mind, as one block of memory.

import Network
import Representation

/// Where a stream of music stands: the representation's state and the network's. A handle; `copy` makes
/// another moment the same. A snapshot is less: what is computed ahead is left out, and computed again by `restore`.
struct Moment {
    let representation: LiveRepresentation
    /// What the player and the machine did of late.
    let habits: UnsafeMutablePointer<Habits>
    /// The network's state; see `NetworkEngine`.
    let state: UnsafeMutablePointer<Float>
    private let base: UnsafeMutableRawPointer
    private let size: Int
    private let snapshotSize: Int

    private static func headerBytes(_ type: any Representation.Type) -> Int {
        habitsOffset(type) + (MemoryLayout<Habits>.size + 63) & ~63
    }

    private static func habitsOffset(_ type: any Representation.Type) -> Int {
        (LiveRepresentation.byteCount(of: type) + 63) & ~63
    }

    /// Bytes a moment takes, a multiple of 64.
    static func byteCount(_ type: any Representation.Type, _ engine: NetworkEngine) -> Int {
        (headerBytes(type) + engine.stateCount * MemoryLayout<Float>.stride + 63) & ~63
    }

    /// Bytes a snapshot takes, a multiple of 64.
    static func snapshotByteCount(_ type: any Representation.Type, _ engine: NetworkEngine) -> Int {
        (headerBytes(type) + engine.snapshotCount * MemoryLayout<Float>.stride + 63) & ~63
    }

    /// - Parameter memory: aligned to 64, of at least `byteCount(type, engine)` bytes.
    init(at memory: UnsafeMutableRawPointer, _ type: any Representation.Type, _ engine: NetworkEngine) {
        base = memory
        size = Self.byteCount(type, engine)
        snapshotSize = Self.snapshotByteCount(type, engine)
        representation = LiveRepresentation(type, at: memory)
        habits = (memory + Self.habitsOffset(type)).assumingMemoryBound(to: Habits.self)
        state = (memory + Self.headerBytes(type)).assumingMemoryBound(to: Float.self)
    }

    /// The start of a stream.
    func reset(_ engine: NetworkEngine) {
        representation.reset()
        habits.initialize(to: Habits())
        engine.reset(state)
    }

    func copy(from other: Moment) {
        base.copyMemory(from: other.base, byteCount: size)
    }

    var byteCount: Int { size }

    /// - Parameter snapshot: of `snapshotByteCount` bytes.
    func save(to snapshot: UnsafeMutableRawPointer) {
        snapshot.copyMemory(from: base, byteCount: snapshotSize)
    }

    func restore(from snapshot: UnsafeRawPointer, _ engine: NetworkEngine, scratch: UnsafeMutablePointer<Float>) {
        base.copyMemory(from: snapshot, byteCount: snapshotSize)
        engine.prepare(state, scratch: scratch)
    }
}
