import Glibc
import Realtime

/// What an OSC server remembers of those who speak to it. One thread, the server's.
struct OSCClients {
    var subscriptions = Subscriptions()
    /// Who was told that an address is none of Continuo's, and when that may be told again.
    private var strangers: [(receiver: sockaddr_in, until: Int64)] = []

    private static let mostStrangers = 32
    private static let rest: Int64 = 1_000_000_000

    /// Whether to tell this receiver that an address is not Continuo's: once a second, so that neither a stream of messages
    /// nor another program that answers errors is answered for ever.
    mutating func mayTellStranger(_ receiver: sockaddr_in) -> Bool {
        let now = monotonicNanoseconds()
        strangers.removeAll { $0.until <= now }
        guard strangers.count < Self.mostStrangers, !strangers.contains(where: { $0.receiver.isSame(as: receiver) })
        else {
            return false
        }
        strangers.append((receiver, now + Self.rest))
        return true
    }
}
