// REAL-TIME (any): how far a stream of characters has come.

/// What masks and ends follow from. Characters have no time of their own, so each is a tick: time never stands still.
public struct ABCStream: BitwiseCopyable, Sendable {
    public private(set) var tick: Int64 = 0
    /// Whether nothing was emitted yet.
    public private(set) var isOpening = true
    /// The class before; −1 at the opening.
    public private(set) var last: Int16 = -1
    /// Whether the character that ends a tune was emitted.
    public private(set) var isOver = false

    mutating func take(_ character: Int16, ends: Bool) {
        tick &+= 1
        isOpening = false
        last = character
        isOver = isOver || ends
    }

    mutating func advance(to tick: Int64) { self.tick = max(self.tick, tick) }
}
