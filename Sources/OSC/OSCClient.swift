import Files
import Glibc
import Realtime

/// Asks a Continuo on this machine over OSC: the command line, the demo and the tests.
///
///     let control = try OSCClient(port: 9000)
///     let figures = control.status(within: 1000)
///
/// - Thread: control, one at a time
public final class OSCClient {
    private let socket: Int32
    private var packet = [UInt8](repeating: 0, count: 65536)

    /// Succeeds whether or not anybody listens there.
    public init(port: UInt16) throws(OSCSocketError) {
        socket = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in(loopbackPort: port)
        guard socket >= 0, withSocketAddress(&address, { connect(socket, $0, $1) }) == 0 else {
            let reason = systemError()
            if socket >= 0 { close(socket) }
            throw .cannotSend(port: port, reason)
        }
    }

    deinit { close(socket) }

    public func send(_ message: OSCMessage) { send(message.encoded()) }

    /// A packet of any bytes.
    public func send(_ bytes: [UInt8]) { _ = Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    /// The first answer, and nil if there is none in time or nobody listens.
    public func ask(_ message: OSCMessage, within milliseconds: Int = 1000) -> OSCMessage? {
        ask(message.encoded(), within: milliseconds)
    }

    /// The first answer to a packet of any bytes.
    public func ask(_ bytes: [UInt8], within milliseconds: Int) -> OSCMessage? {
        send(bytes)
        return receive(until: monotonicNanoseconds() + Int64(milliseconds) * 1_000_000)
    }

    /// What an address such as /continuo/list answers: the arguments of each answer after the address, up to the empty one.
    /// - Returns: nil if that did not come in time.
    public func list(_ address: String, _ arguments: [OSCMessage.Argument] = [], within milliseconds: Int = 1000)
        -> [[OSCMessage.Argument]]?
    {
        let deadline = monotonicNanoseconds() + Int64(milliseconds) * 1_000_000
        send(OSCMessage(address, arguments))
        var answers: [[OSCMessage.Argument]] = []
        while let answer = receive(until: deadline) {
            guard answer.address == "/continuo/reply", answer.arguments.first == .string(address) else { continue }
            if answer.arguments.count == 1 { return answers }
            answers.append(Array(answer.arguments.dropFirst()))
        }
        return nil
    }

    /// The figures of /continuo/status by name; nil if there is no answer in time.
    public func status(within milliseconds: Int = 1000) -> [String: OSCMessage.Argument]? {
        list("/continuo/status", within: milliseconds).map { answers in
            var figures: [String: OSCMessage.Argument] = [:]
            for answer in answers where answer.count == 2 {
                if case .string(let name) = answer[0] { figures[name] = answer[1] }
            }
            return figures
        }
    }

    /// What comes unasked, from the feeds subscribed to, and answers that nobody waited for.
    public func next(within milliseconds: Int) -> OSCMessage? {
        receive(until: monotonicNanoseconds() + Int64(milliseconds) * 1_000_000)
    }

    /// Throws away the answers that have come, and those that come while it does.
    public func drain() { while receive(until: monotonicNanoseconds() + 20_000_000) != nil {} }

    private func receive(until deadline: Int64) -> OSCMessage? {
        while true {
            let left = (deadline - monotonicNanoseconds()) / 1_000_000
            var event = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            guard left >= 0, poll(&event, 1, Int32(clamping: left)) > 0 else { return nil }
            let size = recv(socket, &packet, packet.count, Int32(MSG_DONTWAIT))
            // ECONNREFUSED: nobody listens.
            guard size > 0 else { return nil }
            if let message = try? OSCMessage.decode(Array(packet[..<size])).first { return message }
        }
    }
}

extension OSCClient {
    /// A UDP port that nobody has, for a daemon to be started on. Another program may be faster.
    public static func freePort() throws(OSCSocketError) -> UInt16 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in(loopbackPort: 0)
        let code = withSocketAddress(&address) { pointer, size in
            var size = size
            return bind(socket, pointer, size) | getsockname(socket, pointer, &size)
        }
        guard code == 0 else { throw .cannotListen(address: "127.0.0.1", port: 0, systemError()) }
        return UInt16(bigEndian: address.sin_port)
    }
}
