// Prepares the real-time path of JACKCycle.swift: opening, ports, connections, what the server tells.
// Only these two files know JACK.

import CJACK
import Glibc
import Realtime
import Synchronization

/// A client of a JACK server with up to four MIDI inputs and outputs. The process function runs on JACK's own thread from
/// `activate` to `close`. The methods are for one thread, not real-time; the figures (`sampleRate` … `currentFrame`) for any
/// thread until `close`.
///
///     let client = try JACKClient.open("continuo", inputs: ["in"], outputs: ["out"], context: stage) { cycle, context in
///         let cycle = cycle.load(as: JACKCycle.self)
///         …
///     }
///     try client.wish(.input(0), ".*MPK.*")
///     try client.activate()
///     while !client.serverEnded { client.connectWishes(); usleep(100_000) }
///     client.close()
public final class JACKClient: @unchecked Sendable {
    // Unchecked: the figures are atomics and libjack's calls for them are thread-safe; the rest is used as said above.
    /// One of this client's ports, by its place in the names given to `open`.
    public enum Port: Hashable, Sendable {
        case input(Int)
        case output(Int)
    }

    let shared: UnsafeMutablePointer<JACKShared>
    var client: OpaquePointer { shared.pointee.client }
    private var wishes: [JACKWish] = []
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

    /// Like `open`, and tries again while there is no server.
    /// - Parameters:
    ///   - pollingEvery: nanoseconds between two tries.
    ///   - isCancelled: asked ten times a second; nil is returned once it says true.
    public static func openWaiting(
        pollingEvery interval: Int64 = 1_000_000_000, isCancelled: () -> Bool, open: () throws(PortError) -> JACKClient
    ) throws(PortError) -> JACKClient? {
        while !isCancelled() {
            do throws(PortError) { return try open() } catch {
                guard case .noServer = error else { throw error }
            }
            let end = monotonicNanoseconds() + interval
            while monotonicNanoseconds() < end && !isCancelled() {
                usleep(UInt32(min(100_000, max(1000, (end - monotonicNanoseconds()) / 1000))))
            }
        }
        return nil
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

    /// The process function is no longer called once this returns; connections are gone.
    public func deactivate() { jack_deactivate(client) }

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

    /// The frame of this instant, for stamping what comes from outside JACK. Any thread.
    public func currentFrame() -> Int64 { shared.pointee.widen(jack_frame_time(client)) }
}

// MARK: - Connections

extension JACKShared {
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

/// A connection that is made whenever a port that fits appears.
struct JACKWish {
    let port: JACKClient.Port
    let pattern: PortPattern
    /// What has been connected since it came. It is left alone until it has gone and come back, so that a connection that
    /// the user cut stays cut.
    var seen: Set<String> = []
}

extension JACKClient {
    /// Wishes for a connection of `port` to every port that fits.
    /// - Parameter pattern: full name or alias of a port, or a POSIX extended regular expression for all of it.
    public func wish(_ port: Port, _ pattern: String) throws(PortError) {
        wishes.append(JACKWish(port: port, pattern: try PortPattern(pattern)))
        shared.pointee.portsChanged.store(true, ordering: .relaxed)
    }

    /// Makes the connections that have become possible; nearly free if no port has come or gone. For a thread that is not
    /// real-time, a few times a second while the client is active.
    /// - Returns: names of the ports that have come or gone since the last time.
    @discardableResult public func connectWishes() -> Set<String> {
        guard shared.pointee.portsChanged.exchange(false, ordering: .acquiring) else { return [] }
        // JACK tells that a port is going while it still lists it, and nothing when it is gone: so its name does not say
        // whether it is the same.
        let changed = shared.pointee.takeChanged()
        for index in wishes.indices {
            let fitting = ports(fitting: wishes[index])
            wishes[index].seen.formIntersection(fitting.subtracting(changed))
            // A port may be there before its client is active, and refused till then; JACK tells of it again then.
            for name in fitting.subtracting(wishes[index].seen) where connect(wishes[index].port, to: name) {
                wishes[index].seen.insert(name)
            }
        }
        return changed
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

    /// Names of the MIDI ports of other clients that `wish` may be connected to.
    private func ports(fitting wish: JACKWish) -> Set<String> {
        let direction = if case .input = wish.port { JackPortIsOutput } else { JackPortIsInput }
        guard let list = jack_get_ports(client, nil, JACK_DEFAULT_MIDI_TYPE, UInt(direction.rawValue)) else {
            return []
        }
        defer { jack_free(list) }
        let fitting = Self.names(list).filter { name in
            guard let port = jack_port_by_name(client, name), jack_port_is_mine(client, port) == 0 else { return false }
            return ([name] + aliases(of: port)).contains(where: wish.pattern.fits)
        }
        return Set(fitting)
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
