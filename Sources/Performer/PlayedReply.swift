// REAL-TIME (improviser): a reply as it sounded, to be played once more.

import Representation

/// The machine's notes of one reply, with their distances from its beginning. Fixed room: of a longer one the beginning is kept.
struct PlayedReply {
    static let capacity = 4096

    struct Event: BitwiseCopyable {
        /// Frames since the reply began.
        var distance: Int64 = 0
        var isOn = false
        var key: UInt8 = 0
        var velocity: UInt8 = 0
    }

    private let slots: UnsafeMutablePointer<Event>
    private(set) var count = 0
    private(set) var hasNotes = false

    init() {
        slots = .allocate(capacity: Self.capacity)
        slots.initialize(repeating: Event(), count: Self.capacity)
    }

    func deallocate() { slots.deallocate() }

    mutating func clear() { (count, hasNotes) = (0, false) }

    mutating func append(_ event: HeardEvent, at distance: Int64) {
        guard count < Self.capacity, event.kind == .noteOn || event.kind == .noteOff else { return }
        let isOn = event.kind == .noteOn
        slots[count] = Event(distance: distance, isOn: isOn, key: event.key, velocity: event.velocity)
        count &+= 1
        hasNotes = hasNotes || isOn
    }

    subscript(_ index: Int) -> Event { slots[index] }

    /// Frames from its beginning to its last event.
    var length: Int64 { count > 0 ? slots[count &- 1].distance : 0 }
}

/// How often the last reply is played once more.
enum Script: BitwiseCopyable {
    case none, once, forEver
}

extension Improviser {
    /// The last reply once more, from `settled` on; the reply so far, if it is being played.
    mutating func playAgain(_ script: Script, at frame: Int64, _ settled: Int64) {
        finishTurn()
        guard lastReply.hasNotes, let takeover = policy.commandedTakeover(after: phrase, from: settled)
        else {
            phrase.end()
            return planReply(from: settled, withdrawingAfter: frame)
        }
        if isForgetting(at: frame) { blank(at: frame) }
        self.script = script
        beginReply(takeover, withdrawingAfter: frame)
    }

    /// One event further of the reply that is played once more. The planner hears it as if it had been drawn. A note that may not
    /// sound now is left out: the player holds its key, or a constraint bars it.
    /// - Returns: its frame, or that at which the reply is over.
    mutating func drawScripted() -> Int64 {
        let count = lastReply.count
        guard count > 0, script == .forEver || plan.script < count else {
            // What was heard last may be no token yet.
            return finishReply(notBefore: plan.tokens > 0 ? timebase.tick(of: plan.reach) : plan.earliest)
        }
        let event = lastReply[plan.script % count]
        let tick = max(max(scriptTick(plan.script), plan.earliest), mind.planner.representation.tick)
        plan.script &+= 1
        let key = Int(event.key)
        let sounds = mind.planner.representation.machineKeys.contains(key)
        if event.isOn ? !sounds && mayStrike(key, at: tick) : sounds {
            let velocity = event.isOn ? min(event.velocity, values.ceiling) : 0
            planHears(
                HeardEvent(
                    tick: tick, kind: event.isOn ? .noteOn : .noteOff, player: .machine, key: event.key,
                    velocity: velocity))
            plan.append(
                KeyEvent(tick: tick, isOn: event.isOn, key: event.key, velocity: velocity), placement)
        }
        return placement.frame(of: tick)
    }

    /// After a revision: what would have come before the plan begins again is left out.
    mutating func goOnWithScript() {
        guard turn.release == nil, lastReply.count > 0 else {
            plan.isScripted = false
            return
        }
        var next = 0
        if script == .forEver {
            let passed = timebase.frame(of: plan.earliest) &- plan.scriptBegins
            next = Int(max(passed, 0) / scriptPeriod) &* lastReply.count
        }
        let end = next &+ lastReply.count
        while next < end && scriptTick(next) < plan.earliest { next &+= 1 }
        plan.script = next
    }

    private var scriptPeriod: Int64 { max(lastReply.length, timebase.rate / 4) }

    private func scriptTick(_ index: Int) -> Int64 {
        let (round, place) = (index / lastReply.count, index % lastReply.count)
        return timebase.tick(
            of: plan.scriptBegins &+ Int64(round) &* scriptPeriod &+ lastReply[place].distance)
    }

    private func mayStrike(_ key: Int, at tick: Int64) -> Bool {
        let bounds = bounds()
        let most = values[.polyphony] > 0 ? bounds.polyphony : 64
        return !bounds.barred.contains(key) && mind.planner.representation.machineKeys.count < most
            && tick >= bounds.firstOnset
    }
}
