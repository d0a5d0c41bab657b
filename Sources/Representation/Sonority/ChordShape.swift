// Not real-time: a line of the chord table.

/// Chords of the same intervals on neighbouring lowest notes. `table` is generated (ChordShapes.swift).
struct ChordShape: Sendable {
    /// Semitones above the lowest note, ascending; none of a single key.
    let intervals: [Int]
    /// The lowest notes on which the chord is known, as MIDI keys.
    let first: Int
    let last: Int

    init(_ intervals: [Int], _ first: Int, _ last: Int) {
        (self.intervals, self.first, self.last) = (intervals, first, last)
    }

    func keys(on lowest: Int) -> KeySet {
        var keys = KeySet()
        keys.insert(lowest)
        for interval in intervals { keys.insert(lowest + interval) }
        return keys
    }
}
