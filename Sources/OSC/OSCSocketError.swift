import Text

/// Why there is no socket for OSC.
public enum OSCSocketError: Error, Equatable, CustomStringConvertible {
    case cannotListen(address: String, port: UInt16, String)
    /// To a port of this machine.
    case cannotSend(port: UInt16, String)

    public var description: String {
        switch self {
        case .cannotListen(let address, let port, let reason):
            "cannot listen on UDP port \(port) of \(printable(address)): \(reason)"
        case .cannotSend(let port, let reason):
            "cannot speak to UDP port \(port) of 127.0.0.1: \(reason)"
        }
    }
}
