// REAL-TIME (improviser): how a reply comes to its end.

import Representation

/// Where a reply ends, in ticks.
struct ReplySpan: BitwiseCopyable {
    /// From here on it ends at the first resting point.
    var opens: Int64
    /// No note begins at or after this tick.
    var closes: Int64
    /// How hard it looks for a resting point, 0…1; 0: it stops at `closes`, wherever it is.
    var strength: Float = 0
    /// The frame at which all ends; nil: notes may ring on.
    var line: Int64?

    /// It stops at `tick`.
    init(until tick: Int64) { (opens, closes) = (tick, tick) }

    /// All ends at a line of the beat, whose nearest tick is `tick`.
    init(untilLine line: Int64, tick: Int64) {
        (opens, closes) = (tick, tick)
        self.line = line
    }

    init(from opens: Int64, until closes: Int64, strength: Float) {
        (self.opens, self.closes, self.strength) = (opens, max(opens, closes), strength)
    }
}

/// Looks for the resting point at which a reply ends, and makes one likelier: a chord after which the network itself expects a
/// long gap, later after the chord before it than most. Belongs to the plan; each token's mark keeps what it was before, so it
/// rolls back with the plan.
struct Ending: BitwiseCopyable {
    private(set) var span: ReplySpan
    /// When the last sonority was struck, once the resting point is found: nothing is struck after it.
    private(set) var rest: Int64?
    /// What its last sonority leans to, by pitch class: natural logarithms of odds.
    private var home = InlineArray<12, Float>(repeating: 0)

    // MARK: The reply so far

    /// Chords by the log odds of a gap of half a second after them, four bins to a unit.
    private var gaps = InlineArray<64, UInt16>(repeating: 0)
    private var gapCount = 0
    /// Intervals from chord to chord, six bins an octave (`FollowingTables.bin`).
    private var intervals = InlineArray<36, UInt16>(repeating: 0)
    private var intervalCount = 0
    /// The last chord: when it began and was last added to, and the interval before it in bins.
    private var chord: (begun: Int64, last: Int64, interval: Int)?
    /// Log odds of a gap after its last note; nil until they are known, and when the chord has been judged.
    private var gap: Float?
    private var isJudged = true

    init(_ span: ReplySpan) { self.span = span }

    /// - Parameter home: see there.
    init(_ span: ReplySpan, towards home: InlineArray<12, Float>) {
        (self.span, self.home) = (span, home)
    }

    /// The same reply is to end elsewhere.
    mutating func place(_ span: ReplySpan) { self.span = span }

    /// What the reply was when `other` was kept; the span, which parameters change, stays.
    mutating func rollBack(to other: Ending) {
        let span = span
        self = other
        self.span = span
    }

    /// The same on another grid.
    mutating func move(from old: Timebase, to new: Timebase) {
        func moved(_ tick: Int64) -> Int64 { new.tick(of: old.frame(of: tick)) }
        rest = rest.map(moved)
        chord = chord.map { (moved($0.begun), moved($0.last), $0.interval) }
    }

    /// The tick from which on no note begins.
    var lastOnset: Int64 { min(span.closes, rest ?? .max) }
    /// How long the last sonority is held, in ticks.
    func held(_ ticksPerSecond: Int64) -> Int64 {
        let bar = 4 * FollowingTables.hundredths(ofBin: medianInterval) * ticksPerSecond / 100
        return max(ticksPerSecond, min(bar, 2 * ticksPerSecond))
    }

    // MARK: Planning

    /// Measures the gap that the network expects, and leans the draw of a field towards an end once it is near. After all other
    /// biases, on `mind.logits`.
    mutating func lean(_ mind: MindView, _ field: Int, _ mask: Mask) {
        guard span.strength > 0 && rest == nil else { return }
        let tick = mind.planner.representation.tick
        let role = mind.planner.representation.role(field)
        // What is long past says little of the end.
        if role == .time && chord != nil && !isJudged && gap == nil && tick > span.opens &- 30 &* mind.ticksPerSecond {
            gap = expectedGap(mind, field, mask)
        }
        let nearness = nearness(at: tick)
        guard nearness > 0 else { return }
        switch role {
        case .time: wait(mind, field, 0.9 * nearness)
        case .pitch: comeHome(mind, field, nearness)
        case .dynamics, .text: break
        }
    }

    /// How near the end is, 0…1.
    private func nearness(at tick: Int64) -> Float {
        guard tick >= span.opens else { return 0 }
        return span.strength * (0.25 + 0.75 * progress(at: tick))
    }

    /// Through the window in which it may end.
    private func progress(at tick: Int64) -> Float {
        guard span.closes > span.opens else { return 1 }
        return max(0, min(1, Float(tick &- span.opens) / Float(span.closes &- span.opens)))
    }

    /// Natural logarithm of the odds that nothing comes for half a second.
    private func expectedGap(_ mind: MindView, _ field: Int, _ mask: Mask) -> Float {
        let maths = Maths()
        var most = -Float.infinity
        for value in 0..<mask.classes where mask.contains(value) { most = max(most, mind.logits[value]) }
        var (soon, late) = (Float(0), Float(0))
        for value in 0..<mask.classes where mask.contains(value) {
            let weight = maths.exp(mind.logits[value] - most)
            if case .shift(let ticks) = mind.tables.meaning(field, value), mind.tables.hundredths(Int64(ticks)) < 50 {
                soon += weight
            } else {
                late += weight
            }
        }
        return maths.plainLog(max(late, 1e-12)) - maths.plainLog(max(soon, 1e-12))
    }

    private func wait(_ mind: MindView, _ field: Int, _ slower: Float) {
        for value in 0..<mind.planner.representation.classCount(field) {
            guard case .shift(let ticks) = mind.tables.meaning(field, value) else { continue }
            mind.logits[value] += slower * mind.tables.logarithm(Int(ticks))
        }
    }

    private func comeHome(_ mind: MindView, _ field: Int, _ nearness: Float) {
        for value in 0..<mind.planner.representation.classCount(field) {
            switch mind.tables.meaning(field, value) {
            case .strike(let key): mind.logits[value] += nearness * home[Int(key) % 12]
            case .release: mind.logits[value] += nearness
            case .nothing, .shift, .velocity: break
            }
        }
    }

    /// Whether the reply has come to its resting point before this token, which was drawn but is not played yet. If so, it ends
    /// there.
    /// - Parameter tick: of the token.
    mutating func rests(before tick: Int64, _ tables: FollowingTables) -> Bool {
        guard span.strength > 0 && rest == nil, let chord, let gap, !isJudged,
            tables.hundredths(tick &- chord.last) > 3
        else { return false }
        isJudged = true
        let rank = rank(of: gap)
        let isLengthened = intervalCount < 2 || chord.interval > medianInterval
        note(gap)
        if chord.interval >= 0 {
            intervals[chord.interval] &+= 1
            intervalCount &+= 1
        }
        guard chord.last >= span.opens else { return false }
        let progress = progress(at: chord.last)
        let needed = progress < 0.95 ? 0.97 - 0.05 * progress : max(0, 18 * (1 - progress))
        // Of a reply that hardly rests the best chord may be none: at first it must be likely by itself as well.
        let isLikely = gap > -1 || progress > 0.7
        guard rank >= needed && isLikely && (isLengthened || progress > 0.95) else { return false }
        rest = chord.last
        return true
    }

    /// The plan goes on with this token.
    /// - Parameter tick: of its event.
    mutating func hear(_ token: Token, _ tables: FollowingTables, at tick: Int64) {
        guard span.strength > 0 else { return }
        for field in 0..<tables.fieldCount where token[field] >= 0 {
            guard case .strike = tables.meaning(field, Int(token[field])) else { continue }
            if let before = chord, tables.hundredths(tick &- before.begun) <= 3 {
                chord = (before.begun, tick, before.interval)
            } else {
                chord = (tick, tick, chord.map { tables.bin(tables.hundredths(tick &- $0.begun)) } ?? -1)
                isJudged = false
            }
            if !isJudged { gap = nil }
        }
    }

    // MARK: Statistics

    private func bin(_ gap: Float) -> Int { Int(max(0, min(63, 4 * gap + 40))) }

    private mutating func note(_ gap: Float) {
        gaps[bin(gap)] &+= 1
        gapCount &+= 1
    }

    /// Share of the reply's chords after which a gap was less likely.
    private func rank(of gap: Float) -> Float {
        var below = 0
        for bin in 0..<bin(gap) { below &+= Int(gaps[bin]) }
        return gapCount < 3 ? 0 : Float(below) / Float(gapCount)
    }

    private var medianInterval: Int {
        var (sum, bin) = (0, 0)
        while bin < 35 {
            sum &+= Int(intervals[bin])
            if 2 &* sum >= intervalCount { return bin }
            bin &+= 1
        }
        return bin
    }
}
