// REAL-TIME (improviser): what the classes of fields say, whatever the representation.

/// What a class of a field says, as far as following the player needs to know.
public enum Meaning: BitwiseCopyable, Sendable, Equatable {
    /// Nothing of the kind.
    case nothing
    /// So many ticks pass before what the token's other fields say.
    case shift(Int16)
    /// This key is struck.
    case strike(UInt8)
    /// This key ends.
    case release(UInt8)
    /// It is struck with this velocity.
    case velocity(UInt8)
}
