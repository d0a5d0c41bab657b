// REAL-TIME (improviser): the planner's half of the improviser.

import Representation

extension Improviser {
    /// Plans the reply as if the player stopped here. It begins when they will have rested, not before `settled`.
    mutating func planReply(from settled: Int64, withdrawingAfter frame: Int64) {
        if let takeover = policy.takeover(after: phrase, in: turn, from: settled, quietSince: quietSince) {
            beginReply(takeover, withdrawingAfter: frame)
        } else {
            turn = .listening
            withdraw(after: frame)
        }
    }

    mutating func beginReply(_ takeover: Takeover, withdrawingAfter frame: Int64) {
        withdraw(after: frame)
        turn = .ready(takeover)
        plan.clear()
        plan.state = .unstarted
        (plan.firstDraw, plan.entryToken) = (0, 0)
        plan.earliest = placement.firstTick(from: takeover.frame)
        plan.isScripted = script != .none && takeover.cause == .command
        (plan.script, plan.scriptBegins) = (0, takeover.frame)
        let habits = mind.listener.habits
        plan.ending = Ending(policy.span(of: turn, after: phrase), towards: policy.home(after: phrase, habits.pointee))
    }

    /// The planner hears what was heard, and then rests until the reply begins. Put off until something is drawn or heard: most
    /// of what comes in a burst is planned anew by what comes next, and a long rest is several steps.
    mutating func startPlanner() {
        guard case .unstarted = plan.state else { return }
        plan.state = .drawing
        guard let takeover = turn.takeover else { return }
        mind.planner.copy(from: mind.listener)
        assumeRest(at: takeover.tick)
    }

    /// Something sounded at `frame` that the plan did not know of. What the stage still plays before `settled`, the
    /// ends of notes that sound, stands; the rest is planned anew from there, on what was really heard.
    mutating func revise(after frame: Int64, from settled: Int64) {
        guard turn.isReplying else { return }
        counters.revisions.add()
        withdraw(after: frame)
        mind.planner.copy(from: mind.listener)
        var ends = InlineArray<64, PlannedEvent>(repeating: PlannedEvent())
        var kept = 0
        for index in max(plan.events &- 2048, 0)..<plan.events {
            let planned = plan.event(index)
            guard planned.frame >= frame && planned.frame <= settled && !planned.event.isOn && kept < 64 else {
                continue
            }
            guard mind.planner.representation.machineKeys.contains(Int(planned.event.key)) else { continue }
            ends[kept] = planned
            kept &+= 1
            hearPlanned(planned)
        }
        let sounded = soundedTokens(by: frame)
        if sounded < plan.tokens { plan.ending.rollBack(to: plan.mark(sounded).pointee.ending) }
        plan.firstDraw &+= sounded
        plan.clear()
        for index in 0..<kept { plan.append(ends[index]) }
        plan.earliest = placement.firstTick(from: settled &+ 1)
        if plan.isScripted { goOnWithScript() }
        if let release = turn.release, release.isFade { return fade(until: release.end) }
        assumeRest(at: plan.earliest)
    }

    /// The notes that sound end one after the other, the highest last.
    /// - Parameter end: the frame at which the last one does, if not too early.
    private mutating func fade(until end: Int64) {
        let keys = mind.planner.representation.machineKeys
        let (first, last) = (plan.earliest, max(plan.earliest, timebase.tick(of: end)))
        var ended: Int64 = 0
        for key in keys {
            ended &+= 1
            let tick = first &+ (last &- first) &* ended / Int64(keys.count)
            plan.append(KeyEvent(tick: tick, isOn: false, key: UInt8(key)), placement)
        }
        plan.state = .finished(placement.frame(of: keys.isEmpty ? first : last))
    }

    /// Takes back what is planned beyond `settled` and draws it again.
    mutating func rollBack(to settled: Int64) {
        var token = plan.tokens
        while token > max(plan.tokens &- Mind.snapshots, 0) && plan.mark(token &- 1).pointee.frame > settled {
            token &-= 1
        }
        plan.earliest = max(plan.earliest, placement.firstTick(from: settled &+ 1))
        guard token < plan.tokens else { return }
        withdraw(after: settled)
        mind.planner.restore(from: mind.snapshot(token), mind.engine, scratch: mind.scratch)
        plan.events = plan.mark(token).pointee.events
        plan.ending.rollBack(to: plan.mark(token).pointee.ending)
        plan.sent = min(plan.sent, plan.events)
        // The stage has just dropped what stands but lies beyond.
        while plan.sent > 0 && plan.event(plan.sent &- 1).frame > settled { plan.sent &-= 1 }
        plan.script = plan.mark(token).pointee.script
        plan.tokens = token
        plan.passed = min(plan.passed, token)
        plan.state = .drawing
    }

    /// Plans until the plan reaches beyond `frame`. What lies before it cannot be taken back, whenever it was drawn: how far
    /// ahead `workAhead` may draw must not depend on whether the improviser came late.
    mutating func cover(through frame: Int64) {
        plan.pass(to: frame)
        while turn.takeover != nil && !plan.isFinished && plan.reach <= frame {
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
        plan.mark(token).pointee.ending = plan.ending
        plan.mark(token).pointee.script = plan.script
        if plan.isScripted {
            plan.mark(token).pointee.frame = drawScripted()
        } else if isOver(representation) {
            plan.mark(token).pointee.frame = finishReply(on: plan.ending.span.line)
        } else {
            let place = DrawPlace(
                seed: UInt64(values[.seed]), turn: replies, token: UInt64(plan.firstDraw &+ token))
            let sampler = Sampler(values: values, constraints: constraints, held: phrase.heldKeys)
            var row = sampler.draw(mind, at: place, within: bounds(), &plan.ending)
            if plan.ending.rests(before: representation.tick &+ mind.shift(of: row), mind.tables) {
                row = sampler.draw(mind, at: place, within: bounds(), &plan.ending)
            }
            let (placement, store, ceiling) = (placement, planStore, values.ceiling)
            representation.emit(row) { event in
                var event = event
                event.velocity = min(event.velocity, ceiling)
                store.pointee.append(event, placement)
            }
            if let line = plan.ending.span.line, representation.tick > plan.ending.span.closes {
                // It would have passed the line: the reply ends there instead.
                mind.planner.restore(from: mind.snapshot(token), mind.engine, scratch: mind.scratch)
                plan.events = plan.mark(token).pointee.events
                plan.mark(token).pointee.frame = finishReply(on: line)
                plan.tokens &+= 1
                return
            }
            plan.ending.hear(row, mind.tables, at: representation.tick)
            mind.engine.step(mind.planner.state, row, scratch: mind.scratch, remembering: false)
            mind.planner.habits.pointee.hear(row, mind.tables, isPlayers: false)
            counters.steps.add()
            plan.mark(token).pointee.frame = placement.frame(of: representation.tick)
        }
        plan.tokens &+= 1
    }

    /// Sends what the stage has room for.
    mutating func sendPlan() {
        while turn.takeover != nil && plan.sent < plan.events {
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

    func bounds() -> Bounds {
        var bounds = values.bounds(ticksPerSecond: timebase.ticksPerSecond)
        if values[.polyphony] == 0 { bounds.polyphony = mind.planner.habits.pointee.polyphony }
        bounds.earliest = plan.earliest
        bounds.grid = placement.grid
        bounds.lastOnset = plan.ending.lastOnset
        guard turn.release == nil else { return bounds }
        if plan.ending.rest != nil {
            bounds.shortestNote = max(bounds.shortestNote, plan.ending.held(timebase.ticksPerSecond))
        }
        bounds.barred = phrase.heldKeys.union(constraints.barred)
        limitOnsets(&bounds)
        if plan.firstDraw &+ plan.tokens == plan.entryToken, let takeover = turn.takeover,
            let latest = policy.latestEntry(of: takeover), bounds.firstOnset <= max(latest, plan.earliest)
        {
            bounds.beginsNote = true
            bounds.latest = max(latest, bounds.grid?.next(from: plan.earliest) ?? plan.earliest)
            bounds.lastOnset = max(bounds.lastOnset, bounds.latest &+ 1)
        }
        return bounds
    }

    /// Past its end, once its notes have ended by themselves; in any case a second later, or three after its resting point.
    private func isOver(_ representation: LiveRepresentation) -> Bool {
        let tick = max(representation.tick, plan.earliest)
        // A listener that is asleep wakes with the reply's first note.
        if representation.isAsleep && plan.tokens > 0 { return true }
        if let release = turn.release {
            // A wait of the network may be a second long.
            return representation.machineKeys.isEmpty
                || representation.tick > timebase.tick(of: release.end) &- timebase.ticksPerSecond
        }
        guard tick >= plan.ending.lastOnset else { return false }
        if plan.ending.span.line != nil { return true }
        let ringing = timebase.ticksPerSecond &* (plan.ending.rest == nil ? 1 : 3)
        return representation.machineKeys.isEmpty || representation.tick >= plan.ending.lastOnset &+ ringing
    }

    /// - Parameter line: the frame of the beat's line on which it ends, unless that has passed.
    /// - Returns: the frame at which the reply is over.
    mutating func finishReply(on line: Int64? = nil, notBefore least: Int64 = .min) -> Int64 {
        var tick = max(max(mind.planner.representation.tick, plan.earliest), least)
        var exact: Int64?
        if let line, tick <= plan.ending.span.closes { (tick, exact) = (plan.ending.span.closes, line) }
        if let release = turn.release, !mind.planner.representation.machineKeys.isEmpty {
            tick = max(tick, timebase.tick(of: release.end))
        }
        let (placement, store, last) = (placement, planStore, tick)
        mind.planner.representation.releaseAll(
            at: tick, certain: { _ in },
            { event in
                let frame = event.tick == last ? exact : nil
                store.pointee.append(PlannedEvent(frame: frame ?? placement.frame(of: event.tick), event: event))
            })
        let end = exact ?? placement.frame(of: max(tick, mind.planner.representation.tick))
        plan.state = .finished(end)
        return end
    }

    /// The planner assumes that the player does nothing before `tick`.
    private mutating func assumeRest(at tick: Int64) {
        let (engine, state, scratch) = (mind.engine, mind.planner.state, mind.scratch)
        let (habits, tables) = (mind.planner.habits, mind.tables)
        let (placement, store, steps) = (placement, planStore, counters.steps)
        mind.planner.representation.assumeRest(
            at: tick,
            assumed: {
                engine.step(state, $0, scratch: scratch, remembering: false)
                habits.pointee.hear($0, tables, isPlayers: false)
                steps.add()
            },
            released: { store.pointee.append($0, placement) })
    }

    /// The planner hears an end that the stage will play.
    private func hearPlanned(_ planned: PlannedEvent) {
        planHears(
            HeardEvent(
                tick: timebase.tick(of: planned.frame), kind: .noteOff, player: .machine,
                key: planned.event.key))
    }

    /// The planner hears what the machine is to play.
    func planHears(_ event: HeardEvent) {
        let (engine, state, scratch) = (mind.engine, mind.planner.state, mind.scratch)
        let (habits, tables) = (mind.planner.habits, mind.tables)
        let steps = counters.steps
        mind.planner.representation.hear(event) {
            engine.step(state, $0, scratch: scratch, remembering: false)
            habits.pointee.hear($0, tables, isPlayers: false)
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
