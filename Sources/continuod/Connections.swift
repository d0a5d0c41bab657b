/// What the daemon does when ports come to its own or go from them.

import Logging
import Performer
import Ports

/// What sounded when an earlier run, or the server under it, came to its end.
struct Leavings {
    let exist: Bool
    private var told: Set<String> = []

    init(exist: Bool) { self.exist = exist }

    /// Has it ended at every port that the output is now connected to, once for each.
    mutating func release(_ performer: Performer, _ port: any LivePort, _ logger: Logger) {
        guard exist else { return }
        let connected = port.destinations()
        defer { told = connected }
        guard !connected.isSubset(of: told) else { return }
        if told.isEmpty { logger.notice("ending the notes that an earlier run left sounding") }
        try? performer.releaseLeft()
    }
}

/// The keyboards that are connected.
struct Sources {
    private var present: Set<String> = []

    /// When one has gone, its keys and pedals come up; which they are nobody knows, so all do.
    mutating func watch(_ performer: Performer, _ port: any LivePort) {
        let now = port.sources()
        defer { present = now }
        if !present.isSubset(of: now) { try? performer.letGo() }
    }
}
