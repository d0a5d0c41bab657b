/// Whether sessions are kept, and where: for the whole life of the daemon.

import Files
import Synchronization

/// - Thread: any, but no real-time one
public final class SessionKeeper: Sendable {
    public let folder: SessionFolder
    public let limits: RecordLimits
    private let isOn = Atomic(true)
    private let current = Mutex(String?.none)

    public init(in folder: SessionFolder, limits: RecordLimits) { (self.folder, self.limits) = (folder, limits) }

    /// Off: what is played from now on, a tenth of a second at most, is kept nowhere. What was kept before stays. On: from now on.
    public var isRecording: Bool {
        get { isOn.load(ordering: .relaxed) }
        set { isOn.store(newValue, ordering: .relaxed) }
    }

    /// The session that is being written; nil before somebody has played.
    public internal(set) var session: String? {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }

    public var description: String {
        let days = limits.days == 0 ? "" : " and for \(limits.days) days"
        return "up to \(limits.bytes / 1_000_000) MB\(days)"
    }
}
