import Files
import Glibc
import Instrument
import Realtime

/// Listens for OSC on a UDP port, of 127.0.0.1 unless told, and answers from that port, on a thread of its own.
///
/// An answer goes to the sender. Since `oscsend` does not listen, a message may end with one more argument, another port of
/// the sender's to answer to instead, as liblo writes it: `oscsend localhost 9000 /continuo/list s osc.udp://:9001`.
///
/// The socket is ours, and liblo only codes and decodes: liblo 0.31 listens on every interface and cannot be told not to, and
/// whoever reaches the port can play the instrument.
public final class OSCServer: Sendable {
    /// All that is served; NAME stands for a parameter's.
    public static var addresses: [String] { OSCInterface.Address.allCases.map { OSCInterface.prefix + $0.rawValue } }

    /// The port it listens on.
    public let port: UInt16

    private let socket: Int32
    /// `stop` closes the write end.
    private let stopPipe: (read: Int32, write: Int32)
    private let thread: RealtimeThread

    /// - Parameters:
    ///   - address: of this machine, in IPv4's dotted notation. Whoever reaches it can play the instrument.
    ///   - port: 0 for any that is free.
    ///   - target: kept until `stop`.
    ///   - version: what /continuo/ping tells.
    public init(
        address bound: String = "127.0.0.1", port: UInt16 = 9000, target: any ControlTarget, version: String
    ) throws(OSCSocketError) {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in(loopbackPort: port)
        let isAddress = inet_pton(AF_INET, bound, &address.sin_addr) == 1
        guard socket >= 0, isAddress, withSocketAddress(&address, { bind(socket, $0, $1) }) == 0 else {
            let reason =
                isAddress
                ? "\(systemError()); choose another one with --osc-port"
                : "that is no IPv4 address such as 127.0.0.1 (--osc-bind)"
            if socket >= 0 { close(socket) }
            throw .cannotListen(address: bound, port: port, reason)
        }
        withSocketAddress(&address) { pointer, size in
            var size = size
            return getsockname(socket, pointer, &size)
        }
        var ends: [Int32] = [-1, -1]
        pipe(&ends)
        let interface = OSCInterface(target: target, version: version)
        let stop = ends[0]
        self.port = UInt16(bigEndian: address.sin_port)
        self.socket = socket
        stopPipe = (ends[0], ends[1])
        thread = RealtimeThread(name: "continuo-osc", priority: nil) { Self.serve(socket, interface, until: stop) }
    }

    /// Returns when the last message has been answered. Once, and not from the target.
    public func stop() {
        close(stopPipe.write)
        thread.join()
        close(stopPipe.read)
        close(socket)
    }

    private static func serve(_ socket: Int32, _ interface: OSCInterface, until stop: Int32) {
        var packet = [UInt8](repeating: 0, count: 65536)
        var interface = interface
        while true {
            var events = [
                pollfd(fd: socket, events: Int16(POLLIN), revents: 0), pollfd(fd: stop, events: 0, revents: 0),
            ]
            guard poll(&events, 2, interface.rest) >= 0 || errno == EINTR else { return }
            if events[1].revents != 0 { return }
            for (message, receiver) in interface.news() { send(message, from: socket, to: receiver) }
            var sender = sockaddr_in()
            let size = withSocketAddress(&sender) { address, size in
                var size = size
                return recvfrom(socket, &packet, packet.count, Int32(MSG_DONTWAIT), address, &size)
            }
            guard size > 0 else { continue }
            do throws(OSCError) {
                for message in try OSCMessage.decode(Array(packet[..<size])) {
                    switch ReturnAddress(of: message, from: sender) {
                    case .receiver(let receiver, let message):
                        for answer in interface.answers(to: message, for: receiver) {
                            send(answer, from: socket, to: receiver)
                        }
                    case .refused(let url):
                        send(interface.refusal(of: message, url), from: socket, to: sender)
                    }
                }
            } catch { send(interface.answer(to: error), from: socket, to: sender) }
        }
    }

    private static func send(_ message: OSCMessage, from socket: Int32, to receiver: sockaddr_in) {
        let bytes = message.encoded()
        var receiver = receiver
        // Nobody listening is not our concern.
        _ = withSocketAddress(&receiver) { sendto(socket, bytes, bytes.count, Int32(MSG_DONTWAIT), $0, $1) }
    }
}

extension sockaddr_in {
    init(loopbackPort port: UInt16) {
        self.init()
        sin_family = sa_family_t(AF_INET)
        sin_port = port.bigEndian
        sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    }
}

@discardableResult
func withSocketAddress<R>(
    _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> R
) -> R {
    withUnsafeMutableBytes(of: &address) {
        body($0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
    }
}
