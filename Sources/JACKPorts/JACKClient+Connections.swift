// Not real-time: which ports a client is connected to, and wishes to be.

import CJACK
import Glibc
import Ports
import Synchronization

extension JACKShared {
    /// A connection was made or cut, anybody's. On JACK's notification thread.
    func noteConnection(_ source: jack_port_id_t, isMade: Bool) {
        guard isMade, let port = jack_port_by_id(client, source), jack_port_is_mine(client, port) != 0 else { return }
        outputConnected.store(true, ordering: .releasing)
    }

    /// A port has come or is going. On JACK's notification thread.
    func note(_ port: UnsafePointer<CChar>?) {
        if let port { changed.withLock { _ = $0.insert(String(cString: port)) } }
        portsChanged.store(true, ordering: .releasing)
    }

    /// Names of the ports that have come or gone since this was last asked.
    func takeChanged() -> Set<String> {
        changed.withLock { names in
            defer { names = [] }
            return names
        }
    }
}

extension JACKClient {
    /// Wishes for a connection of `port` to every port that fits.
    /// - Parameter pattern: see `PortPattern`.
    public func wish(_ port: Port, _ pattern: String) throws(PortError) {
        wishes.append(Wish(port, try PortPattern(pattern)))
        shared.pointee.portsChanged.store(true, ordering: .relaxed)
    }

    /// Makes the connections that have become possible; nearly free if no port has come or gone. For a thread that is not
    /// real-time, a few times a second while the client is active.
    @discardableResult public func connectWishes() -> PortChanges {
        var changes = PortChanges()
        changes.hasNewDestination = shared.pointee.outputConnected.exchange(false, ordering: .acquiring)
        guard shared.pointee.portsChanged.exchange(false, ordering: .acquiring) else { return changes }
        changes.isNews = true
        // JACK tells that a port is going while it still lists it, and nothing when it is gone: so its name does not say
        // whether it is the same.
        changes.ports = shared.pointee.takeChanged()
        let others = otherPorts()
        let throughs = Set(others.filter(\.isThrough).map(\.name))
        for index in wishes.indices {
            let port = wishes[index].own
            // A port may be there before its client is active, and refused till then; JACK tells of it again then.
            wishes[index].grant(
                Set(others.filter { $0.direction == port.partner && wishes[index].pattern.fits($0) }.map(\.name)),
                changed: changes.ports.contains,
                connect: { other in
                    if throughs.contains(other) && isConnected(beyond: port, to: throughs) {
                        changes.loops.insert(other)
                        return false
                    }
                    return connect(port, to: other)
                })
        }
        return changes
    }

    /// Whether a port of the other direction is connected to one of these.
    private func isConnected(beyond port: Port, to throughs: Set<String>) -> Bool {
        let opposite: [Port] =
            if case .input = port {
                (0..<shared.pointee.outputCount).map { .output($0) }
            } else {
                (0..<shared.pointee.inputCount).map { .input($0) }
            }
        return opposite.contains { !throughs.isDisjoint(with: connections(of: $0)) }
    }

    /// Names of the ports that `port` is connected to, in ascending order.
    public func connections(of port: Port) -> [String] {
        guard let list = jack_port_get_connections(handle(of: port)) else { return [] }
        defer { jack_free(list) }
        return Self.names(list).sorted()
    }

    /// Whether they are connected now.
    private func connect(_ port: Port, to other: String) -> Bool {
        let own = jack_port_name(handle(of: port))
        let code =
            if case .input = port { jack_connect(client, other, own) } else { jack_connect(client, own, other) }
        return code == 0 || code == EEXIST
    }

    func handle(of port: Port) -> OpaquePointer? {
        switch port {
        case .input(let index): shared.pointee.inputs[index]
        case .output(let index): shared.pointee.outputs[index]
        }
    }

    /// libjack's lists end with a null pointer.
    static func names(_ list: UnsafeMutablePointer<UnsafePointer<CChar>?>) -> [String] {
        var names: [String] = []
        while let name = list[names.count] { names.append(String(cString: name)) }
        return names
    }

    /// The MIDI ports of other clients.
    func otherPorts() -> [MIDIPort] {
        midiPorts().filter { port in
            jack_port_by_name(client, port.name).map { jack_port_is_mine(client, $0) == 0 } ?? false
        }
    }

    /// Hardware ports have names like system:midi_capture_1; what people know is the alias.
    func aliases(of port: OpaquePointer) -> [String] {
        let size = Int(jack_port_name_size())
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 2 * size) { text in
            text.initialize(repeating: 0)
            let first = text.baseAddress!
            var places: [UnsafeMutablePointer<CChar>?] = [first, first + size]
            let count = places.withUnsafeMutableBufferPointer { jack_port_get_aliases(port, $0.baseAddress!) }
            return places.prefix(max(0, Int(count))).map { String(cString: $0!) }
        }
    }
}
