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
    /// - Parameter changed: the ports that have come or gone since the last time, or both.
    mutating func watch(_ performer: Performer, _ port: any LivePort, changed: Set<String>) {
        let now = port.sources()
        defer { present = now }
        if !present.isSubset(of: now.subtracting(changed)) { try? performer.letGo() }
    }
}

/// What patchbays show for the ports of a JACK client.
struct PrettyNames {
    /// One in 50 ms.
    private var rounds = 0

    /// Tries for ten seconds, since PipeWire's session manager, which keeps them, starts after PipeWire.
    mutating func give(to port: any LivePort, _ logger: Logger) {
        guard rounds <= 200, let port = port as? JACKPort else { return }
        if rounds == 200 {
            logger.debug("this JACK server keeps no metadata, so patchbays show the ports without pretty names")
        } else if rounds % 20 == 0, port.describePorts() {
            rounds = 200
        }
        rounds += 1
    }
}
