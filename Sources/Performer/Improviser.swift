// REAL-TIME (improviser): hears and plans. Improviser+Planning.swift plans; Performer.swift prepares both.

import Network
import Realtime
import Representation
import Synchronization

/// Listens, takes turns, and plans.
///
/// There are two states of mind. The *listener* steps what sounded, in the order in which the stage reports it, and
/// nothing else: so it always describes what was heard. The *planner* starts from a copy of it and works ahead; to
/// roll back is to copy again. Every rule here speaks of frames in the records, never of when a record was read: how
/// far the planner has run ahead, and how late it wakes, changes nothing that sounds.
struct Improviser: ~Copyable {
    /// On the grid of `mind`.
    var timebase: Timebase
    let links: Links
    let counters: ImproviserCounters
    var mind: MindView
    /// The `Mind` behind `mind`, with one retain.
    var owner: OpaquePointer
    var values: ParameterValues
    var phrase = Phrase()
    var constraints: Constraints
    var chords = ChordZone()
    var transposition = Transposition()
    /// The machine's.
    var onsets = OnsetHistory()
    /// The plan has an address of its own, so that a closure may append to it while its caller is being changed.
    let planStore: UnsafeMutablePointer<Plan>
    var plan: Plan {
        get { planStore.pointee }
        // In two steps: the compiler of 6.2 fails under ThreadSanitizer at the shorter way.
        _modify {
            let store = planStore
            yield &store.pointee
        }
    }
    var turn = Turn.listening
    /// Replies so far: a part of each draw's place.
    var replies: UInt64 = 0
    /// Of the last record: the plan is made in knowledge of it.
    var epoch: UInt32 = 0
    var lastHeard: Int64 = .min / 2
    /// When something was last heard or asked for; at first, when the session began.
    var quietSince: Int64 = .min / 2
    /// When the reply's first note sounded.
    var entered: Int64?
    /// Where the reply began that is being played.
    var replyBegan: Int64 = 0
    /// What sounded of it, and of the last one that is over.
    var thisReply = PlayedReply()
    var lastReply = PlayedReply()
    /// Whether the last reply is played once more.
    var script = Script.none
    /// The last take-over, to come back to.
    var kept: KeptTurn?
    /// The tick that was last come back to: nothing is heard before it.
    var earliest: Int64 = .min
    /// Whether the last turn played an earlier reply once more.
    var isRepeat = false
    /// Events heard in this session, and the latest of them for a new mind to catch up with.
    var heardCount: Int64 = 0
    /// The first event since the memory was last blank.
    var memoryBegins: Int64 = 0
    let history = History()
    /// Commands, parameters and plans act on what lies further ahead than this.
    let lead: Int64
    /// How far the plan runs ahead.
    let horizon: Int64
    /// When the first event of the player was taken that no plan has been begun for since; 0: there is none.
    var unanswered: Int64 = 0
    /// Of keeping warm, which is the thread's affair (`Performer.improvise`).
    var pace = WarmingPace()
    let turnModel = TurnModel.standard
    /// What learning was worth of late.
    var learningGain = LearningGain()
    /// The length of a cycle, as of the last record that told it.
    var period: Int64 = 0
    /// As of the last record that told it.
    var beat = Beat()

    /// Sees to all that the stage reported, then works ahead. Call it after each cycle.
    @_noAllocation @_noLocks
    mutating func work() {
        let now = links.now.pointee.load(ordering: .acquiring)
        repeat {
            while let record = links.records.pop() { process(record) }
            startPlanner()
            if unanswered > 0 {
                counters.respond.record(monotonicNanoseconds() &- unanswered)
                unanswered = 0
            }
            if links.records.count == 0 { rest(until: now) }
            // Two cycles at least, however long they are.
        } while workAhead(of: now, by: max(horizon, 2 &* period))
        links.phase.pointee.store(turn.phase.rawValue, ordering: .relaxed)
        links.seen.pointee.store(now, ordering: .relaxed)
        // When nothing is due. It is played from the player's next token on, whenever it was computed.
        if links.records.count == 0 { noteGain(mind.learnIfDue(), at: now) }
    }

    private mutating func noteGain(_ gain: Adaptation.Gain, at frame: Int64) {
        guard gain.notes > 0 || gain.nats != 0 else { return }
        let second = frame / timebase.rate
        learningGain.add(gain, in: max(second, Int64(counters.learntUntil.value)))
        let (notes, nats) = learningGain.lastMinute()
        counters.learntUntil.set(to: Int(second))
        counters.learntNotes.set(to: notes)
        counters.savedMicronats.set(to: Int(max(-1e9, min(1e9, nats)) * 1e6))
    }

    /// One token further, if there is need.
    /// - Returns: whether there may be more to do.
    private mutating func workAhead(of now: Int64, by horizon: Int64) -> Bool {
        guard turn.takeover != nil else { return false }
        plan.pass(to: now)
        let isBehind = plan.tokens == 0 || plan.reach < now &+ horizon
        guard isBehind && !plan.isFinished && plan.tokens &- plan.passed < Mind.snapshots / 2 else {
            sendPlan()
            return links.records.count > 0
        }
        drawToken()
        sendPlan()
        return true
    }

    /// Nothing more happened before `now`: silence is heard as it passes, and replies begin and end.
    private mutating func rest(until now: Int64) {
        settleTurns(at: now)
        advanceListener(to: timebase.tick(of: now &- 1))
    }

    private mutating func process(_ record: StageRecord) {
        epoch = record.epoch
        let frame = record.frame
        var event = record.event
        event.tick = max(timebase.tick(of: frame), earliest)
        let settled = max(frame &+ lead, record.cycleEnd)
        settleTurns(at: frame)
        if quietSince == .min / 2 { quietSince = frame }
        switch record.kind {
        case .human: respond(to: event, at: frame, settled)
        case .heard: hear(event, at: frame)
        case .surprise, .dropped:
            cover(through: settled)
            if record.kind == .surprise {
                hear(event, at: frame)
            } else {
                note(.dropped, event, at: frame)
            }
            revise(after: frame, from: settled)
        case .parameter: change(record.control, at: frame, settled)
        case .command: obey(record.control.command, at: frame, settled)
        case .mind: adopt(record.control, at: frame, settled)
        case .period:
            period = record.cycleEnd &- frame
            if case .listening = turn, values[.attract] > 0 { planReply(from: settled, withdrawingAfter: settled) }
        case .beat: follow(record.beat, at: frame, settled)
        case .lost:
            // Of the keys and pedals that it knows to be down, the ends may be what was lost.
            phrase = Phrase()
            chords = ChordZone()
            forget(at: frame)
        }
    }

    /// Whether something was heard in the last five seconds.
    var isAlert: Bool { links.now.pointee.load(ordering: .relaxed) &- lastHeard < timebase.frames(seconds: 5) }

    // MARK: The player

    private mutating func respond(to event: HeardEvent, at frame: Int64, _ settled: Int64) {
        if unanswered == 0 { unanswered = monotonicNanoseconds() }
        if chords.takes(event, values) { return hearChord(event, at: frame, settled) }
        if event.kind == .noteOn { chords.leave(Int(event.key)) }
        let policy = policy
        // A pedal makes no token; it only says how long the player will rest.
        let isPlannedAnew = event.kind != .pedalDown || !turn.hasBegun(by: settled)
        if isPlannedAnew && !turn.isReplying { plan.needNotStart() }
        let kind = policy.yields(to: event, in: turn)
        let yields = kind != .never
        // Who presses a pedal after a long silence plans nothing anew, and yet the plan's network has forgotten what it learnt.
        let forgets = event.kind == .pedalDown && !isPlannedAnew && isForgetting(at: frame)
        if (turn.isReplying && kind != .atOnce) || forgets { cover(through: settled) }
        hear(event, at: frame)
        if forgets { rollBack(to: settled) }
        if event.kind == .noteOn {
            if case .ready = turn { script = .none }
            turn.dropCommand()
            if yields || policy.beginsPhrase(at: frame, after: phrase, in: turn) { phrase.end() }
        }
        phrase.hear(event, at: frame, second: timebase.rate)
        if yields {
            yieldTurn(kind, at: frame, settled)
        } else if event.kind == .pedalDown {
            if isPlannedAnew { planReply(from: settled, withdrawingAfter: settled) }
        } else if turn.isReplying {
            let company = event.kind == .noteOn ? policy.company(after: phrase, from: settled) : nil
            if let company, turn.release == nil { turn = .replying(company) }
            plan.ending.place(policy.span(of: turn, after: phrase))
            revise(after: frame, from: settled)
            if company != nil && values.mode == .follow { plan.entryToken = plan.firstDraw }
        } else {
            planReply(from: settled, withdrawingAfter: frame)
        }
    }

    /// The chord hand plays: no call and no interruption.
    private mutating func hearChord(_ event: HeardEvent, at frame: Int64, _ settled: Int64) {
        if turn.isReplying { cover(through: settled) } else { plan.needNotStart() }
        hear(event, at: frame)
        phrase.hold(event, at: frame)
        chords.hear(event, phrase.heldKeys)
        constrain()
        if turn.isReplying {
            revise(after: frame, from: settled)
        } else {
            planReply(from: settled, withdrawingAfter: frame)
        }
    }

    /// The player has struck a key in the machine's turn.
    private mutating func yieldTurn(_ kind: YieldKind, at frame: Int64, _ settled: Int64) {
        if turn.release == nil {
            counters.yields.add()
            if let entered, policy.isBlip(from: entered, cutAt: frame) { counters.blips.add() }
        }
        guard kind != .atOnce, let takeover = turn.takeover else {
            finishTurn()
            return planReply(from: settled, withdrawingAfter: frame)
        }
        turn = .yielding(takeover, policy.release(kind, at: frame))
        plan.ending.place(policy.span(of: turn, after: phrase))
        revise(after: frame, from: settled)
    }

    /// The rules of turns, by the parameters as they are now.
    var policy: TurnPolicy { TurnPolicy(values: values, timebase: timebase, beat: beat, model: turnModel) }

    private mutating func hear(_ event: HeardEvent, at frame: Int64) {
        if event.player == .human && isForgetting(at: frame) { blank(at: frame) }
        (lastHeard, quietSince) = (frame, frame)
        if event.player == .machine && event.kind == .noteOn && turn.isReplying && entered == nil { entered = frame }
        if event.player == .machine && turn.isReplying { thisReply.append(event, at: frame &- replyBegan) }
        enter(event, raisedBy: transposition.shift(of: event, values), at: frame)
    }

    mutating func enter(
        _ event: HeardEvent, as kind: JournalEntry.Kind = .event, raisedBy shift: Int8 = 0, at frame: Int64
    ) {
        startPlanner()
        history.append(event, raisedBy: shift, at: frame, number: heardCount)
        if event.player == .machine && event.kind == .noteOn { onsets.append(frame) }
        note(kind, event, raisedBy: shift, at: frame)
        let log = StepLog(
            journal: links.journal, steps: counters.steps, frame: frame, number: heardCount, event: event)
        let (started, before) = (monotonicNanoseconds(), counters.steps.value)
        noteGain(mind.hear(event.raised(by: shift), log), at: frame)
        let steps = Int64(counters.steps.value &- before)
        if steps > 0 { counters.step.record((monotonicNanoseconds() &- started) / steps) }
        heardCount &+= 1
        counters.heard.add()
    }

    func advanceListener(to tick: Int64) {
        guard heardCount > 0 else { return }
        let silence = HeardEvent(tick: tick, kind: .noteOff)
        mind.advance(
            to: tick,
            StepLog(
                journal: links.journal, steps: counters.steps, frame: timebase.frame(of: tick), number: heardCount,
                event: silence))
    }

    func note(
        _ kind: JournalEntry.Kind, _ event: HeardEvent, raisedBy shift: Int8 = 0, at frame: Int64
    ) {
        links.journal.push(
            JournalEntry(kind: kind, frame: frame, number: heardCount, event: event, token: .empty, shift: shift))
    }

    /// Whether it has been silent for so long that the past no longer counts. A note that sounds is no silence.
    func isForgetting(at frame: Int64) -> Bool {
        frame &- lastHeard > timebase.frames(seconds: values[.forget]) && phrase.heldKeys.isEmpty
            && mind.listener.representation.machineKeys.isEmpty
    }

    /// The listener's opening state, but for the pedals that are down: that is no memory, they hold what comes next.
    mutating func blank(at frame: Int64) {
        startPlanner()
        mind.forget()
        kept = nil
        phrase.end()
        memoryBegins = heardCount
        let tick = timebase.tick(of: frame)
        note(.blank, HeardEvent(tick: tick, kind: .noteOff), at: frame)
        for channel in 0..<16 where phrase.isPedalDown(channel) {
            enter(HeardEvent(tick: tick, kind: .pedalDown, channel: UInt8(channel)), at: frame)
        }
    }

    private mutating func forget(at frame: Int64) {
        chords.forget()
        constrain()
        blank(at: frame)
        finishTurn()
        withdraw(after: frame)
    }

    // MARK: Turns

    /// Brings the turns up to `frame`: a reply whose take-over has come has begun, one that has ended is over.
    private mutating func settleTurns(at frame: Int64) {
        while let takeover = turn.takeover, frame >= takeover.frame {
            if !turn.isReplying {
                keep(takeover)
                turn = .replying(takeover)
                replyBegan = takeover.frame
                phrase.end()
                counters.takeovers.add()
            }
            if !plan.isDecided(through: frame, placement) { cover(through: frame) }
            guard case .finished(let end) = plan.state, frame > end else { return }
            sendPlan()
            let goesOn = policy.isEndless && turn.release == nil
            if takeover.cause == .company { phrase.end() }
            finishTurn()
            // Who played along has begun a phrase of their own. The end may have been a long cycle ago.
            let next = end &+ max(timebase.frames(milliseconds: 200), 2 &* period)
            if goesOn, let takeover = policy.commandedTakeover(after: phrase, from: next) {
                beginReply(takeover, withdrawingAfter: end)
            } else {
                planReply(from: next, withdrawingAfter: end)
            }
        }
    }

    mutating func finishTurn() {
        if turn.isReplying {
            replies &+= 1
            isRepeat = script != .none
            // One that is played once more stays what it was.
            if script == .none && thisReply.hasNotes { swap(&lastReply, &thisReply) }
        }
        thisReply.clear()
        script = .none
        turn = .listening
        entered = nil
    }

    private mutating func obey(_ command: Command, at frame: Int64, _ settled: Int64) {
        quietSince = frame
        switch command {
        case .takeover:
            // A reply that has begun, or is about to, stands.
            guard !turn.hasBegun(by: settled), values.mode.plays else { return }
            if isForgetting(at: frame) { blank(at: frame) }
            guard let takeover = policy.commandedTakeover(after: phrase, from: settled) else { return }
            script = .none
            beginReply(takeover, withdrawingAfter: frame)
        case .yield, .panic:
            phrase.end()
            finishTurn()
            planReply(from: settled, withdrawingAfter: frame)
        case .stop:
            phrase.end()
            finishTurn()
            withdraw(after: frame)
        case .reset:
            forget(at: frame)
            if values[.attract] > 0 { planReply(from: settled, withdrawingAfter: frame) }
        case .undo: undo(at: frame, settled)
        case .vary: vary(at: frame, settled)
        case .again: playAgain(.once, at: frame, settled)
        case .loop: playAgain(.forEver, at: frame, settled)
        case .tap: break
        }
    }

    private mutating func change(_ message: ControlMessage, at frame: Int64, _ settled: Int64) {
        let index = Int(message.parameter)
        guard turn.hasBegun(by: settled) else {
            obeyParameter(index, message.value, at: frame)
            return planReply(from: settled, withdrawingAfter: settled)
        }
        if index == Parameter.mode.rawValue && Mode(rawValue: Int(message.value))?.plays == false {
            // The stage has ended the notes that sounded.
            obeyParameter(index, message.value, at: frame)
            phrase.end()
            finishTurn()
            return withdraw(after: frame)
        }
        // What an earlier change in this cycle has taken back would be drawn only to be taken back again.
        if !plan.isDecided(through: settled, placement) { cover(through: settled) }
        obeyParameter(index, message.value, at: frame)
        plan.ending.place(policy.span(of: turn, after: phrase))
        rollBack(to: settled)
    }

    /// The beat is another: what was planned by the old one is planned again.
    private mutating func follow(_ beat: Beat, at frame: Int64, _ settled: Int64) {
        guard values.usesBeat else {
            self.beat = beat
            return
        }
        guard turn.hasBegun(by: settled) else {
            self.beat = beat
            return planReply(from: settled, withdrawingAfter: settled)
        }
        if !plan.isDecided(through: settled, placement) { cover(through: settled) }
        self.beat = beat
        plan.ending.place(policy.span(of: turn, after: phrase))
        rollBack(to: settled)
    }

    private mutating func obeyParameter(_ index: Int, _ value: Float, at frame: Int64) {
        values.set(index, to: value)
        constrain()
        noteGain(mind.setLearning(values[.learning]), at: frame)
    }

    private mutating func constrain() { constraints = Constraints(values, harmony: chords.harmony) }

    /// A new model takes over, between two events.
    private mutating func adopt(_ message: ControlMessage, at frame: Int64, _ settled: Int64) {
        if turn.isReplying { cover(through: settled) }
        // In any case it is planned anew, by the new one.
        plan.needNotStart()
        links.retired.push(owner)
        owner = message.mind!
        mind = message.view!.pointee
        changeGrid(to: mind.ticksPerSecond)
        kept = nil
        let oldest = max(memoryBegins, heardCount &- History.capacity)
        // It may have heard what has been forgotten or undone since.
        let isOutdated = memoryBegins >= message.heard || hasUndone(message.heard &- 1)
        if isOutdated { mind.forget() }
        catchUp(from: isOutdated ? oldest : max(message.heard, oldest), at: frame)
        if turn.isReplying {
            revise(after: frame, from: settled)
        } else {
            planReply(from: settled, withdrawingAfter: frame)
        }
    }

    /// What is counted in ticks of the old grid is counted in those of the new one.
    private mutating func changeGrid(to ticksPerSecond: Int64) {
        guard ticksPerSecond != timebase.ticksPerSecond || timebase.undone != 0 else { return }
        let old = timebase
        // Nothing was undone in the life of the new one.
        (timebase.ticksPerSecond, timebase.undone, earliest) = (ticksPerSecond, 0, .min)
        guard let takeover = turn.takeover else { return }
        turn.place(takeover.on(timebase))
        plan.moveEndings(from: old, to: timebase)
        plan.ending.place(policy.span(of: turn, after: phrase))
    }

    private func catchUp(from first: Int64, at frame: Int64) {
        note(.adopted, HeardEvent(tick: timebase.tick(of: frame), kind: .noteOff), at: frame)
        var number = first
        while number < heardCount {
            let entry = history[number]
            guard !entry.isUndone else {
                number &+= 1
                continue
            }
            var event = entry.event
            event.tick = timebase.tick(of: entry.frame)
            note(.caughtUp, event, raisedBy: entry.shift, at: frame)
            let log = StepLog(
                journal: links.journal, steps: counters.steps, frame: frame, number: number, event: event)
            _ = mind.hear(event.raised(by: entry.shift), log)
            number &+= 1
        }
        _ = mind.setLearning(values[.learning])
    }
}
