// Not real-time: why an instrument refuses a model or a command.

/// What can be wrong with a model or with the way the instrument is asked to run.
public enum PerformerError: Error, Equatable, CustomStringConvertible {
    case unknownRepresentation(String)
    case fieldsDiffer(String)
    /// It makes text, which no port plays yet.
    case writtenOnly(String)
    /// It tells a part of the music only.
    case notPlayable(String)
    /// The control ring is full: the port has stopped taking messages.
    case notRunning

    public var description: String {
        switch self {
        case .unknownRepresentation(let name):
            "the model speaks the representation '\(name)', which this program does not know; update Continuo or "
                + "choose another preset"
        case .fieldsDiffer(let name):
            "the model's fields are not those of the representation '\(name)'; it was made for another version, "
                + "train it again or choose another preset"
        case .writtenOnly(let name):
            "the model writes music as text (\(name)) and cannot be played; `continuo generate tune.abc -o out.abc` has it go on with a tune"
        case .notPlayable(let name):
            "the model speaks '\(name)', a part of the music that cannot be played by itself; it is for `continuo evaluate`"
        case .notRunning:
            "the instrument takes no more commands, as its port has stopped; `continuo doctor` tells whether its server lives"
        }
    }
}
