import Performer

/// The latest of what was heard, for a new model to be primed with: at most as many events as the improviser keeps, since the
/// memory was last blank, and the number of the next one.
/// - Thread: control, one at a time
public struct RecentEvents: Sendable {
    static let capacity = Int(History.capacity)
    public private(set) var remembered: [JournalEntry] = []
    /// The same, across blanks of the memory.
    public private(set) var entries: [JournalEntry] = []
    /// How many events were heard in all.
    public private(set) var heard: Int64 = 0

    /// Of the first event after the last take-over.
    private var keptNumber: Int64 = 0

    public init() {}

    /// Takes what the journal holds.
    public mutating func collect(from performer: Performer) {
        while let entry = performer.nextJournalEntry() {
            switch entry.kind {
            case .kept: keptNumber = entry.number
            case .undone:
                remembered.removeAll { $0.number >= keptNumber }
                heard = entry.number + 1
            case .mended:
                remembered.append(entry)
                heard = entry.number + 1
            case .event:
                remembered.append(entry)
                entries.append(entry)
                heard = entry.number + 1
            case .blank: remembered.removeAll(keepingCapacity: true)
            case .token, .dropped, .adopted, .caughtUp: break
            }
        }
        if entries.count > Self.capacity { entries.removeFirst(entries.count - Self.capacity) }
        if remembered.count > Self.capacity { remembered.removeFirst(remembered.count - Self.capacity) }
    }
}
