import Foundation
import OSC
import Synchronization

/// As much of a daemon's OSC as the panel speaks: two parameters and a choice, one preset, and a record of what it was told.
final class FakeDaemon: Sendable {
    struct State {
        var values: [String: Double] = ["patience": 400, "auto": 1, "mode": 0, "polyphony": 16]
        var told: [OSCMessage] = []
        var subscriber: sockaddr_in?
        var isOver = false
    }

    let port: UInt16
    private let socket: Int32
    private let state = Mutex(State())
    private let ended = DispatchSemaphore(value: 0)

    /// - Parameter port: 0 for any that is free.
    init(port: UInt16 = 0) {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        self.socket = socket
        var address = Self.loopback(port)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, size) | getsockname(socket, $0, &size)
            }
        }
        precondition(bound == 0)
        self.port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in
            serve()
            close(socket)
            ended.signal()
        }
    }

    /// Once; the port is free then.
    func stop() {
        state.withLock { $0.isOver = true }
        ended.wait()
    }

    /// What it was told other than questions.
    var told: [OSCMessage] { state.withLock(\.told) }
    func told(_ address: String) -> [OSCMessage] { told.filter { $0.address == "/continuo/" + address } }

    /// Somebody else turns a knob.
    func turn(_ name: String, to value: Double) { state.withLock { $0.values[name] = value } }

    /// To the latest subscriber.
    func feed(_ message: OSCMessage) {
        if let subscriber = state.withLock(\.subscriber) { send([message], to: subscriber) }
    }

    private func serve() {
        var packet = [UInt8](repeating: 0, count: 65536)
        while !state.withLock(\.isOver) {
            var event = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            guard poll(&event, 1, 20) > 0 else { continue }
            var sender = sockaddr_in()
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let count = withUnsafeMutablePointer(to: &sender) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    recvfrom(socket, &packet, packet.count, Int32(MSG_DONTWAIT), $0, &size)
                }
            }
            guard count > 0, !state.withLock(\.isOver) else { continue }
            for message in (try? OSCMessage.decode(Array(packet[..<count]))) ?? [] {
                send(answers(to: message, from: sender), to: sender)
            }
        }
    }

    private func answers(to message: OSCMessage, from sender: sockaddr_in) -> [OSCMessage] {
        func reply(_ arguments: [OSCMessage.Argument]) -> OSCMessage {
            OSCMessage("/continuo/reply", [.string(message.address)] + arguments)
        }
        switch message.address {
        case "/continuo/list": return state.withLock { Self.table($0.values) }.map(reply) + [reply([])]
        case "/continuo/presets": return [reply([.string("good"), .string("A \"good\" one")]), reply([])]
        default: break
        }
        state.withLock { $0.told.append(message) }
        switch (message.address, message.arguments) {
        case ("/continuo/subscribe", _): state.withLock { $0.subscriber = sender }
        case ("/continuo/set", let arguments) where arguments.count == 2:
            guard case .string(let name) = arguments[0], case .float(let value) = arguments[1] else { break }
            state.withLock { $0.values[name] = value }
            return [reply(arguments)]
        default: break
        }
        return []
    }

    static func table(_ values: [String: Double]) -> [[OSCMessage.Argument]] {
        [
            [
                .string("patience"), .float(values["patience"]!), .float(0), .float(10000), .float(1500), .string("ms"),
                .string("How long a pause lasts."),
            ],
            [
                .string("auto"), .float(values["auto"]!), .float(0), .float(1), .float(1), .string("0/1"),
                .string("By itself."), .string("off"), .float(0), .string("on"), .float(1),
            ],
            [
                .string("mode"), .float(values["mode"]!), .float(0), .float(1), .float(0), .string(""),
                .string("What it does."), .string("reply"), .float(0), .string("endless"), .float(1),
            ],
            [
                .string("polyphony"), .float(values["polyphony"]!), .float(0), .float(64), .float(16),
                .string("notes"), .string("At once."), .string("auto"), .float(0),
            ],
        ]
    }

    private func send(_ messages: [OSCMessage], to receiver: sockaddr_in) {
        for message in messages {
            let bytes = message.encoded()
            var receiver = receiver
            _ = withUnsafeMutablePointer(to: &receiver) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    sendto(socket, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
    }

    static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
}
