import Glibc
import Score

/// Figures of music, to hold continuations against the real thing. Each is of all pieces together.
public struct MusicFigures: Sendable, Encodable {
    public private(set) var notes = 0
    public private(set) var seconds = 0.0
    /// Onsets a second.
    public private(set) var density = 0.0
    /// Notes that sound together, in the mean over the time in which any does.
    public private(set) var polyphony = 0.0
    /// Seconds.
    public private(set) var lengthMedian = 0.0
    /// Share of notes shorter than 30 ms: heard as clicks, and rare in a pianist's playing.
    public private(set) var clicks = 0.0
    /// Share of notes shorter than 50 ms.
    public private(set) var shortNotes = 0.0
    /// MIDI velocity 1…127.
    public private(set) var velocityMean = 0.0
    public private(set) var velocityDeviation = 0.0
    /// Share of the time, onset to onset, that is spent in loops (`Loops`).
    public private(set) var timeInLoops = 0.0
    /// Shares of C, C♯, … B.
    public private(set) var pitchClasses = [Double](repeating: 0, count: 12)
    /// Shares of the steps from an onset to the next: −24 or less … 24 or more semitones.
    public private(set) var intervals = [Double](repeating: 0, count: 2 * widest + 1)

    static let widest = 24

    /// - Parameter pieces: each with its notes by onset.
    public init(_ pieces: [[Note]]) {
        let all = pieces.joined()
        notes = all.count
        var sounding = (time: 0.0, total: 0.0)
        var loops = (time: 0.0, of: 0.0)
        for piece in pieces {
            guard let first = piece.first, let last = piece.last else { continue }
            seconds += Double((piece.map(\.end).max() ?? 0) - first.onset) / 1e9
            let (time, total) = Self.sounding(piece)
            sounding = (sounding.time + time, sounding.total + total)
            loops.time += Double(Loops(piece).time)
            loops.of += Double(last.onset - first.onset)
            for (a, b) in zip(piece, piece.dropFirst()) {
                let step = min(max(Int(b.key) - Int(a.key), -Self.widest), Self.widest)
                intervals[step + Self.widest] += 1
            }
        }
        density = Double(notes) / max(seconds, 1e-9)
        polyphony = sounding.total / max(sounding.time, 1e-9)
        timeInLoops = loops.time / max(loops.of, 1)
        for note in all { pitchClasses[Int(note.key) % 12] += 1 }
        pitchClasses = Self.shares(pitchClasses)
        let count = Double(max(notes, 1))
        let lengths = all.map { $0.end - $0.onset }.sorted()
        lengthMedian = lengths.isEmpty ? 0 : Double(lengths[lengths.count / 2]) / 1e9
        clicks = Double(lengths.count { $0 < 30_000_000 }) / count
        shortNotes = Double(lengths.count { $0 < 50_000_000 }) / count
        let velocities = all.map { Double($0.velocity) }
        let mean = velocities.reduce(0, +) / count
        velocityMean = mean
        velocityDeviation = (velocities.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
        intervals = Self.shares(intervals)
    }

    /// Seconds in which any note sounds, and the sum of all notes' lengths.
    private static func sounding(_ notes: [Note]) -> (time: Double, total: Double) {
        var (time, total, reached) = (Int64(0), Int64(0), Int64.min)
        for note in notes {
            total += note.end - note.onset
            time += max(0, note.end - max(note.onset, reached))
            reached = max(reached, note.end)
        }
        return (Double(time) / 1e9, Double(total) / 1e9)
    }

    private static func shares(_ counts: [Double]) -> [Double] {
        let sum = max(counts.reduce(0, +), 1)
        return counts.map { $0 / sum }
    }

    /// What two distributions have in common, 0…1: the sum of the smaller shares.
    public static func overlap(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + min($1.0, $1.1) } }
}

/// Where music runs in circles: an onset is in a loop if it belongs to a run in which a pattern of 1…16 successive onset
/// chords occurs at least four times back to back.
package struct Loops {
    /// Keys that begin within 30 ms of the first of them are one chord.
    static let chordSpan: Int64 = 30_000_000
    static let longestPattern = 16
    static let leastRepetitions = 4

    /// Nanoseconds from the onsets in loops to the next onset.
    package let time: Int64
    package let isLooping: [Bool]

    /// - Parameter notes: by onset.
    package init(_ notes: [Note]) {
        var chords: [(onset: Int64, keys: Set<UInt8>)] = []
        for note in notes {
            if let last = chords.last, note.onset - last.onset <= Self.chordSpan {
                chords[chords.count - 1].keys.insert(note.key)
            } else {
                chords.append((note.onset, [note.key]))
            }
        }
        isLooping = Self.loops(chords.map(\.keys))
        let looping = isLooping
        time = zip(chords.indices, chords.dropFirst()).reduce(0) {
            $0 + (looping[$1.0] ? $1.1.onset - chords[$1.0].onset : 0)
        }
    }

    package static func loops<Chord: Equatable>(_ chords: [Chord]) -> [Bool] {
        var result = [Bool](repeating: false, count: chords.count)
        for period in 1...longestPattern where period < chords.count {
            var start = period
            for i in period...chords.count where i == chords.count || chords[i] != chords[i - period] {
                // Chords start - period ..< i repeat with this period.
                if i - start >= (leastRepetitions - 1) * period {
                    for j in start - period..<i { result[j] = true }
                }
                start = i + 1
            }
        }
        return result
    }
}
