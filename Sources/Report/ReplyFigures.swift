import Glibc
import Score

/// How one reply goes on from its call. Notes have their pedals folded into their lengths; times count from where the reply
/// begins. A figure is nil where the reply, or the call, has too little to tell.
public struct ReplyFigures: Sendable {
    /// Autocorrelation of the reply's onsets at the call's beat, −1…1.
    public var pulse: Double?
    /// Shares that the histograms of reply and call have in common: pitch classes; logarithms of inter-onset intervals.
    public var pitchClasses: Double?
    public var interOnsets: Double?
    /// Share of notes out of the call's scale that begin in each of `spans`.
    public var outOfScale: [Double?] = []
    /// Share of the time with nine or more notes sounding.
    public var walls: Double?
    /// Onsets a second, reply to call.
    public var density: Double?
    /// Mean number of notes sounding while any does.
    public var polyphony: Double?
    /// Share of the time, onset to onset, in loops (`Loops`).
    public var loops: Double?
    /// Share of distinct ones among the runs of four pitch classes.
    public var fourGrams: Double?
    /// Distance of the mean velocities, and of the mean keys in semitones.
    public var velocity: Double?
    public var register: Double?

    /// Seconds.
    public static let spans: [Range<Double>] = [0..<2, 2..<5, 5..<10, 10..<20, 20..<40]
    static let wallHeight = 9

    /// - Parameters:
    ///   - call: by onset; from any time on.
    ///   - start: of the reply, in nanoseconds.
    public init(call: [Note], reply: [Note], from start: Int64) {
        let (callChords, chords) = (Self.chords(call), Self.chords(reply))
        if let beat = OnsetSignal(callChords)?.beat { pulse = OnsetSignal(chords)?.correlation(at: beat) }
        if call.count >= 4 && reply.count >= 4 {
            pitchClasses = MusicFigures.overlap(Self.pitchClasses(call), Self.pitchClasses(reply))
            velocity = abs(Self.mean(call) { Double($0.velocity) } - Self.mean(reply) { Double($0.velocity) })
            register = abs(Self.mean(call) { Double($0.key) } - Self.mean(reply) { Double($0.key) })
            let (a, b) = (Self.rate(call), Self.rate(reply))
            if a > 0 { density = b / a }
        }
        if callChords.count >= 5 && chords.count >= 5 {
            interOnsets = MusicFigures.overlap(Self.intervals(callChords), Self.intervals(chords))
        }
        let scale = Scale(of: call)
        outOfScale = Self.spans.map { span in
            let notes = reply.filter { span.contains(Double($0.onset - start) / 1e9) }
            guard let scale, !notes.isEmpty else { return nil }
            return Double(notes.count { !scale.contains($0.key) }) / Double(notes.count)
        }
        let sounding = Self.sounding(reply)
        if sounding.any > 0 {
            walls = sounding.wall / sounding.all
            polyphony = sounding.total / sounding.any
        }
        if let first = chords.first, let last = chords.last, last > first {
            loops = Double(Loops(reply).time) / Double(last - first)
        }
        if reply.count >= 8 {
            let classes = reply.map { $0.key % 12 }
            let runs = (0...classes.count - 4).map { Array(classes[$0..<$0 + 4]) }
            fourGrams = Double(Set(runs).count) / Double(runs.count)
        }
    }

    /// Onsets of chords: keys that begin within 30 ms of the first of them are one.
    static func chords(_ notes: [Note]) -> [Int64] {
        var onsets: [Int64] = []
        for note in notes where onsets.last.map({ note.onset - $0 > Loops.chordSpan }) ?? true {
            onsets.append(note.onset)
        }
        return onsets
    }

    private static func mean(_ notes: [Note], _ value: (Note) -> Double) -> Double {
        notes.reduce(0) { $0 + value($1) } / Double(max(notes.count, 1))
    }

    private static func rate(_ notes: [Note]) -> Double {
        guard let first = notes.first, let last = notes.last, last.onset > first.onset else { return 0 }
        return Double(notes.count - 1) / (Double(last.onset - first.onset) / 1e9)
    }

    private static func pitchClasses(_ notes: [Note]) -> [Double] {
        var shares = [Double](repeating: 0, count: 12)
        for note in notes { shares[Int(note.key) % 12] += 1 / Double(notes.count) }
        return shares
    }

    /// Three bins an octave from 30 ms on; up to 4 s.
    private static func intervals(_ chords: [Int64]) -> [Double] {
        var shares = [Double](repeating: 0, count: 22)
        for (a, b) in zip(chords, chords.dropFirst()) {
            let octaves = log2(Double(b - a) / 30_000_000)
            shares[min(max(Int(octaves * 3), 0), 21)] += 1 / Double(chords.count - 1)
        }
        return shares
    }

    /// Seconds from the first onset to the last end, of those with any note sounding and with a wall, and the notes' sum.
    private static func sounding(_ notes: [Note]) -> (all: Double, any: Double, wall: Double, total: Double) {
        let changes = (notes.map { ($0.onset, 1) } + notes.map { ($0.end, -1) }).sorted { $0 < $1 }
        guard let first = changes.first?.0, let last = changes.last?.0, last > first else { return (0, 0, 0, 0) }
        var (any, wall, total, count, before) = (0.0, 0.0, 0.0, 0, first)
        for (time, change) in changes {
            let seconds = Double(time - before) / 1e9
            if count > 0 { any += seconds }
            if count >= wallHeight { wall += seconds }
            total += Double(count) * seconds
            count += change
            before = time
        }
        return (Double(last - first) / 1e9, any, wall, total)
    }
}

/// The seven pitch classes that a call uses most; those that it does not use are filled up from its key, by the profiles of
/// Krumhansl & Kessler (1982).
struct Scale {
    private var classes: Set<Int> = []

    private static let major = [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88]
    private static let minor = [6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17]

    /// Nil of fewer than four notes.
    init?(of notes: [Note]) {
        guard notes.count >= 4 else { return nil }
        var weights = [Double](repeating: 0, count: 12)
        for note in notes { weights[Int(note.key) % 12] += 1 }
        var (best, profile) = (-1.0, Self.major)
        for tonic in 0..<12 {
            for kind in [Self.major, Self.minor] {
                let turned = (0..<12).map { kind[($0 - tonic + 12) % 12] }
                let correlation = Self.correlation(weights, turned)
                if correlation > best { (best, profile) = (correlation, turned) }
            }
        }
        let order = (0..<12).sorted { weights[$0] + profile[$0] * 1e-3 > weights[$1] + profile[$1] * 1e-3 }
        classes = Set(order.prefix(7))
    }

    func contains(_ key: UInt8) -> Bool { classes.contains(Int(key) % 12) }

    private static func correlation(_ a: [Double], _ b: [Double]) -> Double {
        let (meanA, meanB) = (a.reduce(0, +) / 12, b.reduce(0, +) / 12)
        var (ab, aa, bb) = (0.0, 0.0, 0.0)
        for i in 0..<12 {
            ab += (a[i] - meanA) * (b[i] - meanB)
            aa += (a[i] - meanA) * (a[i] - meanA)
            bb += (b[i] - meanB) * (b[i] - meanB)
        }
        return ab / max((aa * bb).squareRoot(), 1e-12)
    }
}

/// Onsets as a signal, 100 samples a second, each a bell of 30 ms standard deviation.
struct OnsetSignal {
    private var signal: [Double]

    /// - Parameter chords: onsets in nanoseconds, ascending. Nil of fewer than five.
    init?(_ chords: [Int64]) {
        guard chords.count >= 5, let first = chords.first, let last = chords.last else { return nil }
        signal = [Double](repeating: 0, count: Int((last - first) / 10_000_000) + 33)
        for onset in chords {
            let place = Double(onset - first) / 1e7 + 16
            for i in max(0, Int(place) - 15)...min(signal.count - 1, Int(place) + 16) {
                let distance = (Double(i) - place) / 3
                signal[i] += exp(-distance * distance / 2)
            }
        }
        let mean = signal.reduce(0, +) / Double(signal.count)
        for i in signal.indices { signal[i] -= mean }
    }

    private func correlation(_ lag: Int) -> Double {
        guard lag < signal.count / 2 else { return 0 }
        let power = signal.reduce(0) { $0 + $1 * $1 }
        var sum = 0.0
        for i in lag..<signal.count { sum += signal[i] * signal[i - lag] }
        return sum / max(power, 1e-12) * Double(signal.count) / Double(signal.count - lag)
    }

    /// Seconds: the lag of 0.25 to 1.2 s at which the onsets are most alike.
    var beat: Double {
        Double((25...120).max { correlation($0) < correlation($1) }!) / 100
    }

    /// At that lag, or what is best within 20 ms of it.
    func correlation(at seconds: Double) -> Double {
        let lag = Int((seconds * 100).rounded())
        return (lag - 2...lag + 2).map { correlation($0) }.max()!
    }
}
