// REAL-TIME (improviser): chords that were heard and are no tokens yet.

/// A chord that was struck. Its duration is that of its highest key, its velocity the mean of its keys'.
struct PendingChord: BitwiseCopyable {
    /// Tick of its first key.
    var onset: Int64 = 0
    var keys = KeySet()
    var highest = -1
    /// When the highest key ended; `Int64.max` while it sounds.
    var end = Int64.max
    private var velocities = 0
    private var count = 0

    init() {}

    init(at onset: Int64) { self.onset = onset }

    /// 1…127.
    var velocity: UInt8 { UInt8(truncatingIfNeeded: (velocities &+ count / 2) / max(count, 1)) }

    mutating func strike(_ key: Int, velocity: UInt8) {
        if key > highest { (highest, end) = (key, .max) }
        keys.insert(key)
        velocities &+= Int(velocity)
        count &+= 1
    }
}

/// A queue by onset.
struct PendingChords: BitwiseCopyable {
    static let capacity = 64
    private var slots = InlineArray<64, PendingChord>(repeating: PendingChord())
    private var head = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }
    var isFull: Bool { count == Self.capacity }

    var first: PendingChord { slots[head & 63] }
    var last: PendingChord { slots[(head &+ count &- 1) & 63] }

    mutating func append(_ chord: PendingChord) {
        slots[(head &+ count) & 63] = chord
        count &+= 1
    }

    mutating func replaceLast(_ chord: PendingChord) { slots[(head &+ count &- 1) & 63] = chord }

    mutating func removeFirst() -> PendingChord {
        let chord = slots[head & 63]
        head = (head &+ 1) & 63
        count &-= 1
        return chord
    }

    /// A key falls silent.
    mutating func end(_ key: Int, at tick: Int64) {
        for place in 0..<count {
            let slot = (head &+ place) & 63
            if slots[slot].highest == key && slots[slot].end == .max { slots[slot].end = tick }
        }
    }

    /// What sounds is assumed to end.
    mutating func endFirst(at tick: Int64) {
        let slot = head & 63
        if slots[slot].end == .max { slots[slot].end = max(tick, slots[slot].onset &+ 1) }
    }
}
