/// A model made ready to listen and to plan: everything the improviser needs of it, allocated beforehand.

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
    let view: MindView

    /// - Throws: `PerformerError.representation` if the model speaks a representation this program does not know, or
    ///   one whose fields differ.
    public init(_ network: Network, kernels: KernelTable) throws(PerformerError) {
        let name = network.configuration.representation
        guard let representation = LiveRepresentation(named: name) else { throw .unknownRepresentation(name) }
        let fields = network.configuration.fields
        let expected = representation.fields
        guard fields.map(\.name) == expected.map(\.name), fields.map(\.classes) == expected.map(\.classes) else {
            throw .fieldsDiffer(name)
        }
        self.network = network
        let engine = network.engine
        let momentBytes = Moment.byteCount(engine)
        let moments = Self.snapshots + 2
        let largest = fields.indices.map { engine.logitCount($0) }.max()!
        let byteCount = moments * momentBytes + (engine.scratchCount + 3 * largest + 64) * 4 + 4 * 64
        memory = .allocate(byteCount: byteCount, alignment: 64)
        // Touched now, so that no page is missing later.
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        for index in 0..<moments {
            Moment(at: memory + index * momentBytes, engine).representation.initialize(to: representation)
        }
        view = MindView(
            engine: engine, exponentials: kernels.exponentials, fields: fields.map(\.classes), largest: largest,
            memory: memory, momentBytes: momentBytes)
        view.forget()
    }

    deinit { memory.deallocate() }

    /// Hears what was played before this mind was made, so that it does not begin from nothing. Before it is handed
    /// to a performer; not real-time.
    public func prime(with events: some Sequence<HeardEvent>) {
        for event in events { view.hear(event) { _ in } }
    }
}

/// The memory of a `Mind`, as plain pointers for the real-time thread.
struct MindView: @unchecked Sendable {
    // Unchecked: as `Mind`.
    let engine: NetworkEngine
    let exponentials: @convention(c) (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void
    let fieldCount: Int
    /// Classes of each field.
    let classes: InlineArray<4, Int>
    /// The state that follows what is heard, and only that.
    let listener: Moment
    /// The state that works ahead.
    let planner: Moment
    let scratch: UnsafeMutablePointer<Float>
    let logits: UnsafeMutablePointer<Float>
    /// Probabilities and classes in the sampler's order.
    let probabilities: UnsafeMutablePointer<Float>
    let order: UnsafeMutablePointer<Int32>
    private let snapshotBase: UnsafeMutableRawPointer
    private let momentBytes: Int

    init(
        engine: NetworkEngine,
        exponentials: @escaping @convention(c) (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void,
        fields: [Int], largest: Int, memory: UnsafeMutableRawPointer, momentBytes: Int
    ) {
        self.engine = engine
        self.exponentials = exponentials
        self.momentBytes = momentBytes
        fieldCount = fields.count
        classes = InlineArray { $0 < fields.count ? fields[$0] : 0 }
        listener = Moment(at: memory, engine)
        planner = Moment(at: memory + momentBytes, engine)
        snapshotBase = memory + 2 * momentBytes
        let floats = (memory + (Mind.snapshots + 2) * momentBytes).assumingMemoryBound(to: Float.self)
        let rounded = (engine.scratchCount + 15) & ~15
        scratch = floats
        logits = floats + rounded
        probabilities = logits + largest
        order = UnsafeMutableRawPointer(probabilities + largest).assumingMemoryBound(to: Int32.self)
    }

    /// The planner's state before token `index` of the plan; the last `Mind.snapshots` are there.
    func snapshot(_ index: Int) -> Moment {
        Moment(at: snapshotBase + (index & (Mind.snapshots &- 1)) &* momentBytes, engine)
    }

    /// The listener's opening state.
    func forget() {
        listener.representation.pointee.reset()
        engine.reset(listener.state)
    }

    /// The listener hears an event; `journal` gets each token stepped.
    func hear(_ event: HeardEvent, _ journal: (Token) -> Void) {
        let (engine, scratch, state) = (engine, scratch, listener.state)
        listener.representation.pointee.hear(event) { token in
            engine.step(state, token, scratch: scratch)
            journal(token)
        }
    }

    func advance(to tick: Int64, _ journal: (Token) -> Void) {
        let (engine, scratch, state) = (engine, scratch, listener.state)
        listener.representation.pointee.advance(to: tick) { token in
            engine.step(state, token, scratch: scratch)
            journal(token)
        }
    }
}
