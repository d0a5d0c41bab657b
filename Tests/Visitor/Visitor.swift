import Foundation
import Panel

/// A TCP connection to the panel, made by hand: what a browser never sends must be tried too.
public final class Visitor {
    public let socket: Int32
    private var read: [UInt8] = []

    public init(_ port: Int) {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.socket = socket
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        precondition(code == 0, "nobody listens")
    }

    deinit { close(socket) }

    public func send(_ bytes: [UInt8]) { _ = Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }
    public func send(_ text: String) { send(Array(text.utf8)) }

    /// So many more bytes; nil where the connection ends or five seconds pass before.
    public func receive(_ count: Int, within milliseconds: Int32 = 5000) -> [UInt8]? {
        while read.count < count {
            guard fill(within: milliseconds) else { return nil }
        }
        defer { read.removeFirst(count) }
        return Array(read[..<count])
    }

    /// Up to the end of the connection.
    public func receiveAll() -> [UInt8] {
        while fill(within: 5000) {}
        defer { read = [] }
        return read
    }

    private func fill(within milliseconds: Int32) -> Bool {
        var event = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        guard poll(&event, 1, milliseconds) > 0 else { return false }
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = recv(socket, &bytes, bytes.count, 0)
        guard count > 0 else { return false }
        read += bytes[..<count]
        return true
    }

    // MARK: HTTP

    public struct Answer {
        public var status: Int
        public var headers: [String: String]
        public var body: String
        public var json: JSON? { try? JSON(Array(body.utf8)) }
    }

    public static func get(_ port: Int, _ target: String, _ headers: [String] = [], method: String = "GET") -> Answer? {
        let visitor = Visitor(port)
        let host = headers.contains { $0.hasPrefix("Host:") } ? [] : ["Host: localhost:\(port)"]
        visitor.send((["\(method) \(target) HTTP/1.1"] + host + headers).joined(separator: "\r\n") + "\r\n\r\n")
        return answer(visitor.receiveAll())
    }

    public static func answer(_ bytes: [UInt8]) -> Answer? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        guard let status = Int(lines[0].split(separator: " ")[1]) else { return nil }
        let pairs = lines.dropFirst().map { line -> (String, String) in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (parts[0].lowercased(), parts[1].trimmingCharacters(in: .whitespaces))
        }
        return Answer(
            status: status, headers: Dictionary(pairs) { first, _ in first }, body: String(text[end.upperBound...]))
    }

    // MARK: WebSocket (RFC 6455)

    /// Nil where the upgrade is refused.
    public static func webSocket(_ port: Int, _ headers: [String] = [], target: String = "/") -> Visitor? {
        let visitor = Visitor(port)
        let host = headers.contains { $0.hasPrefix("Host:") } ? [] : ["Host: localhost:\(port)"]
        let upgrade = [
            "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ]
        let lines = ["GET \(target) HTTP/1.1"] + host + upgrade + headers
        visitor.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard let byte = visitor.receive(1) else { return nil }
            head += byte
        }
        return String(decoding: head, as: UTF8.self).hasPrefix("HTTP/1.1 101") ? visitor : nil
    }

    public func say(_ text: String) { frame(1, Array(text.utf8)) }

    public func frame(_ opcode: UInt8, _ data: [UInt8]) {
        let length: [UInt8] =
            data.count < 126 ? [0x80 | UInt8(data.count)] : [0xFE, UInt8(data.count >> 8), UInt8(data.count & 255)]
        // A mask of zeros is one.
        send([0x80 | opcode] + length + [0, 0, 0, 0] + data)
    }

    /// The next frame that is no ping.
    public func hear(within milliseconds: Int32 = 5000) -> (opcode: UInt8, data: [UInt8])? {
        while let head = receive(2, within: milliseconds) {
            var length = Int(head[1] & 127)
            let more = length == 126 ? 2 : length == 127 ? 8 : 0
            if more > 0 {
                guard let bytes = receive(more) else { return nil }
                length = bytes.reduce(0) { $0 << 8 | Int($1) }
            }
            guard let data = receive(length) else { return nil }
            if head[0] & 15 != 9 { return (head[0] & 15, data) }
        }
        return nil
    }

    /// The next message of this type to the page, of 1,000 at most.
    public func message(_ type: String, where fits: (JSON) -> Bool = { _ in true }) -> JSON? {
        for _ in 0..<1000 {
            guard let frame = hear() else { return nil }
            guard frame.opcode == 1, let json = try? JSON(frame.data), json["type"] == .text(type), fits(json) else {
                continue
            }
            return json
        }
        return nil
    }
}
