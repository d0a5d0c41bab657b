import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// Why the panel cannot be served. The text goes to the user as it stands.
public enum PanelError: Error, Equatable, CustomStringConvertible {
    case noAddress(String)
    case badToken
    case cannotListen(address: String, port: Int, String)

    public var description: String {
        switch self {
        case .noAddress(let text): "'\(text)' is no IP address such as 127.0.0.1 or 0.0.0.0 (--bind)"
        case .badToken: "--token takes 8…256 letters, digits, '-' and '_'"
        case .cannotListen(let address, let port, let reason):
            "cannot listen on \(address), TCP port \(port): \(reason); choose another one with --port"
        }
    }
}

/// Serves the page, its WebSocket and OSCQuery on one TCP port, and speaks OSC with a daemon of this machine: all of it on one
/// event loop, and so without locks.
///
///     let server = try PanelServer(PanelServer.Settings(version: "1.0"))
///     print(server.address)
///     server.wait()
///
/// - Thread: control
public final class PanelServer: Sendable {
    public struct Settings: Sendable {
        /// TCP; 0 for any that is free.
        public var port = 9080
        /// An IP address of this machine. Whoever reaches it and has the token can play the instrument.
        public var bind = "127.0.0.1"
        /// UDP port of the daemon, on this machine.
        public var oscPort: UInt16 = 9000
        /// Nil: none on the loopback, elsewhere a new one.
        public var token: String?
        /// Parameters that take whole numbers only.
        public var wholeParameters: Set<String> = []

        public init() {}
    }

    /// What to open in a browser.
    public let address: String
    public let port: Int

    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    private let daemon: any Channel

    public init(_ settings: Settings) throws(PanelError) {
        guard let bound = try? SocketAddress(ipAddress: settings.bind, port: settings.port) else {
            throw .noAddress(settings.bind)
        }
        let isLoopback = settings.bind.hasPrefix("127.") || settings.bind == "::1"
        let token = settings.token ?? (isLoopback ? nil : Self.newToken())
        guard token.map(Self.isToken) ?? true else { throw .badToken }
        let gate = Gate(token: token, names: Self.ownNames(settings.bind), isLoopback: isLoopback)
        // A client that goes while it is written to is not our end.
        signal(SIGPIPE, SIG_IGN)
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        do {
            let link = DaemonLink(port: Int(settings.oscPort))
            daemon = try link.open(on: loop)
            let daemon = daemon
            let hub = try loop.submit { [wholeParameters = settings.wholeParameters] in
                let hub = Hub(
                    mirror: Mirror(whole: wholeParameters), oscPort: link.port, loop: loop,
                    sendToDaemon: { link.send($0, over: daemon) })
                return NIOLoopBound(hub, eventLoop: loop)
            }.wait()
            try loop.submit { try daemon.pipeline.syncOperations.addHandler(DaemonHandler(hub.value, link)) }.wait()
            channel = try Self.listen(bound, on: loop, hub, gate)
        } catch {
            try? group.syncShutdownGracefully()
            throw .cannotListen(address: settings.bind, port: settings.port, Self.reason(error))
        }
        port = channel.localAddress?.port ?? settings.port
        let host = ["0.0.0.0", "::"].contains(settings.bind) ? Self.hostName() : settings.bind
        let shown = host.contains(":") ? "[\(host)]" : host
        address = "http://\(shown):\(port)/" + (token.map { "?token=\($0)" } ?? "")
    }

    /// Returns when the server has stopped.
    public func wait() { try? channel.closeFuture.wait() }

    /// Once.
    public func stop() { try? group.syncShutdownGracefully() }

    private static func listen(
        _ address: SocketAddress, on loop: any EventLoop, _ hub: NIOLoopBound<Hub>, _ gate: Gate
    ) throws -> any Channel {
        let room = try loop.submit { NIOLoopBound(WaitingRoom(), eventLoop: loop) }.wait()
        return try ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 64 << 10, high: 512 << 10))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try configure(channel.pipeline.syncOperations, on: loop, hub, room.value, gate)
                }
            }
            .bind(to: address).wait()
    }

    private static func configure(
        _ pipeline: ChannelPipeline.SynchronousOperations, on loop: any EventLoop, _ hub: NIOLoopBound<Hub>,
        _ room: WaitingRoom, _ gate: Gate
    ) throws {
        let upgrader = NIOWebSocketServerUpgrader(
            maxFrameSize: 16384,
            shouldUpgrade: { channel, head in
                let isWelcome: Bool = if case .refused = gate.verdict(head) { false } else { true }
                let isHere = RequestTarget(head.uri)?.path == "/"
                return channel.eventLoop.makeSucceededFuture(
                    isWelcome && isHere && !hub.value.isFull ? HTTPHeaders() : nil)
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        NIOWebSocketFrameAggregator(
                            minNonFinalFragmentSize: 1, maxAccumulatedFrameCount: 16, maxAccumulatedFrameSize: 16384),
                        WebSocketHandler(hub.value),
                    ])
                }
            })
        let door = NIOLoopBound(Doorkeeper(room), eventLoop: loop)
        let http = NIOLoopBound(HTTPHandler(hub.value, gate), eventLoop: loop)
        try pipeline.addHandler(door.value)
        try pipeline.configureHTTPServerPipeline(
            withServerUpgrade: (
                upgraders: [upgrader],
                completionHandler: { context in
                    let pipeline = context.pipeline.syncOperations
                    pipeline.removeHandler(door.value, promise: nil)
                    pipeline.removeHandler(http.value, promise: nil)
                }
            ))
        try pipeline.addHandler(http.value)
    }

    // MARK: Names and tokens

    private static func isToken(_ text: String) -> Bool {
        8...256 ~= text.utf8.count
            && text.utf8.allSatisfy { byte in
                let character = Character(Unicode.Scalar(byte))
                return byte < 0x80 && (character.isLetter || character.isNumber || "-_".contains(character))
            }
    }

    /// 128 random bits, in hexadecimal digits.
    private static func newToken() -> String {
        var random = SystemRandomNumberGenerator()
        return (0..<2).map { _ in
            let digits = String(random.next(), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    private static func hostName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func ownNames(_ bound: String) -> Set<String> {
        let name = hostName().lowercased()
        return [bound.lowercased(), name, name + ".local"]
    }

    private static func reason(_ error: any Error) -> String {
        (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
    }
}
