// Not real-time: prepares a model to listen and to plan. MindView.swift is what the improviser uses of it.

import Kernels
import Network
import Representation

/// Owns the network and the memory behind a `MindView`. Made and freed off the real-time path; between threads it
/// travels as an opaque pointer with one retain.
public final class Mind: @unchecked Sendable {
    // Unchecked: its memory is used by one thread at a time, first by the one that makes and primes it, then by the
    // improviser, and at last by the one that frees it.
    public let network: Network
    /// How many tokens the planner can be ahead of what has sounded, and so can take back.
    static let snapshots = 512
    private let memory: UnsafeMutableRawPointer
    /// What it learns; nil of a model that cannot.
    private let learning: AdaptationMemory?
    /// At an address, so that the real-time thread can take it over without touching this object.
    let viewPointer: UnsafeMutablePointer<MindView>
    var view: MindView { viewPointer.pointee }
    private let trackerMemory: UnsafeMutableRawPointer
    private let tables: FollowingTables

    /// - Throws: `PerformerError` if the model speaks a representation this program does not know or cannot play, or one whose
    ///   fields differ.
    public init(_ network: Network, kernels: KernelTable) throws(PerformerError) {
        let name = network.configuration.representation
        guard let representation = Representations.named(name) else { throw .unknownRepresentation(name) }
        if representation is any Notation.Type { throw .writtenOnly(name) }
        guard representation.isPlayable else { throw .notPlayable(name) }
        let fields = network.configuration.fields
        let expected = representation.fields
        guard fields.map(\.name) == expected.map(\.name), fields.map(\.classes) == expected.map(\.classes) else {
            throw .fieldsDiffer(name)
        }
        self.network = network
        let engine = network.engine
        let momentBytes = Moment.byteCount(representation, engine)
        let snapshotBytes = Moment.snapshotByteCount(representation, engine)
        let largest = fields.indices.map { engine.logitCount($0) }.max()!
        let byteCount =
            3 * momentBytes + MindView.keptRecallBytes(engine) + Self.snapshots * snapshotBytes
            + (engine.scratchCount + 2 * largest + 64) * 4
            + MindView.legalBytes(largest) + 4 * 64
        memory = .allocate(byteCount: byteCount, alignment: 64)
        // Touched now, so that no page is missing later.
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        learning = AdaptationMemory(network)
        let trackerBytes = (LiveRepresentation.byteCount(of: representation) + 63) & ~63
        trackerMemory = .allocate(byteCount: 2 * trackerBytes, alignment: 64)
        trackerMemory.initializeMemory(as: UInt8.self, repeating: 0, count: 2 * trackerBytes)
        tables = FollowingTables(representation)
        viewPointer = .allocate(capacity: 1)
        viewPointer.initialize(
            to: MindView(
                engine: engine, representation: representation, fingerprint: network.fingerprint,
                sample: kernels.sample, largest: largest, memory: memory, momentBytes: momentBytes,
                snapshotBytes: snapshotBytes, adaptation: learning?.adaptation,
                tracker: LiveRepresentation(representation, at: trackerMemory),
                keptTracker: LiveRepresentation(representation, at: trackerMemory + trackerBytes),
                tables: tables))
        view.planner.reset(engine)
        view.forget()
    }

    deinit {
        viewPointer.deallocate()
        tables.deallocate()
        trackerMemory.deallocate()
        memory.deallocate()
    }

    /// Hears what was played before this mind was made, so that it does not begin from nothing; it learns nothing of
    /// that. Before it is handed to a performer.
    /// - Parameter sampleRate: of the frames of `entries`.
    /// - Thread: control
    public func prime(with entries: some Sequence<JournalEntry>, sampleRate: Int) {
        let timebase = Timebase(rate: Int64(sampleRate), ticksPerSecond: view.ticksPerSecond)
        for entry in entries {
            var event = entry.heardEvent
            event.tick = timebase.tick(of: entry.frame)
            _ = view.hear(event)
        }
    }
}
