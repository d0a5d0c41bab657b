// REAL-TIME: the planner's half of the improviser.

import Representation

extension Improviser {
    /// Plans the reply as if the player stopped here. It begins when they will have rested, not before `settled`.
    mutating func planReply(from settled: Int64, withdrawingAfter frame: Int64) {
        if plan.isActive && plan.isCommanded {
            beginReply(at: max(plan.begins, timebase.firstTick(from: settled)), withdrawingAfter: frame)
            plan.isCommanded = true
            return
        }
        guard phrase.start != nil && values.isOn(.auto) else {
            plan.isActive = false
            return withdraw(after: frame)
        }
        let rest = phrase.restBegins(
            patience: timebase.frames(milliseconds: values[.patience]), hold: timebase.frames(seconds: values[.hold]))
        beginReply(at: timebase.firstTick(from: max(rest, settled)), withdrawingAfter: frame)
    }

    /// A reply that begins at tick `begins`.
    mutating func beginReply(at begins: Int64, withdrawingAfter frame: Int64) {
        withdraw(after: frame)
        plan.clear()
        plan.isActive = true
        plan.isAnswering = false
        plan.isCommanded = false
        plan.isEntry = true
        plan.firstDraw = 0
        plan.begins = begins
        plan.startFrame = timebase.frame(of: begins)
        plan.earliest = begins
        // Without a call to measure by, it may be as long as it may be.
        plan.callLength = phrase.start == nil ? .max : phrase.length
        limitReply()
        plan.isUnstarted = true
    }

    /// The planner hears what was heard, and then rests until the reply begins. Put off until something is drawn or heard: most
    /// of what comes in a burst is planned anew by what comes next, and a long rest is several steps.
    mutating func startPlanner() {
        guard plan.isUnstarted else { return }
        plan.isUnstarted = false
        guard plan.isActive else { return }
        mind.planner.copy(from: mind.listener)
        assumeRest(at: plan.begins)
    }

    /// Until when it may begin notes, by the parameters as they are now.
    mutating func limitReply() {
        let shortest = timebase.frames(seconds: values[.shortest])
        let longest = max(timebase.frames(seconds: values[.longest]), shortest)
        plan.lastOnset = plan.begins &+ timebase.ticks(min(max(plan.callLength, shortest), longest))
    }

    /// Something sounded at `frame` that the plan did not know of. What the stage still plays before `settled`, the
    /// ends of notes that sound, stands; the rest is planned anew from there, on what was really heard.
    mutating func revise(after frame: Int64, from settled: Int64) {
        guard plan.isActive && plan.isAnswering else { return }
        counters.revisions.add()
        withdraw(after: frame)
        plan.isUnstarted = false
        mind.planner.copy(from: mind.listener)
        var ends = InlineArray<64, PlannedEvent>(repeating: PlannedEvent())
        var kept = 0
        for index in max(plan.events &- 2048, 0)..<plan.events {
            let planned = plan.event(index)
            guard planned.frame >= frame && planned.frame <= settled && !planned.event.isOn && kept < 64 else {
                continue
            }
            guard mind.planner.representation.pointee.machineKeys.contains(Int(planned.event.key)) else { continue }
            ends[kept] = planned
            kept &+= 1
            hearPlanned(planned.event)
        }
        plan.firstDraw &+= soundedTokens(by: frame)
        plan.isEntry = plan.isEntry && plan.firstDraw == 0
        plan.clear()
        for index in 0..<kept { plan.append(ends[index]) }
        plan.earliest = timebase.firstTick(from: settled &+ 1)
        assumeRest(at: plan.earliest)
    }

    /// Takes back what is planned beyond `settled` and draws it again.
    mutating func rollBack(to settled: Int64) {
        var token = plan.tokens
        while token > max(plan.tokens &- Mind.snapshots, 0) && plan.mark(token &- 1).pointee.frame > settled {
            token &-= 1
        }
        plan.earliest = max(plan.earliest, timebase.firstTick(from: settled &+ 1))
        guard token < plan.tokens else { return }
        withdraw(after: settled)
        mind.planner.restore(from: mind.snapshot(token), mind.engine, scratch: mind.scratch)
        plan.events = plan.mark(token).pointee.events
        plan.sent = min(plan.sent, plan.events)
        // The stage has just dropped what stands but lies beyond.
        while plan.sent > 0 && plan.event(plan.sent &- 1).frame > settled { plan.sent &-= 1 }
        plan.tokens = token
        plan.passed = min(plan.passed, token)
        plan.isFinished = false
    }

    /// Plans until the plan reaches beyond `frame`.
    mutating func cover(through frame: Int64) {
        while plan.isActive && !plan.isFinished && plan.reach <= frame {
            drawToken()
            plan.pass(to: frame)
        }
    }

    /// One token further.
    mutating func drawToken() {
        startPlanner()
        let token = plan.tokens
        let representation = mind.planner.representation
        mind.planner.save(to: mind.snapshot(token))
        plan.mark(token).pointee.events = plan.events
        if isOver(representation.pointee) {
            finishReply()
            plan.mark(token).pointee.frame = plan.endFrame
        } else {
            let place = DrawPlace(
                seed: UInt64(values[.seed]), turn: turn, token: UInt64(plan.firstDraw &+ token))
            let row = Sampler(values: values).draw(mind, at: place, within: bounds())
            let (timebase, store) = (timebase, planStore)
            representation.pointee.emit(row) { store.pointee.append($0, timebase) }
            mind.engine.step(mind.planner.state, row, scratch: mind.scratch, remembering: false)
            counters.steps.add()
            plan.mark(token).pointee.frame = timebase.frame(of: representation.pointee.tick)
        }
        plan.tokens &+= 1
    }

    /// Sends what the stage has room for.
    mutating func sendPlan() {
        while plan.isActive && plan.sent < plan.events {
            let planned = plan.event(plan.sent)
            let message = PlanMessage(
                kind: planned.event.isOn ? .noteOn : .noteOff, epoch: epoch, frame: planned.frame,
                key: planned.event.key, velocity: planned.event.velocity)
            guard links.plan.push(message) else { return }
            links.outlook.push(message)
            plan.sent &+= 1
        }
    }

    mutating func withdraw(after frame: Int64) {
        // The ring holds as much as the stage's queue: when it is full nothing has been taken for many cycles, and
        // the epoch or the dead-man will clear the stage.
        let message = PlanMessage(kind: .withdraw, epoch: epoch, frame: frame)
        links.plan.push(message)
        links.outlook.push(message)
    }

    private func bounds() -> Bounds {
        var bounds = values.bounds()
        bounds.earliest = plan.earliest
        bounds.lastOnset = plan.lastOnset
        bounds.taken = phrase.heldKeys
        if plan.isEntry && plan.tokens == 0 && values[.entry] >= 0 {
            bounds.beginsNote = true
            let entry = timebase.ticks(timebase.frames(milliseconds: values[.entry]))
            bounds.latest = max(plan.begins &+ entry, plan.earliest)
            bounds.lastOnset = max(bounds.lastOnset, bounds.latest &+ 1)
        }
        return bounds
    }

    /// Past its end, once its notes have ended by themselves; a second later in any case.
    private func isOver(_ representation: LiveRepresentation) -> Bool {
        let tick = max(representation.tick, plan.earliest)
        // A listener that is asleep wakes with the reply's first note.
        if representation.isAsleep && plan.tokens > 0 { return true }
        guard tick >= plan.lastOnset else { return false }
        return representation.machineKeys.isEmpty || representation.tick >= plan.lastOnset &+ Int64(ticksPerSecond)
    }

    private mutating func finishReply() {
        let tick = max(mind.planner.representation.pointee.tick, plan.earliest)
        let (timebase, store) = (timebase, planStore)
        mind.planner.representation.pointee.releaseAll(
            at: tick, settled: { _ in }, { store.pointee.append($0, timebase) })
        plan.isFinished = true
        plan.endFrame = timebase.frame(of: max(tick, mind.planner.representation.pointee.tick))
    }

    /// The planner assumes that the player does nothing before `tick`.
    private mutating func assumeRest(at tick: Int64) {
        let (engine, state, scratch) = (mind.engine, mind.planner.state, mind.scratch)
        let (timebase, store, steps) = (timebase, planStore, counters.steps)
        mind.planner.representation.pointee.assumeRest(
            at: tick,
            assumed: {
                engine.step(state, $0, scratch: scratch, remembering: false)
                steps.add()
            },
            released: { store.pointee.append($0, timebase) })
    }

    /// The planner hears an end that the stage will play.
    private func hearPlanned(_ event: KeyEvent) {
        let (engine, state, scratch) = (mind.engine, mind.planner.state, mind.scratch)
        let heard = HeardEvent(tick: event.tick, kind: .noteOff, player: .machine, key: event.key)
        let steps = counters.steps
        mind.planner.representation.pointee.hear(heard) {
            engine.step(state, $0, scratch: scratch, remembering: false)
            steps.add()
        }
    }

    /// Tokens of the plan whose time has come by `frame`.
    private func soundedTokens(by frame: Int64) -> Int {
        var token = plan.tokens
        while token > max(plan.tokens &- Mind.snapshots, 0) && plan.mark(token &- 1).pointee.frame > frame {
            token &-= 1
        }
        return token
    }
}
