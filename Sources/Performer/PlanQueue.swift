// REAL-TIME (port): what is to sound, in order of time.

import Representation

/// A first-in first-out queue of fixed room, of which the end can be withdrawn. Belongs to the stage alone.
struct PlanQueue {
    static let capacity = 4096
    private let slots: UnsafeMutablePointer<PlanMessage>
    private var head = 0
    private var count = 0

    init() {
        slots = .allocate(capacity: Self.capacity)
        slots.initialize(
            repeating: PlanMessage(kind: .withdraw, epoch: 0, frame: 0), count: Self.capacity)
    }

    func deallocate() { slots.deallocate() }

    private func slot(_ index: Int) -> UnsafeMutablePointer<PlanMessage> {
        slots + (head &+ index) & (Self.capacity &- 1)
    }

    var first: PlanMessage? { count > 0 ? slot(0).pointee : nil }
    var isFull: Bool { count == Self.capacity }

    /// Precondition: not full.
    mutating func append(_ message: PlanMessage) {
        slot(count).pointee = message
        count &+= 1
    }

    mutating func removeFirst() {
        head = (head &+ 1) & (Self.capacity &- 1)
        count &-= 1
    }

    mutating func removeAll() { count = 0 }

    mutating func withdraw(after frame: Int64) {
        while count > 0 && slot(count &- 1).pointee.frame > frame { count &-= 1 }
    }

    /// Keeps nothing but the ends of notes that sound.
    mutating func keepEnds(of keys: KeySet) {
        var kept = 0
        for index in 0..<count {
            let message = slot(index).pointee
            if message.kind == .noteOff && keys.contains(Int(message.key)) {
                slot(kept).pointee = message
                kept &+= 1
            }
        }
        count = kept
    }
}
