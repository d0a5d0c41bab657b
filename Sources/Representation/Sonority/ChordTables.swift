// REAL-TIME (any): the classes of `sonority`'s fields, looked up. The tables are made once, not on a real-time thread.

/// Chords and times by class. A handle of memory that is never freed; a copy costs nothing.
struct ChordTables: @unchecked Sendable, BitwiseCopyable {
    // Unchecked: nobody writes to it once it is made.

    /// Made by the first use, which is a preset's loading or a training's start.
    static let shared = ChordTables()

    /// The first 128 are single keys, class k being key k.
    let count: Int
    private let chords: UnsafePointer<Chord>
    /// Classes by highest key, ascending; those of key k stand at `starts[k]..<starts[k + 1]`.
    private let members: UnsafePointer<Int32>
    private let starts: UnsafePointer<Int32>
    private let offsetTicks: UnsafePointer<Int64>
    let offsetCount: Int
    private let durationTicks: UnsafePointer<Int64>
    let durationCount: Int

    private struct Chord: BitwiseCopyable {
        let keys: KeySet
        /// Bit c: pitch class c.
        let pitchClasses: UInt16
        let lowest: Int16
    }

    private init() {
        let chords = ChordShape.table.flatMap { shape in
            (shape.first...shape.last).map { lowest in
                let keys = shape.keys(on: lowest)
                return Chord(keys: keys, pitchClasses: keys.pitchClasses, lowest: Int16(lowest))
            }
        }
        let byTop = chords.indices.sorted { (chords[$0].keys.highest, $0) < (chords[$1].keys.highest, $1) }
        let starts = (0...128).map { key in Int32(byTop.prefix { chords[$0].keys.highest < key }.count) }
        let offsets = Self.steps(from: Sonority.shortestOffset, through: 203, part: 32)
        let durations = Self.steps(from: 1, through: Sonority.longestDuration, part: 16)
        precondition(offsets.count == Sonority.rest, "\(offsets.count) classes of offsets")
        count = chords.count
        self.chords = Self.stored(chords)
        members = Self.stored(byTop.map { Int32($0) })
        self.starts = Self.stored(starts)
        (offsetTicks, offsetCount) = (Self.stored(offsets), offsets.count)
        (durationTicks, durationCount) = (Self.stored(durations), durations.count)
    }

    private static func stored<Element>(_ list: [Element]) -> UnsafePointer<Element> {
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: list.count)
        memory.initialize(from: list, count: list.count)
        return UnsafePointer(memory)
    }

    /// Ticks, each more than the one before by a `part`th of it, rounded, and at least by one.
    private static func steps(from first: Int64, through last: Int64, part: Int64) -> [Int64] {
        var steps: [Int64] = []
        var value = first
        while value <= last {
            steps.append(value)
            value += max(1, (value + part / 2) / part)
        }
        return steps
    }

    // MARK: Times

    @_noAllocation @_noLocks func offset(_ value: Int) -> Int64 { offsetTicks[value] }
    @_noAllocation @_noLocks func duration(_ value: Int) -> Int64 { durationTicks[value] }
    var longestOffset: Int64 { offsetTicks[offsetCount &- 1] }

    @_noAllocation @_noLocks
    func offset(nearest ticks: Int64) -> Int { nearest(ticks, offsetTicks, offsetCount) }
    @_noAllocation @_noLocks
    func duration(nearest ticks: Int64) -> Int { nearest(ticks, durationTicks, durationCount) }

    /// The shorter of two that are as near.
    @_noAllocation @_noLocks
    private func nearest(_ ticks: Int64, _ list: UnsafePointer<Int64>, _ count: Int) -> Int {
        var (low, high) = (0, count &- 1)
        while low < high {
            let middle = (low &+ high) >> 1
            if list[middle] &+ list[middle &+ 1] < 2 &* ticks { low = middle &+ 1 } else { high = middle }
        }
        return low
    }

    // MARK: Chords

    @_noAllocation @_noLocks func keys(_ chord: Int) -> KeySet { chords[chord].keys }

    /// The known chord nearest to `keys`, which are not empty: itself if it is known. Else one with the same highest key, which
    /// carries the melody; of these the one of the least distance, and of several the most frequent shape. Since every single
    /// key is known, there is always one.
    @_noAllocation @_noLocks
    func chord(nearest keys: KeySet) -> Int {
        let top = keys.highest
        let (lowest, pitchClasses) = (Int16(keys.lowest), keys.pitchClasses)
        var (best, least) = (top, Int.max)
        var place = Int(starts[top])
        while place < Int(starts[top &+ 1]) {
            let value = Int(members[place])
            let chord = chords[value]
            // What is missing of the harmony, and worse, what is foreign to it; then the bass; then the keys themselves.
            let distance =
                4 &* (pitchClasses & ~chord.pitchClasses).nonzeroBitCount
                &+ 8 &* (chord.pitchClasses & ~pitchClasses).nonzeroBitCount &+ (chord.lowest == lowest ? 0 : 5)
                &+ chord.keys.symmetricDifference(keys).count
            if distance < least { (best, least) = (value, distance) }
            place &+= 1
        }
        return best
    }
}
