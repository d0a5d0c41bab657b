// REAL-TIME (improviser): the rules of turn-taking.

import Representation

/// Decides when the machine takes over, for how long, and when it yields, from what was heard, the parameters and the time
/// alone.
/// - Thread: any
struct TurnPolicy: BitwiseCopyable {
    let values: ParameterValues
    let timebase: Timebase
    private let beat: Beat
    private let model: TurnModel
    /// The log odds above which the learnt rule takes over.
    var logit: Float

    init(values: ParameterValues, timebase: Timebase, beat: Beat = Beat(), model: TurnModel) {
        (self.values, self.timebase, self.beat, self.model) = (values, timebase, beat, model)
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

    /// The next take-over: at the player's next pause, or while they play along, or when the room has been empty for long.
    /// - Parameters:
    ///   - settled: it does not come before this frame.
    ///   - turn: a take-over that was commanded stays, if later than `settled`.
    ///   - quiet: when something last sounded.
    /// - Returns: nil if the machine does not take over by itself.
    func takeover(after phrase: Phrase, in turn: Turn, from settled: Int64, quietSince quiet: Int64) -> Takeover? {
        guard values.mode.plays else { return nil }
        if case .ready(let commanded) = turn, commanded.cause == .command {
            return takeover(.command, from: max(commanded.frame, settled), phrase)
        }
        guard values.isOn(.auto) else { return nil }
        if values.mode.accompanies, phrase.start != nil, let end = companyEnds(after: phrase), settled < end {
            return takeover(.company, from: settled, phrase)
        }
        if phrase.start != nil && !values.mode.accompanies {
            return takeover(.pause, from: max(restBegins(after: phrase), settled), phrase)
        }
        guard values[.attract] > 0 && phrase.heldKeys.isEmpty else { return nil }
        let frame = quiet &+ timebase.frames(seconds: values[.attract])
        return takeover(.emptyRoom, from: max(frame, settled), phrase)
    }

    /// The frame at which the machine stops playing along, if the player does nothing more; nil before they have played.
    private func companyEnds(after phrase: Phrase) -> Int64? {
        guard phrase.cues.lastOnset != .min else { return nil }
        // Long enough for an answer that begins on the next tick but one.
        return values.mode == .follow ? phrase.cues.lastOnset &+ timebase.rate / 10 : restBegins(after: phrase)
    }

    /// A take-over by command, on the first tick from `settled` on; nil if the machine does not play in this mode.
    func commandedTakeover(after phrase: Phrase, from settled: Int64) -> Takeover? {
        guard values.mode.plays else { return nil }
        return takeover(.command, from: settled, phrase)
    }

    /// The take-over of a player who is kept company and has struck a key; nil in other modes.
    func company(after phrase: Phrase, from settled: Int64) -> Takeover? {
        guard values.mode.accompanies && values.isOn(.auto) else { return nil }
        return takeover(.company, from: settled, phrase)
    }

    /// Whether the reply is followed by another at once, if it has come to an end by itself.
    var isEndless: Bool { values.mode == .endless }

    /// The take-over on the first tick from a frame on, or on the next line of the beat if there is one to wait for.
    private func takeover(_ cause: Takeover.Cause, from earliest: Int64, _ phrase: Phrase) -> Takeover {
        let call = phrase.start == nil ? nil : phrase.length
        guard values.quantise != .off && beat.isPassing && cause != .company else {
            let tick = timebase.firstTick(from: earliest)
            return Takeover(cause: cause, tick: tick, frame: timebase.frame(of: tick), call: call)
        }
        let frame = beat.line(values.quantise, from: earliest)
        return Takeover(cause: cause, tick: timebase.tick(of: frame), frame: frame, call: call, isOnLine: true)
    }

    /// Where the machine's turn ends.
    func span(of turn: Turn, after phrase: Phrase) -> ReplySpan {
        if let release = turn.release { return ReplySpan(until: timebase.tick(of: release.start)) }
        return turn.takeover.map { span(of: $0, after: phrase) } ?? ReplySpan(until: 0)
    }

    /// Where the reply ends.
    private func span(of takeover: Takeover, after phrase: Phrase) -> ReplySpan {
        if values.mode.accompanies && takeover.cause == .company {
            guard let end = companyEnds(after: phrase) else { return ReplySpan(until: takeover.tick) }
            return ReplySpan(until: timebase.firstTick(from: end))
        }
        if values.mode == .endless {
            // For ever: thirty years.
            return ReplySpan(until: takeover.tick &+ timebase.ticksPerSecond &* 1_000_000_000)
        }
        let shortest = timebase.frames(seconds: values[.shortest])
        let longest = max(timebase.frames(seconds: values[.longest]), shortest)
        // Without a call to measure by, it may be as long as it may be.
        let length = values.replyLength == .call ? min(max(takeover.call ?? longest, shortest), longest) : longest
        if values.replyLength == .phrase {
            let ends = (takeover.tick &+ timebase.ticks(shortest), takeover.tick &+ timebase.ticks(longest))
            return ReplySpan(from: ends.0, until: ends.1, strength: max(values[.ending], 0.1))
        }
        if beat.isPassing && (values[.bars] > 0 || (values.quantise == .bar && values.replyLength == .call)) {
            let frame = beat.end(
                ofBars: Int(values[.bars]), from: takeover.frame, length: length,
                isOnBar: values.quantise == .bar && takeover.isOnLine)
            return ReplySpan(untilLine: frame, tick: timebase.tick(of: frame))
        }
        let (ending, exact) = (values[.ending], takeover.tick &+ timebase.ticks(length))
        guard ending > 0 else { return ReplySpan(until: exact) }
        let leeway = timebase.ticks(Int64(Double(length) * 0.3 * Double(ending)))
        return ReplySpan(from: exact &- leeway, until: exact &+ leeway, strength: ending)
    }

    /// What the last sonority of a reply leans to; see `Ending`.
    func home(after phrase: Phrase, _ habits: borrowing Habits) -> InlineArray<12, Float> {
        let following = min(1, values[.followKey] * values[.similarity] / 0.6)
        return Tonality(of: habits.pitchClasses).home(
            certainty: following * habits.certainty, final: phrase.cues.finalKey)
    }

    /// The last tick for the reply's first note; nil: in the model's own time.
    func latestEntry(of takeover: Takeover) -> Int64? {
        if values.mode == .follow && takeover.cause == .company { return takeover.tick &+ timebase.ticksPerSecond / 50 }
        if takeover.isOnLine { return takeover.tick }
        guard values[.entry] >= 0 else { return nil }
        return takeover.tick &+ timebase.ticks(timebase.frames(milliseconds: values[.entry]))
    }

    /// What the machine does at the player's event; `never`: it plays on, or has its notes end already.
    func yields(to event: HeardEvent, in turn: Turn) -> YieldKind {
        guard turn.isReplying && event.kind == .noteOn else { return .never }
        return turn.release == nil || values.yieldKind == .atOnce ? values.yieldKind : .never
    }

    /// How the notes end that sound when the player strikes a key at `frame`.
    func release(_ kind: YieldKind, at frame: Int64) -> Release {
        Release(
            isFade: kind == .fade, start: frame,
            end: frame &+ (kind == .fade ? 2 &* timebase.rate / 5 : 2 &* timebase.rate))
    }

    /// Whether a reply whose first note sounded at `first` and that is cut at `frame` was but a blip.
    func isBlip(from first: Int64, cutAt frame: Int64) -> Bool { frame &- first < timebase.rate / 4 }

    /// Whether a key struck at `frame` begins a phrase of its own: the player, who was not answered, has paused.
    func beginsPhrase(at frame: Int64, after phrase: Phrase, in turn: Turn) -> Bool {
        if case .listening = turn { frame >= restBegins(after: phrase) } else { false }
    }
}
