// Not real-time: why a parameter is not set.

import Text

/// Why a parameter is not set. The text goes to the user as it stands.
public enum ParameterError: Error, Equatable, CustomStringConvertible {
    case unknown(String)
    /// A parameter, what it was to be, and what it takes.
    case refused(String, String, takes: String)

    public var description: String {
        switch self {
        case .unknown(let name):
            "there is no parameter '\(printable(name))'; "
                + (nearest(to: name, in: Parameter.declarations.map(\.name)).map { "did you mean '\($0)'? " } ?? "")
                + "`continuo parameters` and /continuo/list name them all"
        case .refused(let name, let value, let range): "\(name) takes \(range), not \(value)"
        }
    }
}
