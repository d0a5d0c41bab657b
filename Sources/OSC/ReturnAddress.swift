import Glibc

/// Where the answers to a message go: to its sender, or to another port of the sender's machine, which the last argument may
/// name. Never to a third party, whom anybody could have flooded.
enum ReturnAddress {
    /// And the message without that argument.
    case receiver(sockaddr_in, OSCMessage)
    /// It names somebody else, or no port.
    case refused(String)

    /// liblo's way to write it.
    private static let scheme = "osc.udp://"

    init(of message: OSCMessage, from sender: sockaddr_in) {
        guard case .string(let url)? = message.arguments.last, url.hasPrefix(Self.scheme) else {
            self = .receiver(sender, message)
            return
        }
        let parts = url.dropFirst(Self.scheme.count).prefix { $0 != "/" }
            .split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let port = UInt16(parts[1]), port > 0, Self.isSender(String(parts[0]), sender) else {
            self = .refused(url)
            return
        }
        var receiver = sender
        receiver.sin_port = port.bigEndian
        self = .receiver(receiver, OSCMessage(message.address, message.arguments.dropLast()))
    }

    /// Nothing, and what every machine calls itself, are the sender; so are its address and, if it is this machine, its name.
    private static func isSender(_ host: String, _ sender: sockaddr_in) -> Bool {
        if ["", "localhost", "127.0.0.1"].contains(host) { return true }
        var address = in_addr()
        if inet_pton(AF_INET, host, &address) == 1 { return address.s_addr == sender.sin_addr.s_addr }
        guard UInt32(bigEndian: sender.sin_addr.s_addr) >> 24 == 127 else { return false }
        var name = [CChar](repeating: 0, count: 256)
        return gethostname(&name, name.count - 1) == 0
            && name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) } == host
    }
}
