// REAL-TIME (improviser): the rules of turn-taking.

import Representation

/// Decides when the machine takes over, for how long, and when it yields, from what was heard, the parameters and the time
/// alone.
/// - Thread: any
struct TurnPolicy: BitwiseCopyable {
    let values: ParameterValues
    let timebase: Timebase
    private let model: TurnModel
    /// The log odds above which the learnt rule takes over.
    var logit: Float

    init(values: ParameterValues, timebase: Timebase, model: TurnModel) {
        (self.values, self.timebase, self.model) = (values, timebase, model)
        logit = TurnModel.logit(meanDelay: values[.patience] / 1000)
    }

    /// The frame from which on the player counts as resting, if nothing more comes.
    func restBegins(after phrase: Phrase) -> Int64 {
        let patience = timebase.frames(milliseconds: values[.patience])
        guard values[.turnTaking] != 0 && phrase.cues.lastOnset != .min else {
            return phrase.restBegins(patience: patience, hold: timebase.frames(seconds: values[.hold]))
        }
        return restBegins(after: phrase.cues, atTheLatest: max(patience, 2 &* timebase.rate))
    }

    /// By what was learnt: the first time, from 0.4 s after the last onset on and every 50 ms, at which the odds are high
    /// enough.
    /// - Parameter latest: at which it is in any case, after the last onset.
    private func restBegins(after cues: TurnCues, atTheLatest latest: Int64) -> Int64 {
        let second = timebase.rate
        let rhythm = cues.rhythm()
        var twentieth: Int64 = 8
        while twentieth < 40 {
            let frame = cues.lastOnset &+ twentieth &* second / 20
            if frame >= cues.latest && model(cues.features(at: frame, second: second, rhythm)) > logit { return frame }
            twentieth &+= 1
        }
        return cues.lastOnset &+ latest
    }

    /// The take-over at the player's next pause.
    /// - Parameters:
    ///   - settled: it does not come before this frame.
    ///   - turn: a take-over that was commanded stays, if later than `settled`.
    /// - Returns: nil if the machine does not take over by itself.
    func takeover(after phrase: Phrase, in turn: Turn, from settled: Int64) -> Takeover? {
        if case .ready(let commanded) = turn, commanded.cause == .command {
            return takeover(.command, tick: max(commanded.tick, timebase.firstTick(from: settled)), phrase)
        }
        guard phrase.start != nil && values.isOn(.auto) else { return nil }
        return takeover(.pause, tick: timebase.firstTick(from: max(restBegins(after: phrase), settled)), phrase)
    }

    /// A take-over by command, on the first tick from `settled` on.
    func commandedTakeover(after phrase: Phrase, from settled: Int64) -> Takeover {
        takeover(.command, tick: timebase.firstTick(from: settled), phrase)
    }

    private func takeover(_ cause: Takeover.Cause, tick: Int64, _ phrase: Phrase) -> Takeover {
        Takeover(
            cause: cause, tick: tick, frame: timebase.frame(of: tick), call: phrase.start == nil ? nil : phrase.length)
    }

    /// The tick from which on the reply begins no more notes.
    func lastOnset(of takeover: Takeover) -> Int64 {
        let shortest = timebase.frames(seconds: values[.shortest])
        let longest = max(timebase.frames(seconds: values[.longest]), shortest)
        // Without a call to measure by, it may be as long as it may be.
        return takeover.tick &+ timebase.ticks(min(max(takeover.call ?? longest, shortest), longest))
    }

    /// The last tick for the reply's first note; nil: in the model's own time.
    func latestEntry(of takeover: Takeover) -> Int64? {
        guard values[.entry] >= 0 else { return nil }
        return takeover.tick &+ timebase.ticks(timebase.frames(milliseconds: values[.entry]))
    }

    /// Whether the machine falls silent at the player's event.
    func yields(to event: HeardEvent, in turn: Turn) -> Bool {
        turn.isReplying && event.kind == .noteOn && values.isOn(.yield)
    }

    /// Whether a key struck at `frame` begins a phrase of its own: the player, who was not answered, has paused.
    func beginsPhrase(at frame: Int64, after phrase: Phrase, in turn: Turn) -> Bool {
        if case .listening = turn { frame >= restBegins(after: phrase) } else { false }
    }
}
