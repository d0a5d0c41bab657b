// Not real-time: what a person who wires things up wants to know of ALSA's sequencer.

import CALSA
import Ports

extension ALSAPort {
    /// All ports that may be connected, in ALSA's order.
    /// - Throws: `PortError.noSequencer`.
    public static func midiPorts() throws(PortError) -> [MIDIPort] {
        continuo_alsa_silence()
        var opened: OpaquePointer?
        let code = snd_seq_open(&opened, "default", SND_SEQ_OPEN_DUPLEX, SND_SEQ_NONBLOCK)
        guard code >= 0, let sequencer = opened else { throw .noSequencer(text(code)) }
        defer { snd_seq_close(sequencer) }
        return list(sequencer).map(\.port)
    }

    /// The same, by their addresses. A port is named `client:port`, by names or, as for aconnect, numbers.
    static func list(_ sequencer: OpaquePointer) -> [(address: Address, port: MIDIPort)] {
        let all = clients(sequencer).filter { $0.id != SND_SEQ_CLIENT_SYSTEM }.flatMap { client in
            ports(sequencer, of: client.id).filter { $0.capabilities & SND_SEQ_PORT_CAP_NO_EXPORT == 0 }.map { port in
                (address: Address(client: client.id, port: port.id), client: client.name, port: port)
            }
        }
        let names = Dictionary(
            all.map { ($0.address.numbers, "\($0.client):\($0.port.name)") }, uniquingKeysWith: { first, _ in first })
        let ways: [(MIDIPort.Direction, Int32, snd_seq_query_subs_type_t)] = [
            (.source, SND_SEQ_PORT_CAP_READ | SND_SEQ_PORT_CAP_SUBS_READ, SND_SEQ_QUERY_SUBS_READ),
            (.destination, SND_SEQ_PORT_CAP_WRITE | SND_SEQ_PORT_CAP_SUBS_WRITE, SND_SEQ_QUERY_SUBS_WRITE),
        ]
        return all.flatMap { address, client, port in
            ways.filter { port.capabilities & $0.1 == $0.1 }.map { direction, _, type in
                let raw = snd_seq_addr_t(client: UInt8(address.client), port: UInt8(address.port))
                let connections = subscribers(sequencer, of: raw, type).map { names[$0] ?? $0 }.sorted()
                let port = MIDIPort(
                    system: .alsa, name: "\(client):\(port.name)", aliases: [address.numbers], direction: direction,
                    isPhysical: port.isHardware || ALSAClients.cards.contains(address.client), connections: connections)
                return (address, port)
            }
        }
    }

    /// The other ends of a port's connections, by their numbers.
    static func subscribers(
        _ sequencer: OpaquePointer, of address: snd_seq_addr_t, _ type: snd_seq_query_subs_type_t
    ) -> [String] {
        var made: OpaquePointer?
        guard snd_seq_query_subscribe_malloc(&made) >= 0, let query = made else { return [] }
        defer { snd_seq_query_subscribe_free(query) }
        var root = address
        snd_seq_query_subscribe_set_root(query, &root)
        snd_seq_query_subscribe_set_type(query, type)
        var others: [String] = []
        for index in Int32(0)... {
            snd_seq_query_subscribe_set_index(query, index)
            guard snd_seq_query_port_subscribers(sequencer, query) >= 0 else { break }
            let other = snd_seq_query_subscribe_get_addr(query).pointee
            others.append(Address(client: Int32(other.client), port: Int32(other.port)).numbers)
        }
        return others
    }
}

extension ALSAPort.Address {
    /// As aconnect writes it.
    var numbers: String { "\(client):\(port)" }
}
