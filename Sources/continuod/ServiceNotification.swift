/// What the service manager is told: that the daemon is ready, what it does now, and that it lives.

import Glibc
import Realtime

/// The protocol of sd_notify(3), which is documented as stable: lines of NAME=VALUE in one datagram to $NOTIFY_SOCKET. Where
/// there is none, nothing is sent. One thread, not real-time.
final class ServiceNotification {
    private let socket: Int32
    private var address = sockaddr_un()
    private var addressSize = socklen_t(0)
    private var status = ""
    /// Nanoseconds between two signs of life; nil if none is wanted.
    private let watchdog: Int64?
    private var lastFed = Int64(0)
    private var lastProgress: Int64?

    /// - Parameter variable: an environment variable's value.
    init(variable: (String) -> String? = { getenv($0).map { String(cString: $0) } }) {
        let isMeant = variable("WATCHDOG_PID").map { $0 == "\(getpid())" } ?? true
        // Four within the time that is granted: one may well come late.
        watchdog = isMeant ? variable("WATCHDOG_USEC").flatMap(Int64.init).map { min($0, 1 << 50) / 4 * 1000 } : nil
        let path = Array((variable("NOTIFY_SOCKET") ?? "").utf8)
        // A path, or with '@' the name of an abstract socket, which begins with a zero byte instead: unix(7).
        guard path.count > 1, path[0] == UInt8(ascii: "/") || path[0] == UInt8(ascii: "@"),
            path.count < MemoryLayout.size(ofValue: address.sun_path)
        else {
            socket = -1
            return
        }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) {
            $0.copyBytes(from: path)
            if $0[0] == UInt8(ascii: "@") { $0[0] = 0 }
        }
        addressSize = socklen_t(MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + path.count)
        socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    }

    deinit { if socket >= 0 { close(socket) } }

    /// Ready, or ready again after `reloading`; nothing happens if it was.
    /// - Parameter status: what it does now, on one line for people; nil: as before.
    func ready(_ status: String? = nil) {
        self.status = status ?? self.status
        send("READY=1\nSTATUS=\(self.status)")
    }

    /// The configuration is read again, until `ready`.
    func reloading() { send("RELOADING=1\nMONOTONIC_USEC=\(monotonicNanoseconds() / 1000)") }

    func stopping() { send("STOPPING=1\nSTATUS=ending its notes") }

    /// Gives a sign of life, not more often than is wanted. Call it more often than that.
    /// - Parameter progress: something that changes while the instrument works, and without which it gives no sign; nil
    ///   while nothing has to move.
    func live(progress: Int64?) {
        let now = monotonicNanoseconds()
        guard let watchdog, now - lastFed >= watchdog, progress == nil || progress != lastProgress else { return }
        (lastFed, lastProgress) = (now, progress)
        send("WATCHDOG=1")
    }

    private func send(_ text: String) {
        guard socket >= 0 else { return }
        let bytes = Array(text.utf8)
        // It says nothing new to a manager that has gone, so a failure is no news either.
        _ = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, addressSize)
            }
        }
    }
}
