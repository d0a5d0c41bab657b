import Performer
import Presets
import Text

/// Why a message is not obeyed. The text goes to its sender.
enum OSCRequestError: Error, Equatable {
    /// The address, and what it takes.
    case wrongArguments(String, takes: String)
    case unknownAddress(String)
    /// An address to answer to.
    case badReceiver(String)
    /// The instrument's own reason.
    case control(ControlError)
}

extension OSCRequestError: CustomStringConvertible {
    var description: String {
        switch self {
        case .wrongArguments(let address, let takes):
            "\(printable(address)) takes \(takes)"
        case .unknownAddress(let address):
            "there is no address \(printable(address)); all begin with /continuo, and continuo-osc(7) lists them"
        case .badReceiver(let url):
            "no answers go to \(printable(url)), only to another port of the sender: osc.udp://:PORT"
        case .control(let error):
            error.description
        }
    }

    /// What `body` returns; the instrument's error becomes one of a message.
    static func wrapping<Value>(_ body: () throws(ControlError) -> Value) throws(OSCRequestError) -> Value {
        do throws(ControlError) { return try body() } catch { throw .control(error) }
    }

    /// The same of a parameter's error.
    static func wrappingParameter<Value>(_ body: () throws(ParameterError) -> Value) throws(OSCRequestError) -> Value {
        do throws(ParameterError) { return try body() } catch { throw .control(.parameter(error)) }
    }
}
