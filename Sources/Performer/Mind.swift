/// A model made ready to listen and to plan: everything the improviser needs of it, allocated beforehand.

import Kernels
import Network
import Realtime
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

    /// - Throws: `PerformerError` if the model speaks a representation this program does not know, or
    ///   one whose fields differ.
    public init(_ network: Network, kernels: KernelTable) throws(PerformerError) {
        let name = network.configuration.representation
        guard let representation = Representations.named(name) else { throw .unknownRepresentation(name) }
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
            2 * momentBytes + Self.snapshots * snapshotBytes + (engine.scratchCount + 2 * largest + 64) * 4
            + MindView.legalBytes(largest) + 4 * 64
        memory = .allocate(byteCount: byteCount, alignment: 64)
        // Touched now, so that no page is missing later.
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        learning = AdaptationMemory(network)
        trackerMemory = .allocate(byteCount: LiveRepresentation.byteCount(of: representation), alignment: 64)
        tables = FollowingTables(representation)
        viewPointer = .allocate(capacity: 1)
        viewPointer.initialize(
            to: MindView(
                engine: engine, representation: representation, fingerprint: network.fingerprint,
                sample: kernels.sample, largest: largest, memory: memory, momentBytes: momentBytes,
                snapshotBytes: snapshotBytes, adaptation: learning?.adaptation,
                tracker: LiveRepresentation(representation, at: trackerMemory), tables: tables))
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
    /// that. Before it is handed to a performer; not real-time.
    /// - Parameter sampleRate: of the frames of `entries`.
    public func prime(with entries: some Sequence<JournalEntry>, sampleRate: Int) {
        let timebase = Timebase(rate: Int64(sampleRate), ticksPerSecond: view.ticksPerSecond)
        for entry in entries {
            var event = entry.event
            event.tick = timebase.tick(of: entry.frame)
            _ = view.hear(event)
        }
    }
}

/// The memory of a `Mind`, as plain pointers for the real-time thread.
struct MindView: @unchecked Sendable {
    // Unchecked: as `Mind`.
    let engine: NetworkEngine
    /// `Network.fingerprint`.
    let fingerprint: UInt64
    private let samplePointer: KernelTable.Sample
    /// The state that follows what is heard, and only that.
    let listener: Moment
    /// The state that works ahead.
    let planner: Moment
    /// What is learnt of the player; nil of a model that cannot.
    let adaptation: Adaptation?
    /// The listener's tokens alone, as a corpus has them: what is legal of the next.
    let tracker: LiveRepresentation
    let tables: FollowingTables
    let scratch: UnsafeMutablePointer<Float>
    let logits: UnsafeMutablePointer<Float>
    private let probabilities: UnsafeMutablePointer<Float>
    /// Room for the mask of any field.
    let legal: UnsafeMutablePointer<UInt64>
    private let snapshotBase: UnsafeMutableRawPointer
    private let snapshotBytes: Int

    init(
        engine: NetworkEngine, representation: any Representation.Type, fingerprint: UInt64,
        sample: @escaping KernelTable.Sample, largest: Int, memory: UnsafeMutableRawPointer, momentBytes: Int,
        snapshotBytes: Int, adaptation: Adaptation?, tracker: LiveRepresentation, tables: FollowingTables
    ) {
        self.engine = engine
        self.fingerprint = fingerprint
        samplePointer = sample
        self.snapshotBytes = snapshotBytes
        self.adaptation = adaptation
        self.tracker = tracker
        self.tables = tables
        listener = Moment(at: memory, representation, engine)
        planner = Moment(at: memory + momentBytes, representation, engine)
        snapshotBase = memory + 2 * momentBytes
        let masks = snapshotBase + Mind.snapshots * snapshotBytes
        legal = masks.assumingMemoryBound(to: UInt64.self)
        let floats = (masks + Self.legalBytes(largest)).assumingMemoryBound(to: Float.self)
        let rounded = (engine.scratchCount + 15) & ~15
        scratch = floats
        logits = floats + rounded
        probabilities = logits + largest
    }

    /// Whole cache lines.
    /// - Parameter largest: classes of the largest field.
    static func legalBytes(_ largest: Int) -> Int { (Mask.wordCount(largest) * 8 + 63) & ~63 }

    /// The grid of its representation.
    var ticksPerSecond: Int64 { planner.representation.ticksPerSecond }

    /// A class of `field`, drawn from `logits`.
    /// - Parameter uniform: 0 ..< 1.
    @_semantics("no_performance_analysis")  // a kernel, called through the table's C function pointer
    func sample(_ field: Int, _ mask: Mask, temperature: Float, topP: Float, _ uniform: Float) -> Int {
        samplePointer(probabilities, logits, mask.words, engine.logitCount(field), temperature, topP, uniform)
    }

    /// The planner's state before token `index` of the plan; the last `Mind.snapshots` are there.
    func snapshot(_ index: Int) -> UnsafeMutableRawPointer {
        snapshotBase + (index & (Mind.snapshots &- 1)) &* snapshotBytes
    }

    /// The listener's opening state; what was learnt is forgotten too.
    func forget() {
        tracker.reset()
        adaptation?.reset()
        listener.reset(engine)
    }

    /// What was played before has its say in the `logits` of a field.
    func recall(_ field: Int, _ mask: Mask) {
        engine.recall(field, legal: mask.words, state: planner.state, scratch: scratch, into: logits)
    }

    /// The listener hears an event; each token stepped is noted in the log, if there is one. What is recalled later is what
    /// the player played, and so is what is learnt from: the machine, feeding on what it said itself, would soon turn in
    /// circles.
    /// - Returns: what learning turned out to be worth.
    func hear(_ event: HeardEvent, _ log: StepLog? = nil) -> Adaptation.Gain {
        let (engine, scratch, state, habits, tables) = (
            engine, scratch, listener.state, listener.habits, tables
        )
        let isPlayers = event.player == .human
        // Time that passes before an event is heard with it or before, as the improviser wakes: not learnt from, so that
        // what is learnt does not depend on that.
        listener.representation.advance(to: event.tick) { token in
            track(token)
            engine.step(state, token, scratch: scratch, remembering: false)
            habits.pointee.hear(token, tables, isPlayers: false)
            log?.note(token)
        }
        var gain = Adaptation.Gain()
        listener.representation.hear(event) { token in
            if isPlayers { gain += learn(token) }
            track(token)
            engine.step(state, token, scratch: scratch, remembering: isPlayers)
            habits.pointee.hear(token, tables, isPlayers: isPlayers)
            log?.note(token)
        }
        return gain
    }

    /// Nothing was heard before `tick`.
    func advance(to tick: Int64, _ log: StepLog) {
        let (engine, scratch, state, habits, tables) = (
            engine, scratch, listener.state, listener.habits, tables
        )
        listener.representation.advance(to: tick) { token in
            track(token)
            engine.step(state, token, scratch: scratch, remembering: false)
            habits.pointee.hear(token, tables, isPlayers: false)
            log.note(token)
        }
    }

    // MARK: Learning

    /// Computes a step of learning that is due. When nothing else is: it takes some tenths of a millisecond.
    /// - Returns: what learning turned out to be worth.
    func learnIfDue() -> Adaptation.Gain { adaptation?.learn() ?? Adaptation.Gain() }

    /// - Parameter scale: `learning`.
    func setLearning(_ scale: Float) -> Adaptation.Gain { adaptation?.setScale(scale) ?? Adaptation.Gain() }

    /// The player's next token, before it is stepped.
    private func learn(_ token: Token) -> Adaptation.Gain {
        guard let adaptation else { return Adaptation.Gain() }
        var bounds = Bounds.play
        bounds.ownsAllKeys = true
        var legal = InlineArray<4, SIMD8<UInt64>>(repeating: .zero)
        for field in 0..<tracker.fieldCount where token[field] >= 0 {
            let mask = tracker.mask(field, given: token, within: bounds, in: self.legal)
            // A stream that was begun in the middle may do what no whole one can.
            guard mask.contains(Int(token[field])) else { return Adaptation.Gain() }
            for word in 0..<Mask.wordCount(mask.classes) { legal[field][word] = mask.words[word] }
        }
        return adaptation.hear(token, legal: legal, state: listener.state)
    }

    private func track(_ token: Token) {
        tracker.emit(token) { _ in }
    }
}

/// Notes the tokens of one event in the journal.
struct StepLog {
    let journal: Ring<JournalEntry>
    let steps: Counter
    let frame: Int64
    let number: Int64
    let event: HeardEvent

    func note(_ token: Token) {
        steps.add()
        journal.push(JournalEntry(kind: .token, frame: frame, number: number, event: event, token: token))
    }
}
