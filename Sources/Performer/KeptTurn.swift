// REAL-TIME (improviser): what `undo` and `vary` come back to.

import Representation

/// A take-over, and what was known then beside the listener's state, which `MindView.keep` keeps.
struct KeptTurn: BitwiseCopyable {
    let takeover: Takeover
    /// Of the listener's time.
    let tick: Int64
    /// Keys and pedals that were down, and as which keys they were heard.
    let phrase: Phrase
    let transposition: Transposition
    let lastHeard: Int64
    /// The number of the first event after it.
    let number: Int64
}

extension Improviser {
    /// A reply begins: the moment before it is kept.
    mutating func keep(_ takeover: Takeover) {
        startPlanner()
        // To one place, however late the improviser comes.
        advanceListener(to: timebase.tick(of: takeover.frame &- 1))
        mind.keep()
        kept = KeptTurn(
            takeover: takeover, tick: timebase.tick(of: takeover.frame), phrase: phrase, transposition: transposition,
            lastHeard: lastHeard, number: heardCount)
        note(.kept, HeardEvent(tick: timebase.tick(of: takeover.frame), kind: .noteOff), at: takeover.frame)
    }

    /// The last turn never happened.
    mutating func undo(at frame: Int64, _ settled: Int64) {
        forgetReply()
        phrase.end()
        finishTurn()
        goBack(at: frame, meaning: frame)
        kept = nil
        planReply(from: settled, withdrawingAfter: frame)
    }

    /// The machine replies once more to what it replied to, and draws at another place.
    mutating func vary(at frame: Int64, _ settled: Int64) {
        forgetReply()
        phrase.end()
        finishTurn()
        let next = policy.commandedTakeover(after: phrase, from: settled)
        // To the listener the take-over is at the moment of the last one.
        goBack(at: frame, meaning: next?.frame ?? frame)
        guard let kept, let next else { return planReply(from: settled, withdrawingAfter: frame) }
        beginReply(
            Takeover(cause: .command, tick: kept.tick, frame: next.frame, call: kept.takeover.call),
            withdrawingAfter: frame)
    }

    /// The reply that is undone is none to play again.
    private mutating func forgetReply() {
        guard kept != nil else { return }
        if turn.isReplying { thisReply.clear() } else if !isRepeat { lastReply.clear() }
    }

    /// Whether the event never happened.
    func hasUndone(_ number: Int64) -> Bool {
        number >= max(0, heardCount &- History.capacity) && number < heardCount && history[number].isUndone
    }

    /// The listener is what it was when the last reply began.
    /// - Parameter meant: the frame that is that moment to it; its time goes on from there.
    private mutating func goBack(at frame: Int64, meaning meant: Int64) {
        guard let kept else { return }
        // Nothing is planned now; the plan is made anew from what the listener is then.
        plan.needNotStart()
        var number = max(kept.number, heardCount &- History.capacity)
        while number < heardCount {
            history.undo(number)
            number &+= 1
        }
        mind.goBack()
        timebase.undone &+= timebase.tick(of: meant) &- kept.tick
        earliest = kept.tick
        note(.undone, HeardEvent(tick: timebase.undone, kind: .noteOff), at: frame)
        history.append(HeardEvent(tick: kept.tick, kind: .noteOff), raisedBy: 0, at: frame, number: heardCount)
        history.undo(heardCount)
        heardCount &+= 1
        lastHeard = kept.lastHeard &+ (frame &- kept.takeover.frame)
        mend(kept, at: frame)
    }

    /// What was down then and is up now comes up; pedals that are down now go down.
    private mutating func mend(_ kept: KeptTurn, at frame: Int64) {
        var heardAs = kept.transposition
        for key in mind.listener.representation.machineKeys {
            mend(HeardEvent(tick: kept.tick, kind: .noteOff, player: .machine, key: UInt8(key)), raisedBy: 0, at: frame)
        }
        for channel in 0..<16 {
            for key in kept.phrase.heldKeys where kept.phrase.isHeld(key, channel) && !phrase.isHeld(key, channel) {
                let event = HeardEvent(tick: kept.tick, kind: .noteOff, channel: UInt8(channel), key: UInt8(key))
                mend(event, raisedBy: heardAs.shift(of: event, values), at: frame)
            }
            let isDown = phrase.isPedalDown(channel)
            guard isDown != kept.phrase.isPedalDown(channel) else { continue }
            let kind = isDown ? HeardEvent.Kind.pedalDown : .pedalUp
            mend(HeardEvent(tick: kept.tick, kind: kind, channel: UInt8(channel)), raisedBy: 0, at: frame)
        }
    }

    private mutating func mend(_ event: HeardEvent, raisedBy shift: Int8, at frame: Int64) {
        enter(event, as: .mended, raisedBy: shift, at: frame)
    }
}
