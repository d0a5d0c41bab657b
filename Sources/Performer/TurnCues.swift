// REAL-TIME (improviser): what hands, pedal and rhythm tell of the end of a phrase.

import Representation

/// What the player did of late, as far as it tells whether they are about to go on: the cues of turn-taking. An inter-onset
/// interval (IOI) counts from chord to chord; the notes within 50 ms of a chord's first are one chord.
struct TurnCues: BitwiseCopyable {
    private struct Interval: BitwiseCopyable {
        var seconds: Float = 0
        var end: Int64 = 0
    }

    private static var capacity: Int { 256 }
    private var intervals = InlineArray<256, Interval>(repeating: Interval())
    private var intervalCount = 0
    /// When an interval of a second or more last ended, or the first note came.
    private var stretchStart: Int64 = .min
    private var keys = InlineArray<64, UInt8>(repeating: 0)
    private var velocities = InlineArray<64, UInt8>(repeating: 0)
    private var noteCount = 0

    private var chordStart: Int64 = .min
    private var chordSize = 0
    private var chordLoudest: UInt8 = 0
    private var chordLowest: UInt8 = 127
    /// The lowest key of the last chord.
    var finalKey: UInt8? { chordSize > 0 ? chordLowest : nil }
    private(set) var lastOnset: Int64 = .min
    private var heldAtOnset = 0
    private var keyUps = 0
    private var lastKeyUp: Int64 = .min
    private var pedalChanges = 0
    private var lastPedalChange: Int64 = .min
    private var pedals: UInt16 = 0
    private var held = KeySet()
    private var heldCount = 0
    /// Since when no key is held; `.max` while one is.
    private var handsOff: Int64 = .min
    /// When something was last heard.
    private(set) var latest: Int64 = .min

    /// - Parameter second: in frames.
    mutating func hear(_ event: HeardEvent, at frame: Int64, second: Int64) {
        latest = frame
        switch event.kind {
        case .noteOn: strike(event, at: frame, second)
        case .noteOff:
            lastKeyUp = frame
            keyUps &+= 1
            letGo(Int(event.key), at: frame)
        case .pedalDown, .pedalUp:
            let bit = UInt16(1) << UInt16(event.channel & 15)
            let isDown = event.kind == .pedalDown
            guard (pedals & bit != 0) != isDown else { return }
            pedals ^= bit
            pedalChanges &+= 1
            lastPedalChange = frame
        }
    }

    /// The key is held no longer.
    mutating func letGo(_ key: Int, at frame: Int64) {
        guard held.contains(key) else { return }
        held.remove(key)
        heldCount &-= 1
        if heldCount == 0 { handsOff = frame }
    }

    private mutating func strike(_ event: HeardEvent, at frame: Int64, _ second: Int64) {
        if chordStart == .min || frame &- chordStart > second / 20 {
            if chordStart == .min {
                stretchStart = frame
            } else {
                let seconds = Float(Double(frame &- chordStart) / Double(second))
                intervals[intervalCount & (Self.capacity &- 1)] = Interval(seconds: seconds, end: frame)
                intervalCount &+= 1
                if seconds >= 1 { stretchStart = frame }
            }
            (chordStart, chordSize, chordLoudest, chordLowest) = (frame, 0, 0, 127)
        }
        chordSize &+= 1
        chordLoudest = max(chordLoudest, event.velocity)
        chordLowest = min(chordLowest, event.key)
        keys[noteCount & 63] = event.key
        velocities[noteCount & 63] = event.velocity
        noteCount &+= 1
        lastOnset = frame
        (keyUps, pedalChanges) = (0, 0)
        if !held.contains(Int(event.key)) {
            held.insert(Int(event.key))
            heldCount &+= 1
        }
        heldAtOnset = heldCount
        handsOff = .max
    }

    // MARK: Features

    /// The features of `TurnModel`, in its order, if nothing more comes before `frame`.
    /// - Parameter rhythm: `rhythm(second)`, which does not change in silence.
    func features(at frame: Int64, second: Int64, _ rhythm: Rhythm) -> InlineArray<22, Float> {
        let maths = Maths()
        func since(_ start: Int64) -> Float {
            start == .min
                ? maths.log(20)
                : start == .max
                    ? maths.log(0.02) : maths.log(Float(Double(frame &- start) / Double(second)))
        }
        let t = Float(Double(frame &- lastOnset) / Double(second))
        let lnT = maths.log(t)
        let (short, long) = recentIntervals(from: t, at: frame, second)
        var it = InlineArray<22, Float>(repeating: 0)
        it[0] = t
        it[1] = lnT - rhythm.median
        it[2] = lnT - rhythm.longest
        it[3] = rhythm.median
        it[4] = rhythm.ninth
        it[5] = rhythm.last
        it[6] = maths.plainLog(1 + short)
        it[7] = maths.plainLog((long + 0.5) / (short + 0.5))
        it[8] = Float(heldCount)
        it[9] = heldCount == 0 ? 1 : 0
        it[10] = since(lastKeyUp)
        it[11] = Float(keyUps)
        it[12] = pedals != 0 ? 1 : 0
        it[13] = since(lastPedalChange)
        it[14] = Float(pedalChanges)
        it[15] = since(heldCount == 0 ? handsOff : .max)
        it[16] = since(heldCount == 0 && pedals == 0 ? max(handsOff, lastPedalChange) : .max)
        it[17] = Float(heldAtOnset)
        it[18] = since(stretchStart)
        it[19] = Float(chordSize)
        it[20] = Float(chordLoudest) - rhythm.loudness
        it[21] = Float(chordLowest) - rhythm.lowest
        return it
    }

    /// Of the last minute's intervals: how many lasted from `t` to 2 s, and how many longer. At most 200 are counted.
    private func recentIntervals(from t: Float, at frame: Int64, _ second: Int64) -> (short: Float, long: Float) {
        var (short, long) = (Float(0), Float(0))
        var index = intervalCount &- 1
        let first = max(0, intervalCount &- 200)
        while index >= first {
            let interval = intervals[index & (Self.capacity &- 1)]
            if frame &- interval.end > 60 &* second { break }
            if interval.seconds >= 2 { long += 1 } else if interval.seconds >= t { short += 1 }
            index &-= 1
        }
        return (short, long)
    }

    /// What stays as it is until the next note.
    struct Rhythm: BitwiseCopyable {
        /// ln s: the median and the ninth decile of 16 intervals, the longest of 32, the last.
        var median: Float
        var ninth: Float
        var longest: Float
        var last: Float
        /// Mean velocity of 32 notes, and the lowest key of 40.
        var loudness: Float
        var lowest: Float
    }

    func rhythm() -> Rhythm {
        let maths = Maths()
        // Before there are any: the means over the training music.
        var rhythm = Rhythm(median: -1.222, ninth: -0.333, longest: 0.343, last: -1.002, loudness: 64, lowest: 60)
        let count = min(intervalCount, 16)
        if count > 0 {
            var sorted = InlineArray<16, Float>(repeating: 0)
            for index in 0..<count {
                let value = intervals[(intervalCount &- 1 &- index) & (Self.capacity &- 1)].seconds
                var place = index
                while place > 0 && sorted[place &- 1] > value {
                    sorted[place] = sorted[place &- 1]
                    place &-= 1
                }
                sorted[place] = value
            }
            func quantile(_ share: Float) -> Float {
                let position = share * Float(count &- 1)
                let below = Int(position)
                let above = min(below &+ 1, count &- 1)
                return maths.log(sorted[below] + (sorted[above] - sorted[below]) * (position - Float(below)))
            }
            rhythm.median = quantile(0.5)
            rhythm.ninth = quantile(0.9)
            var longest = Float(0)
            for index in 0..<min(intervalCount, 32) {
                longest = max(longest, intervals[(intervalCount &- 1 &- index) & (Self.capacity &- 1)].seconds)
            }
            rhythm.longest = maths.log(longest)
            rhythm.last = maths.log(intervals[(intervalCount &- 1) & (Self.capacity &- 1)].seconds)
        }
        if noteCount > 0 {
            var (sum, lowest) = (Float(0), UInt8(127))
            let notes = min(noteCount, 32)
            for index in 0..<notes { sum += Float(velocities[(noteCount &- 1 &- index) & 63]) }
            for index in 0..<min(noteCount, 40) { lowest = min(lowest, keys[(noteCount &- 1 &- index) & 63]) }
            rhythm.loudness = sum / Float(notes)
            rhythm.lowest = Float(lowest)
        }
        return rhythm
    }
}
