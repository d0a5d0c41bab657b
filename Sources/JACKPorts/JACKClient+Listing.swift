// Not real-time: what a person who wires things up wants to know of a JACK server.

import CJACK
import Ports

extension JACKClient {
    /// All MIDI ports of the server, in its order. The client need not be active.
    public func midiPorts() -> [MIDIPort] {
        guard let list = jack_get_ports(client, nil, JACK_DEFAULT_MIDI_TYPE, 0) else { return [] }
        defer { jack_free(list) }
        return Self.names(list).compactMap { name in
            // It may have gone since.
            guard let port = jack_port_by_name(client, name) else { return nil }
            let flags = UInt32(truncatingIfNeeded: jack_port_flags(port))
            return MIDIPort(
                system: .jack, name: name, aliases: aliases(of: port),
                direction: flags & JackPortIsOutput.rawValue != 0 ? .source : .destination,
                isPhysical: flags & JackPortIsPhysical.rawValue != 0, connections: connections(of: port))
        }
    }

    /// Also of a port that is another client's.
    private func connections(of port: OpaquePointer) -> [String] {
        guard let list = jack_port_get_all_connections(client, port) else { return [] }
        defer { jack_free(list) }
        return Self.names(list).sorted()
    }

    /// Whose libjack this program runs with: "1.9.22" is jackd's, PipeWire's names itself.
    public static var library: String { String(cString: jack_get_version_string()) }
}
