/// What can go wrong with programs beside this one. The text says what to do next.
public enum ProcessError: Error, Equatable, CustomStringConvertible {
    /// A program or file, and what the system said.
    case cannotStart(String, String)
    /// A program that ended by itself, and the last it said.
    case ended(String, String)
    /// What did not come to pass in time.
    case late(String)
    /// SIGINT or SIGTERM.
    case interrupted

    public var description: String {
        switch self {
        case .cannotStart(let what, let reason):
            "cannot start \(what): \(reason); is it installed, and in $PATH?"
        case .ended(let program, let said): "\(program) ended early; it said:\n\(said)"
        case .late(let what): what
        case .interrupted: "interrupted"
        }
    }
}
