// REAL-TIME (any): follows a MIDI clock.

/// Follows a MIDI clock: 24 messages a quarter note, that arrive late and early, and start, stop, continue and song position
/// (MIDI 1.0, "System Real Time Messages").
///
/// A line is fitted through the arrivals by least squares, with the recursion of a g-h filter whose memory grows up to
/// `longestMemory` (Brookner, "Tracking and Kalman Filtering Made Easy", 1998, 1.2.10): of n arrivals g = 2(2n−1)/n(n+1),
/// h = 6/n(n+1). Three errors of one sign, each far larger than usual, are another tempo: it then begins anew.
/// - Thread: any, one at a time
public struct ClockFollower: Sendable, BitwiseCopyable {
    public enum State: UInt8, Sendable, BitwiseCopyable {
        /// No clock so far, or none for a quarter of a second.
        case silent
        /// There is a clock, which nobody has started: beats are counted from its first message on.
        case free
        /// Started or continued.
        case running
        /// Stopped; the clock may go on.
        case stopped
    }

    /// Messages in a quarter note.
    public static var clocksPerBeat: Int { 24 }
    /// Messages that the line is fitted through: three beats.
    static var longestMemory: Int { 72 }

    public private(set) var state = State.silent
    /// There was a clock, and it has gone.
    public private(set) var isLost = false
    private let rate: Double
    /// Messages since beat 0, that of the line included.
    private var clocks: Int64 = 0
    /// Set by start, continue and song position: the next message is at `clocks`.
    private var isArmed = false
    /// Arrivals in the fit; 0: none yet.
    private var count = 0
    /// Where the line puts the last message, and its distance to the next, in frames.
    private var (place, period) = (0.0, 0.0)
    /// The last three arrivals, the latest first.
    private var arrivals = InlineArray<4, Double>(repeating: 0)
    /// Mean magnitude of the errors, in frames.
    private var scatter = 0.0
    /// Large errors of one sign in a row, negative: early.
    private var streak = 0

    /// - Parameter sampleRate: frames a second.
    public init(sampleRate: Int) { rate = Double(sampleRate) }

    // MARK: What it knows

    // The attributes stand on the accessor, so it must be written out.
    // swift-format-ignore: UseSingleLinePropertyGetter
    /// Length of a beat in frames; nil before the second message and after the clock has gone.
    public var framesPerBeat: Double? {
        @_noAllocation @_noLocks get { count >= 2 ? period * Double(Self.clocksPerBeat) : nil }
    }

    /// The line of beats; nil while there is none: before the second message, after the clock has gone, and while it is stopped
    /// or has been started without a message since.
    public var line: BeatLine? {
        @_noAllocation @_noLocks get {
            guard count >= 2, !isArmed, state == .running || state == .free else { return nil }
            return BeatLine(through: position, at: place, framesPerBeat: period * Double(Self.clocksPerBeat))
        }
    }

    // The attributes stand on the accessor, so it must be written out.
    // swift-format-ignore: UseSingleLinePropertyGetter
    /// Where it stopped, or where it begins.
    public var position: Beats {
        @_noAllocation @_noLocks get { Beats(units: clocks &* (Beats.unitsPerBeat / Int64(Self.clocksPerBeat))) }
    }

    // MARK: Messages

    /// Timing clock, 0xF8.
    @_noAllocation @_noLocks
    public mutating func clock(at frame: Int64) {
        let arrival = Double(frame)
        if count > 0 && arrival - arrivals[0] > silence { count = 0 }
        if state == .silent { (state, clocks, isArmed) = (.free, 0, true) }
        isLost = false
        if state != .stopped {
            if isArmed {
                isArmed = false
                // The clock rested meanwhile: only its tempo is known.
                if count >= 2 && arrival - arrivals[0] > 1.5 * period { (place, count) = (arrival - period, 2) }
            } else {
                clocks &+= 1
            }
        }
        fit(arrival)
        for i in (1..<4).reversed() { arrivals[i] = arrivals[i &- 1] }
        arrivals[0] = arrival
    }

    /// Start, 0xFA: the next clock is beat 0. While it runs already, nothing.
    @_noAllocation @_noLocks
    public mutating func start() {
        guard state != .running else { return }
        (state, clocks, isArmed) = (.running, 0, true)
    }

    /// Continue, 0xFB: the next clock is where it stopped, or where the song position was put.
    @_noAllocation @_noLocks
    public mutating func `continue`() {
        guard state != .running else { return }
        if state != .stopped { clocks = 0 }
        if state == .stopped && !isArmed { clocks &+= 1 }
        (state, isArmed) = (.running, true)
    }

    /// Stop, 0xFC.
    @_noAllocation @_noLocks
    public mutating func stop() {
        guard state == .running || state == .free else { return }
        // Started and stopped before a clock came: it is where it was to begin.
        state = .stopped
    }

    /// Song position, 0xF2, in sixteenths. While it runs, nothing.
    /// - Parameter sixteenths: 0…16,383.
    @_noAllocation @_noLocks
    public mutating func locate(_ sixteenths: Int) {
        guard state != .running else { return }
        (state, clocks, isArmed) = (.stopped, Int64(sixteenths) &* 6, true)
    }

    /// Time passes without a message.
    /// - Returns: whether the clock is given up now.
    @_noAllocation @_noLocks
    public mutating func pass(to frame: Int64) -> Bool {
        guard count > 0, Double(frame) - arrivals[0] > silence else { return false }
        count = 0
        isLost = true
        // What was started goes on when the clock comes back; what nobody started is counted anew.
        if state == .free { state = .silent }
        return true
    }

    /// How long no message comes until the clock is given up, in frames: a quarter of a second, or three messages of a very slow
    /// one.
    private var silence: Double { max(rate / 4, count >= 2 ? 3 * period : rate * 2.6) }

    // MARK: The line

    @_noAllocation @_noLocks
    private mutating func fit(_ arrival: Double) {
        guard count > 0 else { return begin(at: arrival) }
        guard count > 1 else {
            period = arrival - arrivals[0]
            guard isPossible else { return begin(at: arrival) }
            (place, count) = (arrival, 2)
            return
        }
        let error = arrival - (place + period)
        note(error)
        if streak.magnitude >= 3 { return beginAnew(at: arrival) }
        count = min(count &+ 1, Self.longestMemory)
        let n = Double(count)
        place += period + 2 * (2 * n - 1) / (n * (n + 1)) * error
        period += 6 / (n * (n + 1)) * error
        if !isPossible { begin(at: arrival) }
    }

    /// Whether the tempo is within 1…999 beats a minute.
    private var isPossible: Bool {
        let perMinute = 60 * rate / (period * Double(Self.clocksPerBeat))
        return period > 0 && perMinute >= 0.99 && perMinute <= 1000
    }

    @_noAllocation @_noLocks
    private mutating func note(_ error: Double) {
        // A single message may be late by a lot; the usual error counts, and half a millisecond is nobody's fault.
        let isLarge = error.magnitude > max(4 * scatter, rate / 2000)
        scatter += (min(error.magnitude, 4 * scatter + rate / 500) - scatter) / 24
        if !isLarge {
            streak = 0
        } else if error > 0 {
            streak = max(streak, 0) &+ 1
        } else {
            streak = min(streak, 0) &- 1
        }
    }

    @_noAllocation @_noLocks
    private mutating func begin(at arrival: Double) {
        (place, count, streak, scatter) = (arrival, 1, 0, 0)
    }

    /// Another tempo: that of the last three messages.
    @_noAllocation @_noLocks
    private mutating func beginAnew(at arrival: Double) {
        let new = (arrival - arrivals[1]) / 2
        (period, place, count, streak) = (new, arrival, 3, 0)
        if !isPossible { begin(at: arrival) }
    }
}
