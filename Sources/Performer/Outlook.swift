// Not real-time: what the machine means to play, for those who look on.

/// The plan from now on, with a number that changes when it does.
/// - Thread: control, always the same one
public struct Outlook: Sendable {
    public struct Note: Equatable, Sendable {
        public let frame: Int64
        public let key: UInt8
        /// 0: its end.
        public let velocity: UInt8
    }

    /// In order of time, from the last `update` on.
    public private(set) var notes: [Note] = []
    /// Changes whenever the plan is taken further, or taken back.
    public private(set) var version = 0

    public init() {}

    /// Brings it up to date.
    public mutating func update(from performer: Performer) {
        while let message = performer.nextPlanned() {
            version += 1
            if message.kind == .withdraw {
                notes.removeAll { $0.frame > message.frame }
            } else {
                notes.append(Note(frame: message.frame, key: message.key, velocity: message.velocity))
            }
        }
        let now = performer.now
        notes.removeAll { $0.frame < now }
    }
}
