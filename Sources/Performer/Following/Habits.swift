// REAL-TIME (improviser): what the player and the machine did of late.

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
    /// The most keys at once, drawn towards the present number by each strike.
    private var most: Float = 0
    private var playersKeys = KeySet()
    /// How often the key struck had been struck in the seconds before.
    private var repeats: Float = 0

    /// Intervals from chord to chord, six bins an octave from 40 ms on; two fifths of each lie in its neighbours.
    private var intervals = InlineArray<36, Float>(repeating: 0)
    private var intervalCount: Float = 0
    /// Natural logarithm of each bin's share, relative to an even one.
    private var commonness = InlineArray<36, Float>(repeating: 0)

    // MARK: The machine's

    private var machineNotes: Float = 0
    private var machineSeconds: Float = 0
    /// Whether it has struck a key since the player did.
    private var hasReplied = false
    /// As `sounding`, of the machine's strikes; it begins as the player's.
    private(set) var machineSounding = Spread()

    // MARK: Both

    /// Keys that sound.
    private(set) var keys = KeySet()
    /// Strikes of each key, fading: sixteenths.
    private var strikes = InlineArray<128, UInt8>(repeating: 0)
    private var fadedAt: Int64 = 0
    private(set) var pulse = Pulse()
    /// Of the stream, in hundredths of a second.
    private var time: Int64 = 0
    private var lastStrike: Int64 = .min
    private var lastChord: Int64 = .min

    /// Mean and variance of the values so far.
    struct Spread: BitwiseCopyable {
        fileprivate var sum: Float = 0
        fileprivate var squares: Float = 0
        fileprivate var count: Float = 0

        /// As if `count` values like these had been added.
        func prior(_ count: Float) -> Spread {
            Spread(sum: mean * count, squares: (variance + mean * mean) * count, count: count)
        }

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
    mutating func hear(_ token: Token, _ tables: FollowingTables, isPlayers: Bool) {
        for field in 0..<tables.fieldCount where token[field] >= 0 {
            switch tables.meaning(field, Int(token[field])) {
            case .nothing: break
            case .shift(let ticks): pass(Int64(ticks), tables, isPlayers: isPlayers)
            case .strike(let key):
                strike(Int(key), tables, isPlayers: isPlayers)
            case .release(let key):
                keys.remove(Int(key))
                playersKeys.remove(Int(key))
            case .velocity(let velocity):
                if isPlayers { self.velocity.add(Float(velocity), keep: Self.keep) }
            }
        }
    }

    private mutating func pass(_ ticks: Int64, _ tables: FollowingTables, isPlayers: Bool) {
        time &+= tables.hundredths(ticks)
        while time &- fadedAt >= 50 {
            for key in 0..<128 { strikes[key] &-= strikes[key] >> 2 }
            fadedAt = max(fadedAt &+ 50, time &- 1000)
        }
        guard !isPlayers && hasReplied else { return }
        let elapsed = Float(tables.hundredths(ticks)) / 100
        // A running mean over ten seconds.
        let kept = max(0, 1 - elapsed / 10)
        machineNotes *= kept
        machineSeconds = machineSeconds * kept + elapsed
    }

    private mutating func strike(_ key: Int, _ tables: FollowingTables, isPlayers: Bool) {
        keys.insert(key)
        let isChord = lastChord != .min && time &- lastChord <= 3
        if !isChord {
            if isPlayers && lastChord != .min { addInterval(time &- lastChord, tables) }
            lastChord = time
            pulse.push(at: time, tables.circle, isPlayers: isPlayers)
        }
        if isPlayers {
            playersKeys.insert(key)
            let sounding = Float(playersKeys.count)
            most = max(sounding, most - (most - sounding) / 32)
            let elapsed = lastStrike == .min ? 0 : Float(min(time &- lastStrike, 300)) / 100
            lastStrike = time
            notes = Self.keep * notes + 1
            seconds = Self.keep * seconds + elapsed
            for i in 0..<12 { pitchClasses[i] *= Self.keep }
            pitchClasses[key % 12] += 1
            self.key.add(Float(key), keep: Self.keep)
            self.sounding.add(Float(keys.count), keep: Self.keep)
            repeats = Self.keep * repeats + recentStrikes(of: key)
            // The reply begins as dense as the call.
            hasReplied = false
            machineSeconds = 2
            machineNotes = 2 * density
            machineSounding = self.sounding.prior(16)
        } else {
            playersKeys.remove(key)
            lastStrike = time
            hasReplied = true
            machineNotes += 1
            machineSounding.add(Float(keys.count), keep: 1 - 1.0 / 32)
        }
        strikes[key] = strikes[key] > 239 ? 255 : strikes[key] &+ 16
    }

    private mutating func addInterval(_ hundredths: Int64, _ tables: FollowingTables) {
        let keep: Float = 1 - 1.0 / 64
        for i in 0..<FollowingTables.bins { intervals[i] *= keep }
        intervalCount = intervalCount * keep + 1
        let bin = tables.bin(hundredths)
        intervals[bin] += 0.6
        intervals[max(bin &- 1, 0)] += 0.2
        intervals[min(bin &+ 1, FollowingTables.bins &- 1)] += 0.2
        for i in 0..<FollowingTables.bins {
            let share = (intervals[i] + 0.5) / (intervalCount + 0.5 * Float(FollowingTables.bins))
            commonness[i] = Maths().log(Float(FollowingTables.bins) * share)
        }
    }

    // MARK: Figures

    /// How much an onset is expected in the next second: by the pulse, and by how common its interval is with the player.
    /// An onset that still belongs to the last chord is neither expected nor not; one sooner than any pulse is judged by its
    /// interval alone.
    func expectations(_ tables: FollowingTables) -> Expectations {
        var expectations = Expectations()
        guard lastChord != .min else { return expectations }
        pulse.expect(from: time, tables.circle, into: &expectations)
        for t in 0..<Expectations.count {
            let since = time &+ Int64(t) &- lastChord
            let byPulse = since < 10 ? 0 : 1.4 * expectations[t]
            expectations[t] = since <= 3 ? 0 : byPulse + 0.56 * commonness[tables.bin(since)]
        }
        return expectations
    }

    /// As many keys as the player had sounding at once of late; before they played, as many as by default.
    var polyphony: Int { most > 0 ? max(Int(most + 0.5), 1) : ParameterValues.plainPolyphony }
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
