// REAL-TIME (any): tokens and their fields.

/// One row of up to four categorical fields; −1 where a field is absent. A network takes it as its `FieldRow`, which is
/// the same type by another name.
public typealias Token = SIMD4<Int16>

extension Token {
    /// The row with every field absent.
    @inlinable public static var empty: Token { Token(repeating: -1) }
}

/// One categorical field of a representation's tokens.
public struct TokenField: Equatable, Sendable {
    /// What the field is about. Temperature and top-p are chosen by it.
    public enum Role: UInt8, Sendable, BitwiseCopyable {
        /// When something happens, or how long it lasts.
        case time
        /// Which keys.
        case pitch
        /// How loud.
        case dynamics
        /// A character of notation, which may be any of these. Drawn with the parameters of pitch.
        case text
    }

    public let name: String
    public let classes: Int
    public let role: Role

    public init(_ name: String, classes: Int, role: Role) {
        self.name = name
        self.classes = classes
        self.role = role
    }
}
