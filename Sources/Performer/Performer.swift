// Not real-time: stage and improviser, the ways between them, and what control may do with them.

import Realtime
import Synchronization

/// What the improviser counts and times; `status` shows all of it.
public struct ImproviserCounters: Sendable {
    /// Events heard, the player's and the machine's.
    public let heard = Counter()
    /// Network steps.
    public let steps = Counter()
    /// Take-overs that came to pass.
    public let takeovers = Counter()
    /// Replies interrupted by the player.
    public let yields = Counter()
    /// Of those, the ones whose first note had sounded for less than a quarter of a second.
    public let blips = Counter()
    /// Plans thrown away in the middle of a reply.
    public let revisions = Counter()
    /// Of the last minute that anything was learnt in: the second in which it ended, notes learnt from, and millionths of a
    /// nat that learning saved in all of them.
    public let learntUntil = Counter()
    public let learntNotes = Counter()
    public let savedMicronats = Counter()
    /// Nanoseconds per network step of a heard event.
    public let step = Histogram()
    /// Nanoseconds from an event of the player to a new plan.
    public let respond = Histogram()

    /// By the names that `status` gives them.
    public var counts: [(name: String, counter: Counter)] {
        [
            ("heard", heard), ("steps", steps), ("takeovers", takeovers), ("yields", yields),
            ("blips", blips), ("revisions", revisions),
        ]
    }
    public var times: [(name: String, histogram: Histogram)] { [("step", step), ("respond", respond)] }

    func deallocate() {
        for (_, counter) in counts { counter.deallocate() }
        for (_, histogram) in times { histogram.deallocate() }
        for counter in [learntUntil, learntNotes, savedMicronats] { counter.deallocate() }
    }
}

/// What a performer began with, for the header of a tape.
public struct Opening: Sendable {
    /// `Network.fingerprint`.
    public let model: UInt64
    public let kernels: String
    public let precision: String
    public let values: ParameterValues
    /// `NoteList.contents`.
    public let left: [UInt64]
}

/// An instrument that plays: stage and improviser, the rings between them, and what control does with both. It lives as long
/// as one connection to a server.
public final class Performer: @unchecked Sendable {
    // Unchecked: the stage is the port thread's, the improviser its own thread's, the rings are between the two;
    // what is left for any thread to use is behind `control`.
    let links = Links()
    let stagePointer: UnsafeMutablePointer<Stage>
    let improviser: UnsafeMutablePointer<Improviser>
    private let tape: Ring<TapeItem>?
    /// Ring through which a replay hands the stage its plan; nil when the performer plays live.
    let replayedPlan: Ring<PlanMessage>?
    public let sampleRate: Int
    public let opening: Opening
    private let control: Guarded<ParameterValues>
    let isStopping = Atomic(false)
    /// The stage writes into it.
    private let list: NoteList

    /// - Parameters:
    ///   - mind: taken over; do not use it elsewhere.
    ///   - sampleRate: frames a second of the port.
    ///   - list: where to list what sounds, and where an earlier performer has; see `releaseLeft`.
    ///   - isTaped: whether somebody takes what `nextTapeItem` gives.
    ///   - isReplay: whether `replay` moves it.
    public init(
        mind: Mind, sampleRate: Int, values: ParameterValues = ParameterValues(), list: NoteList = NoteList(),
        isTaped: Bool = false, isReplay: Bool = false
    ) {
        self.sampleRate = sampleRate
        opening = Opening(
            model: mind.network.fingerprint, kernels: mind.network.variant.rawValue,
            precision: mind.network.precision.rawValue, values: values, left: list.contents)
        tape = isTaped ? Ring(capacity: 65536) : nil
        replayedPlan = isReplay ? Ring(capacity: 16384) : nil
        control = Guarded(values)
        let timebase = Timebase(rate: Int64(sampleRate))
        stagePointer = .allocate(capacity: 1)
        self.list = list
        var stageLinks = links
        if let replayedPlan { stageLinks.plan = replayedPlan }
        stagePointer.initialize(
            to: Stage(timebase: timebase, values: values, links: stageLinks, list: list.words, tape: tape))
        _ = mind.view.setLearning(values[.learning])
        improviser = .allocate(capacity: 1)
        let plan = UnsafeMutablePointer<Plan>.allocate(capacity: 1)
        plan.initialize(to: Plan())
        improviser.initialize(
            to: Improviser(
                timebase: Timebase(rate: Int64(sampleRate), ticksPerSecond: mind.view.ticksPerSecond), links: links,
                counters: ImproviserCounters(), mind: mind.view,
                owner: OpaquePointer(Unmanaged.passRetained(mind).toOpaque()), values: values,
                constraints: Constraints(values, harmony: nil), planStore: plan,
                lead: timebase.frames(milliseconds: 10), horizon: timebase.frames(milliseconds: 400)))
    }

    deinit {
        freeRetiredMinds()
        freeUnheardMinds()
        Unmanaged<Mind>.fromOpaque(UnsafeRawPointer(improviser.pointee.owner)).release()
        improviser.pointee.planStore.pointee.deallocate()
        improviser.pointee.planStore.deallocate()
        improviser.pointee.history.deallocate()
        improviser.pointee.thisReply.deallocate()
        improviser.pointee.lastReply.deallocate()
        improviser.pointee.counters.deallocate()
        improviser.deinitialize(count: 1)
        improviser.deallocate()
        stagePointer.pointee.queue.deallocate()
        stagePointer.pointee.echo.deallocate()
        stagePointer.pointee.counters.deallocate()
        stagePointer.deinitialize(count: 1)
        stagePointer.deallocate()
        links.deallocate()
        tape?.deallocate()
        replayedPlan?.deallocate()
    }

    /// For the port's thread.
    public var stage: StageHandle { StageHandle(stage: stagePointer) }

    // MARK: Control

    /// Sets a parameter.
    /// - Throws: `PerformerError.notRunning`.
    /// - Thread: control
    public func set(_ parameter: Parameter, to value: Float) throws(PerformerError) {
        precondition(parameter.declaration.accepts(value), "\(parameter.declaration.name) cannot be \(value)")
        var message = ControlMessage(kind: .parameter)
        message.parameter = Int32(parameter.rawValue)
        message.value = value
        try send(message) { $0[parameter] = value }
    }

    /// Gives a command.
    /// - Throws: `PerformerError.notRunning`.
    /// - Thread: control
    public func command(_ command: Command) throws(PerformerError) {
        var message = ControlMessage(kind: .command)
        message.command = command
        try send(message) { _ in }
    }

    /// Sends the ends of all that was ever begun, by an earlier performer too, except for what sounds now. For a destination
    /// that is connected to the output: it may have been away when they went out.
    /// - Throws: `PerformerError.notRunning`.
    /// - Thread: control
    public func releaseLeft() throws(PerformerError) {
        try send(ControlMessage(kind: .releaseLeft)) { _ in }
    }

    /// Lifts the player's keys and pedals: their keyboard has gone, and will not report it.
    /// - Throws: `PerformerError.notRunning`.
    /// - Thread: control
    public func letGo() throws(PerformerError) {
        try send(ControlMessage(kind: .letGo)) { _ in }
    }

    /// Ends what is down now in five seconds, unless it is let go or struck again until then: one of the player's keyboards
    /// has gone, others are left.
    /// - Throws: `PerformerError.notRunning`.
    /// - Thread: control
    public func doubt() throws(PerformerError) {
        try send(ControlMessage(kind: .doubt)) { _ in }
    }

    /// Hands a new model over; it hears what it missed and takes over between two events.
    /// - Parameters:
    ///   - mind: taken over.
    ///   - heard: how many events of the journal it has heard; see `JournalEntry.number`.
    /// - Throws: `PerformerError.notRunning`; the running model stays.
    /// - Thread: control
    public func adopt(_ mind: Mind, heard: Int64) throws(PerformerError) {
        let retained = Unmanaged.passRetained(mind)
        var message = ControlMessage(kind: .mind)
        message.mind = OpaquePointer(retained.toOpaque())
        message.view = mind.viewPointer
        message.heard = heard
        do { try send(message) { _ in } } catch {
            retained.release()
            throw error
        }
    }

    func send(
        _ message: ControlMessage, _ change: (inout ParameterValues) -> Void
    ) throws(PerformerError) {
        // The lock makes many control threads the ring's one producer; the stage never takes it.
        let sent = control.withLock { values in
            freeRetiredMinds()
            guard links.control.push(message) else { return false }
            change(&values)
            return true
        }
        if !sent { throw .notRunning }
    }

    /// Under the lock, or when no other thread is left.
    private func freeRetiredMinds() {
        while let owner = links.retired.pop() { Unmanaged<Mind>.fromOpaque(UnsafeRawPointer(owner)).release() }
    }

    /// Minds that were on their way when the port stopped.
    private func freeUnheardMinds() {
        var owners: [OpaquePointer?] = []
        while let message = links.control.pop() { owners.append(message.mind) }
        while let record = links.records.pop() { owners.append(record.control.mind) }
        for case let owner? in owners { Unmanaged<Mind>.fromOpaque(UnsafeRawPointer(owner)).release() }
    }

    /// Frees models that the improviser no longer plays. Called now and then, so that none stays in memory until another is
    /// loaded.
    /// - Thread: control
    public func freeRetired() { control.withLock { _ in freeRetiredMinds() } }

    /// Takes the next entry of the journal.
    /// - Thread: control, always the same one
    public func nextJournalEntry() -> JournalEntry? { links.journal.pop() }

    /// Takes the next item of the tape; nil if there is none yet, or no tape.
    /// - Thread: control, always the same one
    public func nextTapeItem() -> TapeItem? { tape?.pop() }

    /// Takes the next message of the plan, for `Outlook`.
    /// - Thread: control, always the same one
    func nextPlanned() -> PlanMessage? { links.outlook.pop() }

    /// - Thread: any
    public var stageCounters: StageCounters { stagePointer.pointee.counters }
    /// - Thread: any
    public var counters: ImproviserCounters { improviser.pointee.counters }
    /// Nats a note by which, in the last minute, the network that learns predicted the player better than the model does by
    /// itself; 0 if it learnt from no note.
    /// - Thread: any
    public var savedNats: Double {
        let counters = counters
        let (notes, until) = (counters.learntNotes.value, Int64(counters.learntUntil.value))
        guard notes > 0, now / Int64(sampleRate) - until < 60 else { return 0 }
        return Double(counters.savedMicronats.value) / 1e6 / Double(notes)
    }

    /// What the improviser is at.
    /// - Thread: any
    public var phase: Phase { Phase(rawValue: links.phase.pointee.load(ordering: .relaxed))! }
    /// After `stop`: the end of the cycle in which all that sounded was ended; nil until that.
    /// - Thread: any
    public var silentFrom: Int64? {
        let frame = links.silentFrom.pointee.load(ordering: .relaxed)
        return frame == .max ? nil : frame
    }
    /// The end of the last cycle, in frames.
    /// - Thread: any
    public var now: Int64 { links.now.pointee.load(ordering: .relaxed) }
}
