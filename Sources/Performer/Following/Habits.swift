// REAL-TIME: what the player and the machine did of late.

import Representation

/// Statistics of the stream, part of a `Moment`: they roll back as the network's state does. The player's are means over
/// about the last hundred notes, the machine's over the last seconds of its reply.
struct Habits: BitwiseCopyable {
    // MARK: The player's

    /// Strikes, each weighing 1 − 1/128 of the one after it; so are the sums.
    private(set) var notes: Float = 0
    /// Of the strikes, by pitch class.
    private(set) var pitchClasses = InlineArray<12, Float>(repeating: 0)
    private var seconds: Float = 0
    private(set) var key = Spread()
    private(set) var velocity = Spread()
    /// Keys that sound at a strike, with the one struck.
    private(set) var sounding = Spread()
    /// How often the key struck had been struck in the seconds before.
    private var repeats: Float = 0

    /// Intervals from chord to chord, six bins an octave from 40 ms on; a third of each lies in its neighbours.
    private var intervals = InlineArray<36, Float>(repeating: 0)
    private var intervalCount: Float = 0

    // MARK: The machine's

    private var machineNotes: Float = 0
    private var machineSeconds: Float = 0
    /// Whether it has struck a key since the player did.
    private var hasReplied = false
    private(set) var machineVelocity = Spread()

    // MARK: Both

    /// Keys that sound.
    private(set) var keys = KeySet()
    /// Strikes of each key, fading: sixteenths.
    private var strikes = InlineArray<128, UInt8>(repeating: 0)
    private var fadedAt: Int64 = 0
    private(set) var pulse = Pulse()
    private(set) var tick: Int64 = 0
    private var lastStrike: Int64 = .min
    private var lastChord: Int64 = .min

    /// Mean and variance of the values so far.
    struct Spread: BitwiseCopyable {
        private var sum: Float = 0
        private var squares: Float = 0
        private var count: Float = 0

        mutating func add(_ value: Float, keep: Float) {
            sum = keep * sum + value
            squares = keep * squares + value * value
            count = keep * count + 1
        }

        var mean: Float { sum / max(count, 1) }
        var variance: Float { max(squares / max(count, 1) - mean * mean, 0) }
    }

    private static var keep: Float { 1 - 1.0 / 128 }

    /// A token of the stream.
    mutating func hear(_ token: Token, _ meanings: MeaningTable, isPlayers: Bool) {
        var struck = -1
        for field in 0..<meanings.fieldCount where token[field] >= 0 {
            switch meanings[field, Int(token[field])] {
            case .nothing: break
            case .shift(let ticks): pass(Int64(ticks), isPlayers: isPlayers)
            case .strike(let key):
                struck = Int(key)
                strike(struck, isPlayers: isPlayers)
            case .release(let key): keys.remove(Int(key))
            case .velocity(let velocity):
                guard struck >= 0 else { break }
                if isPlayers {
                    self.velocity.add(Float(velocity), keep: Self.keep)
                } else {
                    machineVelocity.add(Float(velocity), keep: 0.95)
                }
            }
        }
    }

    private mutating func pass(_ ticks: Int64, isPlayers: Bool) {
        tick &+= ticks
        pulse.pass(Int(ticks))
        while tick &- fadedAt >= 50 {
            for key in 0..<128 { strikes[key] &-= strikes[key] >> 2 }
            fadedAt = max(fadedAt &+ 50, tick &- 1000)
        }
        guard !isPlayers && hasReplied else { return }
        let elapsed = Float(ticks) / 100
        // A running mean over four seconds.
        let kept = max(0, 1 - elapsed / 4)
        machineNotes *= kept
        machineSeconds = machineSeconds * kept + elapsed
    }

    private mutating func strike(_ key: Int, isPlayers: Bool) {
        keys.insert(key)
        let isChord = lastChord != .min && tick &- lastChord <= 3
        if !isChord {
            if isPlayers && lastChord != .min { addInterval(tick &- lastChord) }
            lastChord = tick
        }
        pulse.strike(weight: isChord ? 0.25 : 1, isPlayers: isPlayers)
        if isPlayers {
            let elapsed = lastStrike == .min ? 0 : Float(min(tick &- lastStrike, 300)) / 100
            lastStrike = tick
            notes = Self.keep * notes + 1
            seconds = Self.keep * seconds + elapsed
            for i in 0..<12 { pitchClasses[i] *= Self.keep }
            pitchClasses[key % 12] += 1
            self.key.add(Float(key), keep: Self.keep)
            sounding.add(Float(keys.count), keep: Self.keep)
            repeats = Self.keep * repeats + recentStrikes(of: key)
            // The reply begins as dense as the call.
            hasReplied = false
            machineSeconds = 2
            machineNotes = 2 * density
            machineVelocity = Spread()
        } else {
            lastStrike = tick
            hasReplied = true
            machineNotes += 1
        }
        strikes[key] = strikes[key] > 239 ? 255 : strikes[key] &+ 16
    }

    private mutating func addInterval(_ ticks: Int64) {
        for i in 0..<36 { intervals[i] *= Self.keepInterval }
        intervalCount = intervalCount * Self.keepInterval + 1
        let bin = Self.bin(Int(min(ticks, 300)))
        intervals[bin] += 0.6
        intervals[max(bin &- 1, 0)] += 0.2
        intervals[min(bin &+ 1, 35)] += 0.2
    }

    private static var keepInterval: Float { 1 - 1.0 / 64 }

    private static func bin(_ ticks: Int) -> Int {
        max(0, min(35, Int(Maths().plainLog(Float(max(ticks, 4)) / 4) * 8.656 + 0.5)))
    }

    // MARK: Figures

    /// Natural logarithm of how much commoner an onset `ticks` from now would make its interval than one of any length.
    func habit(in ticks: Int) -> Float {
        guard lastChord != .min && intervalCount > 0 else { return 0 }
        let since = Int(tick &- lastChord) &+ ticks
        if since <= 3 { return 0 }
        let share = (intervals[Self.bin(since)] + 0.5) / (intervalCount + 18)
        return Maths().plainLog(36 * share)
    }

    /// How much a strike `ticks` from now is expected by the pulse, about −1…1. Those that still belong to the last chord, or
    /// come so soon that no pulse is so fast, are not.
    func expectation(in ticks: Int) -> Float {
        let since = lastChord == .min ? 100 : tick &+ Int64(ticks) &- lastChord
        if since <= 3 { return 0 }
        let expectation = pulse.expectation(in: ticks)
        return since < 8 ? min(expectation, 0) : expectation
    }

    /// The player's strikes a second.
    var density: Float { notes / max(seconds, 0.1) }
    /// Natural logarithm of the machine's density, of the player's.
    var excess: Float { Maths().log(machineNotes / max(machineSeconds, 0.1) / max(density, 0.1)) }
    /// How often the player strikes a key again within seconds.
    var repetition: Float { repeats / max(notes, 1) }
    func recentStrikes(of key: Int) -> Float { Float(strikes[key]) / 16 }
    /// How much the player's figures are worth, 0…1.
    var certainty: Float { notes / (notes + 8) }
}
