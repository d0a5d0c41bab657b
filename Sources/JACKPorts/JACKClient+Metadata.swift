// Not real-time: what people see of a client's ports.

import CJACK

extension JACKClient {
    /// Gives `port` a name for people, and its place among the client's others of that direction (JACK's metadata API).
    /// - Returns: false where the server keeps nothing of the kind: Debian's jackd 1.9.22 is built without the data base for
    ///   it, and PipeWire's lies with its session manager, which may be absent.
    public func describe(_ port: Port, prettyName: String, order: Int) -> Bool {
        let isKept = continuo_jack_describe(client, handle(of: port), prettyName, "\(order)") == 0
        // Of no concern to what is asked next.
        if isKept { isDescribed = true } else { _ = Self.said }
        return isKept
    }

    /// The server would keep them longer than the port.
    func removeDescriptions() {
        for port in shared.pointee.ports { _ = continuo_jack_forget(client, port) }
    }
}
