// REAL-TIME (improviser): a model ready to listen and to plan, as plain pointers. Mind.swift prepares it.

import Kernels
import Network
import Realtime
import Representation

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
    /// The listener as it was when the last reply began, with its tracker and what was remembered.
    let kept: Moment
    private let keptTracker: LiveRepresentation
    private let keptRecall: UnsafeMutableRawPointer
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
        sample: @escaping KernelTable.Sample, largest: Int, memory: UnsafeMutableRawPointer,
        momentBytes: Int,
        snapshotBytes: Int, adaptation: Adaptation?, tracker: LiveRepresentation,
        keptTracker: LiveRepresentation, tables: FollowingTables
    ) {
        self.engine = engine
        self.fingerprint = fingerprint
        samplePointer = sample
        self.snapshotBytes = snapshotBytes
        self.adaptation = adaptation
        (self.tracker, self.keptTracker) = (tracker, keptTracker)
        self.tables = tables
        listener = Moment(at: memory, representation, engine)
        planner = Moment(at: memory + momentBytes, representation, engine)
        kept = Moment(at: memory + 2 * momentBytes, representation, engine)
        keptRecall = memory + 3 * momentBytes
        snapshotBase = keptRecall + Self.keptRecallBytes(engine)
        let masks = snapshotBase + Mind.snapshots * snapshotBytes
        legal = masks.assumingMemoryBound(to: UInt64.self)
        let floats = (masks + Self.legalBytes(largest)).assumingMemoryBound(to: Float.self)
        let rounded = (engine.scratchCount + 15) & ~15
        scratch = floats
        logits = floats + rounded
        probabilities = logits + largest
    }

    /// Whole cache lines.
    static func keptRecallBytes(_ engine: NetworkEngine) -> Int { (engine.recallBytes + 63) & ~63 }

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

    /// Keeps the listener's state, for `goBack`. What is learnt, megabytes, is not kept: it comes of the player's notes alone.
    func keep() {
        kept.copy(from: listener)
        keptTracker.copy(from: tracker)
        engine.keepRecall(of: scratch, in: keptRecall)
    }

    /// Bytes that `keep` copies.
    var keptBytes: Int { kept.byteCount + keptTracker.byteCount + engine.recallBytes }

    /// The listener is what it was at the last `keep`.
    func goBack() {
        listener.copy(from: kept)
        tracker.copy(from: keptTracker)
        engine.bringRecall(from: keptRecall, to: scratch)
    }

    /// The listener's opening state; what was learnt is forgotten too.
    func forget() {
        tracker.reset()
        adaptation?.reset()
        listener.reset(engine)
    }

    /// Ticks that pass before what the token's other fields say.
    func shift(of token: Token) -> Int64 {
        for field in 0..<tables.fieldCount where token[field] >= 0 {
            if case .shift(let ticks) = tables.meaning(field, Int(token[field])) { return Int64(ticks) }
        }
        return 0
    }

    /// Takes velocities above `ceiling` out of the mask of a field; the softest stays in any case.
    func limit(_ mask: Mask, _ field: Int, to ceiling: UInt8) {
        guard ceiling < 127 && planner.representation.role(field) == .dynamics else { return }
        var softest: (value: Int, velocity: UInt8)?
        for value in 0..<mask.classes where mask.contains(value) {
            guard case .velocity(let velocity) = tables.meaning(field, value), velocity > ceiling else { continue }
            mask.words[value >> 6] &= ~(1 << UInt64(value & 63))
            if velocity < softest?.velocity ?? .max { softest = (value, velocity) }
        }
        if mask.isEmpty, let softest { mask.insert(softest.value) }
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
