// Not real-time: prepares ALSACycle.swift: opening, ports, connections. Only this room knows ALSA.

import CALSA
import Glibc
import Performer
import Ports
import Realtime
import Synchronization

/// The instrument on ALSA's sequencer, in cycles of its own: a millisecond each, at 48 kHz of CLOCK_MONOTONIC.
public final class ALSAPort: LivePort, @unchecked Sendable {
    // Unchecked: the figures are atomics or constant; the rest is for one thread, as said of the protocol.
    public let name: String
    private let sequencer: OpaquePointer
    /// A client without ports, which looks at others and connects them. The kernel lets one thread at a time write to a
    /// client or change it, and to connect may take as long as a device takes to open: the cycles would have to wait.
    private let control: OpaquePointer
    private let converter: OpaquePointer
    private let client: Int32
    private let input: Int32
    private let output: Int32
    private let announcements: Int32
    private let shared: UnsafeMutablePointer<ALSAShared>
    private var thread: RealtimeThread?
    private var isClosed = false
    private var wishes: [Wish<End, Address>] = []

    /// Of a connection, the instrument's own.
    private enum End { case input, output }

    struct Address: Hashable {
        let client: Int32
        let port: Int32
    }

    /// Opens the client; `activate` starts its thread.
    /// - Parameter exactName: refuse a name that another client has; ALSA itself allows many of a name.
    public init(name: String, exactName: Bool = false) throws(PortError) {
        continuo_alsa_silence()
        var opened: OpaquePointer?
        let code = snd_seq_open(&opened, "default", SND_SEQ_OPEN_DUPLEX, SND_SEQ_NONBLOCK)
        guard code >= 0, let opened else { throw .noSequencer(Self.text(code)) }
        var second: OpaquePointer?
        let refusal = snd_seq_open(&second, "default", SND_SEQ_OPEN_DUPLEX, SND_SEQ_NONBLOCK)
        guard refusal >= 0, let second else {
            snd_seq_close(opened)
            throw .noSequencer(Self.text(refusal))
        }
        do throws(PortError) {
            if exactName && Self.clients(opened).contains(where: { $0.name == name }) {
                throw .sequencerNameTaken(name)
            }
            try Self.check(snd_seq_set_client_name(opened, name), "the name '\(name)'")
            // The most that the kernel allows: it holds what arrives while the thread is kept from its cycles.
            try Self.check(snd_seq_set_client_pool_input(opened, 2000), "a buffer of 2000 events")
            input = try Self.create("midi_in", SND_SEQ_PORT_CAP_WRITE | SND_SEQ_PORT_CAP_SUBS_WRITE, in: opened)
            output = try Self.create("midi_out", SND_SEQ_PORT_CAP_READ | SND_SEQ_PORT_CAP_SUBS_READ, in: opened)
            announcements = try Self.create(
                "announcements", SND_SEQ_PORT_CAP_WRITE | SND_SEQ_PORT_CAP_NO_EXPORT, in: opened)
            try Self.check(
                snd_seq_connect_from(
                    opened, announcements, Int32(SND_SEQ_CLIENT_SYSTEM), Int32(SND_SEQ_PORT_SYSTEM_ANNOUNCE)),
                "to announce clients and ports")
            var made: OpaquePointer?
            try Self.check(snd_midi_event_new(16, &made), "memory")
            converter = made!
        } catch {
            snd_seq_close(opened)
            snd_seq_close(second)
            throw error
        }
        snd_midi_event_no_status(converter, 1)
        self.name = name
        sequencer = opened
        control = second
        client = snd_seq_client_id(opened)
        shared = .allocate(capacity: 1)
        shared.initialize(to: ALSAShared())
    }

    deinit {
        close()
        shared.deinitialize(count: 1)
        shared.deallocate()
    }

    private static func create(
        _ name: String, _ capabilities: Int32, in sequencer: OpaquePointer
    ) throws(PortError) -> Int32 {
        let type = SND_SEQ_PORT_TYPE_MIDI_GENERIC | SND_SEQ_PORT_TYPE_APPLICATION
        let port = snd_seq_create_simple_port(sequencer, name, UInt32(capabilities), UInt32(type))
        try check(port, "a port named '\(name)'")
        return port
    }

    private static func check(_ code: Int32, _ what: String) throws(PortError) {
        if code < 0 { throw .sequencerRefused(what, text(code)) }
    }

    static func text(_ code: Int32) -> String { String(cString: snd_strerror(code)) }

    // MARK: LivePort

    public var system: MIDISystem { .alsa }
    public var sampleRate: Int { CycleClock.rate }
    public var bufferSize: Int { CycleClock.frames }
    public var xruns: Int { shared.pointee.xruns.load(ordering: .relaxed) }
    public var hasEnded: Bool { shared.pointee.hasEnded.load(ordering: .acquiring) }
    /// Above the kernel's own threads for interrupts (50), below what keeps the machine alive (99).
    public var realtimePriority: Int32? { 60 }

    public func activate(_ stage: StageHandle) throws(PortError) {
        precondition(thread == nil, "an ALSAPort plays once")
        let start = Start(port: self, stage: stage)
        thread = RealtimeThread(name: "alsa", priority: realtimePriority) {
            var cycle = ALSACycle(
                sequencer: start.sequencer, converter: start.converter, output: start.output,
                announcements: start.announcements, stage: start.stage, shared: start.shared)
            cycle.play()
        }
    }

    /// What the thread needs; it does not keep the port, which waits for it when it closes.
    private struct Start: @unchecked Sendable {
        // Unchecked: handles, which the thread alone uses for input and output.
        let sequencer: OpaquePointer
        let converter: OpaquePointer
        let output: UInt8
        let announcements: UInt8
        let stage: StageHandle
        let shared: UnsafeMutablePointer<ALSAShared>

        init(port: ALSAPort, stage: StageHandle) {
            (sequencer, converter) = (port.sequencer, port.converter)
            output = UInt8(truncatingIfNeeded: port.output)
            announcements = UInt8(truncatingIfNeeded: port.announcements)
            (self.stage, shared) = (stage, port.shared)
        }
    }

    public func close() {
        guard !isClosed else { return }
        isClosed = true
        shared.pointee.isLeaving.store(true, ordering: .relaxed)
        thread?.join()
        snd_midi_event_free(converter)
        snd_seq_close(sequencer)
        snd_seq_close(control)
    }

    // MARK: Connections

    public func wishSource(_ pattern: String) throws(PortError) { try wish(.input, pattern) }
    public func wishDestination(_ pattern: String) throws(PortError) { try wish(.output, pattern) }

    private func wish(_ end: End, _ pattern: String) throws(PortError) {
        wishes.append(Wish(end, try PortPattern(pattern)))
        shared.pointee.portsChanged.store(true, ordering: .relaxed)
    }

    public func connectWishes() -> PortChanges {
        var changes = PortChanges()
        changes.hasNewDestination = shared.pointee.outputConnected.exchange(false, ordering: .acquiring)
        guard shared.pointee.portsChanged.exchange(false, ordering: .acquiring) else { return changes }
        changes.isNews = true
        let gone = takeGone()
        let others = listed()
        let throughs = Set(others.filter(\.port.isThrough).map(\.address))
        for index in wishes.indices {
            let end = wishes[index].own
            let direction: MIDIPort.Direction = end == .input ? .source : .destination
            let fitting = others.filter { $0.port.direction == direction && wishes[index].pattern.fits($0.port) }
            wishes[index].grant(
                Set(fitting.map(\.address)), changed: { gone.contains($0.client) },
                connect: { other in
                    let beyond = end == .input ? destinations() : sources()
                    if throughs.contains(other), throughs.contains(where: { beyond.contains($0.numbers) }) {
                        changes.loops.formUnion(fitting.filter { $0.address == other }.map(\.port.name))
                        return false
                    }
                    return connect(other, to: end)
                })
        }
        changes.ports = sources().filter { name in gone.contains { name.hasPrefix("\($0):") } }
        return changes
    }

    public func otherPorts() -> [MIDIPort] { listed().map(\.port) }

    /// The ports of others.
    private func listed() -> [(address: Address, port: MIDIPort)] {
        Self.list(control).filter { $0.address.client != client }
    }

    /// Clients that have gone since this was last asked, or one of whose ports has.
    private func takeGone() -> Set<Int32> {
        var clients: Set<Int32> = []
        for word in 0..<4 {
            var bits = shared.pointee.gone[word].exchange(0, ordering: .relaxed)
            while bits != 0 {
                clients.insert(Int32(word * 64 + bits.trailingZeroBitCount))
                bits &= bits - 1
            }
        }
        return clients
    }

    /// Whether they are connected now.
    private func connect(_ other: Address, to end: End) -> Bool {
        var made: OpaquePointer?
        guard snd_seq_port_subscribe_malloc(&made) >= 0, let subscription = made else { return false }
        defer { snd_seq_port_subscribe_free(subscription) }
        var there = snd_seq_addr_t(client: UInt8(other.client), port: UInt8(other.port))
        var here = snd_seq_addr_t(client: UInt8(client), port: UInt8(end == .input ? input : output))
        if end == .input {
            snd_seq_port_subscribe_set_sender(subscription, &there)
            snd_seq_port_subscribe_set_dest(subscription, &here)
        } else {
            snd_seq_port_subscribe_set_sender(subscription, &here)
            snd_seq_port_subscribe_set_dest(subscription, &there)
        }
        let code = snd_seq_subscribe_port(control, subscription)
        return code >= 0 || code == -EBUSY
    }

    public func sources() -> Set<String> { subscribers(of: input, SND_SEQ_QUERY_SUBS_WRITE) }
    public func destinations() -> Set<String> { subscribers(of: output, SND_SEQ_QUERY_SUBS_READ) }

    private func subscribers(of port: Int32, _ type: snd_seq_query_subs_type_t) -> Set<String> {
        Set(Self.subscribers(control, of: snd_seq_addr_t(client: UInt8(client), port: UInt8(port)), type))
    }

    static func clients(_ sequencer: OpaquePointer) -> [(id: Int32, name: String)] {
        var made: OpaquePointer?
        guard snd_seq_client_info_malloc(&made) >= 0, let info = made else { return [] }
        defer { snd_seq_client_info_free(info) }
        snd_seq_client_info_set_client(info, -1)
        var clients: [(id: Int32, name: String)] = []
        while snd_seq_query_next_client(sequencer, info) >= 0 {
            clients.append((snd_seq_client_info_get_client(info), String(cString: snd_seq_client_info_get_name(info))))
        }
        return clients
    }

    static func ports(
        _ sequencer: OpaquePointer, of client: Int32
    ) -> [(id: Int32, name: String, capabilities: Int32, isHardware: Bool)] {
        var made: OpaquePointer?
        guard snd_seq_port_info_malloc(&made) >= 0, let info = made else { return [] }
        defer { snd_seq_port_info_free(info) }
        snd_seq_port_info_set_client(info, client)
        snd_seq_port_info_set_port(info, -1)
        var ports: [(id: Int32, name: String, capabilities: Int32, isHardware: Bool)] = []
        while snd_seq_query_next_port(sequencer, info) >= 0 {
            ports.append(
                (
                    snd_seq_port_info_get_port(info), String(cString: snd_seq_port_info_get_name(info)),
                    Int32(bitPattern: snd_seq_port_info_get_capability(info)),
                    snd_seq_port_info_get_type(info) & UInt32(SND_SEQ_PORT_TYPE_HARDWARE) != 0
                ))
        }
        return ports
    }
}
