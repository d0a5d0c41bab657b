// REAL-TIME (improviser): the latest events, for a new model to catch up with.

import Representation

/// The last events heard, by number. What primes a new model beforehand keeps as many (`RecentEvents`).
package struct History: @unchecked Sendable {
    // Unchecked: used by the improviser's thread alone.
    package static let capacity: Int64 = 1024
    private let slots: UnsafeMutablePointer<Entry>

    /// The tick is that of the grid on which it was heard; the frame holds for any.
    struct Entry: BitwiseCopyable {
        var event = HeardEvent(tick: 0, kind: .noteOff)
        var frame: Int64 = 0
        /// See `JournalEntry`.
        var shift: Int8 = 0
        /// Whether it never happened.
        var isUndone = false
    }

    init() {
        slots = .allocate(capacity: Int(Self.capacity))
        slots.initialize(repeating: Entry(), count: Int(Self.capacity))
    }

    func deallocate() { slots.deallocate() }

    func append(_ event: HeardEvent, raisedBy shift: Int8, at frame: Int64, number: Int64) {
        slots[Int(number % Self.capacity)] = Entry(event: event, frame: frame, shift: shift)
    }

    /// The event never happened, or the number is none of an event.
    func undo(_ number: Int64) { slots[Int(number % Self.capacity)].isUndone = true }

    subscript(_ number: Int64) -> Entry { slots[Int(number % Self.capacity)] }
}
