import Glibc
import Realtime

/// Who was told that an address is none of Continuo's, and when that may be told again.
/// - Thread: control, the server's alone
struct OSCStrangers: Sendable {
    private var told: [(receiver: sockaddr_in, until: Int64)] = []

    private static let most = 32
    private static let rest: Int64 = 1_000_000_000

    /// Whether to tell this receiver that an address is not Continuo's: once a second, so that neither a stream of messages
    /// nor another program that answers errors is answered for ever.
    mutating func mayTell(_ receiver: sockaddr_in) -> Bool {
        let now = monotonicNanoseconds()
        told.removeAll { $0.until <= now }
        guard told.count < Self.most, !told.contains(where: { $0.receiver.isSame(as: receiver) }) else { return false }
        told.append((receiver, now + Self.rest))
        return true
    }
}

extension sockaddr_in {
    func isSame(as other: sockaddr_in) -> Bool {
        sin_port == other.sin_port && sin_addr.s_addr == other.sin_addr.s_addr
    }
}
