// Not real-time: prepares JACKCycle.swift: opening, ports, connections, what the server reports.
// Only this room knows JACK.

import CJACK
import Glibc
import Ports
import Realtime
import Synchronization

/// A client of a JACK server with up to four MIDI inputs and outputs. The process function runs on JACK's own thread from
/// `activate` to `close`.
///
///     let client = try JACKClient.open("continuo", inputs: ["in"], outputs: ["out"], context: stage) { cycle, context in
///         let cycle = cycle.load(as: JACKCycle.self)
///         …
///     }
///     try client.wish(.input(0), ".*MPK.*")
///     try client.activate()
///     while !client.serverEnded { client.connectWishes(); usleep(100_000) }
///     client.close()
///
/// - Thread: control, always the same one; the figures (`sampleRate` … `currentFrame`) any until `close`
public final class JACKClient: @unchecked Sendable {
    // Unchecked: the figures are atomics and libjack's calls for them are thread-safe; the rest is used as said above.
    /// One of this client's ports, by its place in the names given to `open`.
    public enum Port: Hashable, Sendable {
        case input(Int)
        case output(Int)

        /// The direction of what it can be connected to.
        var partner: MIDIPort.Direction { if case .input = self { .source } else { .destination } }
    }

    let shared: UnsafeMutablePointer<JACKShared>
    var client: OpaquePointer { shared.pointee.client }
    var wishes: [Wish<Port, String>] = []
    private var isClosed = false
    /// The server keeps what has been said of a port.
    var isDescribed = false

    /// libjack's first complaint since `said` was asked (later ones are consequences), which would otherwise be written to
    /// standard error.
    private static let complaint = Guarded("")

    /// Opens a client on a server that runs already; never starts one.
    /// - Parameters:
    ///   - name: unless `exactName`, the server appends a number where it is taken.
    ///   - server: nil for $JACK_DEFAULT_SERVER, or "default".
    ///   - inputs, outputs: short names of the MIDI ports, at most four each.
    ///   - context: handed to `process`; must outlive the client.
    ///   - process: called once a cycle on the real-time thread.
    public static func open(
        _ name: String, exactName: Bool = false, server: String? = nil, inputs: [String] = [], outputs: [String] = [],
        context: UnsafeMutableRawPointer?, process: JACKProcess
    ) throws(PortError) -> JACKClient {
        // JACK 1.9.22 unlinks the server's socket when such a client binds its own.
        guard name != serverName(server) else { throw .nameIsServers(name) }
        jack_set_error_function { message in
            guard let message else { return }
            let text = String(cString: message)
            JACKClient.complaint.withLock { if $0.isEmpty { $0 = text } }
        }
        jack_set_info_function { _ in }
        _ = said
        var status = JackStatus(0)
        let options = JackNoStartServer.rawValue | (exactName ? JackUseExactName.rawValue : 0)
        guard let client = continuo_jack_client_open(name, JackOptions(options), server, &status) else {
            let said = said
            // JACK 1.9.21 sets JackServerError instead of JackNameNotUnique.
            let taken = status.rawValue & JackNameNotUnique.rawValue != 0 || said.hasSuffix("another running client")
            if taken { throw .nameTaken(name) }
            if status.rawValue & JackServerFailed.rawValue != 0 { throw .noServer(said) }
            throw .refused("a client named '\(name)'", said)
        }
        let opened = JACKClient(client, process: process, context: context)
        for input in inputs { try opened.register(input, JackPortIsInput) }
        for output in outputs { try opened.register(output, JackPortIsOutput) }
        return opened
    }

    /// As libjack chooses it.
    private static func serverName(_ chosen: String?) -> String {
        chosen ?? getenv("JACK_DEFAULT_SERVER").map { String(cString: $0) } ?? "default"
    }

    static var said: String {
        complaint.withLock { text in
            defer { text = "" }
            return text.isEmpty ? "no reason given" : text
        }
    }

    private init(_ client: OpaquePointer, process: JACKProcess, context: UnsafeMutableRawPointer?) {
        shared = .allocate(capacity: 1)
        shared.initialize(to: JACKShared(client: client, process: process, context: context))
        shared.pointee.sampleRate.store(jack_get_sample_rate(client), ordering: .relaxed)
        shared.pointee.bufferSize.store(jack_get_buffer_size(client), ordering: .relaxed)
        // Frames go on from the server's own count.
        shared.pointee.start.store(Int64(jack_frame_time(client)), ordering: .relaxed)
        jack_set_process_callback(client, JACKShared.onProcess, shared)
        jack_set_thread_init_callback(
            client,
            { _ in
                nameThread("stage")
                prepareRealtimeThread()
            }, nil)
        // Each runs on a thread of libjack's and only notes what has happened.
        jack_on_shutdown(client, { JACKShared.at($0).pointee.ended.store(true, ordering: .releasing) }, shared)
        jack_set_sample_rate_callback(
            client,
            {
                JACKShared.at($1).pointee.sampleRate.store($0, ordering: .relaxed)
                return 0
            }, shared)
        jack_set_buffer_size_callback(
            client,
            {
                JACKShared.at($1).pointee.bufferSize.store($0, ordering: .relaxed)
                return 0
            }, shared)
        jack_set_xrun_callback(
            client,
            {
                JACKShared.at($0).pointee.xruns.add(1, ordering: .relaxed)
                return 0
            }, shared)
        jack_set_port_registration_callback(
            client,
            { id, _, shared in
                let shared = JACKShared.at(shared)
                shared.pointee.note(jack_port_by_id(shared.pointee.client, id).flatMap { jack_port_name($0) })
            }, shared)
        jack_set_port_connect_callback(
            client,
            { source, _, made, shared in JACKShared.at(shared).pointee.noteConnection(source, isMade: made != 0) },
            shared)
    }

    deinit {
        close()
        shared.deinitialize(count: 1)
        shared.deallocate()
    }

    private func register(_ name: String, _ direction: JackPortFlags) throws(PortError) {
        let isInput = direction == JackPortIsInput
        let index = isInput ? shared.pointee.inputCount : shared.pointee.outputCount
        precondition(index < maximumPorts, "a JACKClient has at most \(maximumPorts) ports of a direction")
        guard let port = jack_port_register(client, name, JACK_DEFAULT_MIDI_TYPE, UInt(direction.rawValue), 0) else {
            throw .refused("a port named '\(name)'", Self.said)
        }
        if isInput {
            shared.pointee.inputs[index] = port
            shared.pointee.inputCount += 1
        } else {
            shared.pointee.outputs[index] = port
            shared.pointee.outputCount += 1
        }
    }

    /// From here on the process function is called.
    public func activate() throws(PortError) {
        guard jack_activate(client) == 0 else { throw .refused("to activate '\(name)'", Self.said) }
    }

    /// Leaves the server, also one that has ended. What is asked of the client after that is answered with old figures.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        if serverEnded { unregisterPorts() } else if isDescribed { removeDescriptions() }
        jack_client_close(client)
    }

    /// PipeWire's libjack 1.6.9 frees the connections of a server that has gone twice if a port is left to
    /// `jack_client_close`.
    private func unregisterPorts() {
        for port in shared.pointee.ports { jack_port_unregister(client, port) }
    }
}

// MARK: - What the server tells

extension JACKClient {
    /// The name that the server gave.
    public var name: String { String(cString: jack_get_client_name(client)) }
    /// Frames a second.
    public var sampleRate: Int { Int(shared.pointee.sampleRate.load(ordering: .relaxed)) }
    /// Frames in a cycle.
    public var bufferSize: Int { Int(shared.pointee.bufferSize.load(ordering: .relaxed)) }
    /// Cycles that the server could not finish in time since this client opened, whoever was late.
    public var xruns: Int { shared.pointee.xruns.load(ordering: .relaxed) }
    /// The server has ended or thrown this client out: `close`, then open another.
    public var serverEnded: Bool { shared.pointee.ended.load(ordering: .acquiring) }
    /// Priority of the process thread; nil if the server is not real-time.
    public var realtimePriority: Int32? {
        let priority = jack_client_real_time_priority(client)
        return priority < 0 ? nil : priority
    }

    /// The frame at which the latest cycle began.
    public var cycleStart: Int64 { shared.pointee.start.load(ordering: .relaxed) }

    /// The frame of this instant, for stamping what comes from outside JACK.
    /// - Thread: any
    public func currentFrame() -> Int64 { shared.pointee.widen(jack_frame_time(client)) }
}
