// REAL-TIME: the latest events, for a new model to catch up with.

import Representation

/// The last events heard, by number. What primes a new model beforehand keeps as many (`RecentEvents`).
package struct History: @unchecked Sendable {
    // Unchecked: used by the improviser's thread alone.
    package static let capacity: Int64 = 1024
    private let slots: UnsafeMutablePointer<HeardEvent>

    init() {
        slots = .allocate(capacity: Int(Self.capacity))
        slots.initialize(repeating: HeardEvent(tick: 0, kind: .noteOff), count: Int(Self.capacity))
    }

    func deallocate() { slots.deallocate() }

    func append(_ event: HeardEvent, number: Int64) { slots[Int(number % Self.capacity)] = event }

    subscript(_ number: Int64) -> HeardEvent { slots[Int(number % Self.capacity)] }
}
