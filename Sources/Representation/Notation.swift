// Not real-time: music as text, several pieces to a file.

/// A representation whose tokens are the characters of written music. A file of it is a collection: the stream of its tokens
/// is made of whole pieces, one after another, and each is learnt and evaluated from an empty state.
public protocol Notation: Representation {
    /// Whether the piece that was emitted is over.
    var isOver: Bool { get }

    /// Where in a file's tokens each piece lies, in order.
    static func pieces(_ tokens: [Token]) -> [Range<Int>]

    /// What versions of one piece have in common, such as a title: trainings hold out all of them or none.
    static func identity(of piece: [Token]) -> [UInt8]

    /// The beginning of a piece, which a model is to continue.
    /// - Throws: an error that says where the text is wrong.
    static func tokens(ofBeginning text: [UInt8]) throws -> [Token]

    static func text(of tokens: some Sequence<Token>) -> String
}

extension Representation {
    /// Where in a file's tokens each piece lies: it is one, unless the representation is a `Notation`.
    public static func pieceRanges(_ tokens: some RandomAccessCollection<Token>) -> [Range<Int>] {
        guard let notation = Self.self as? any Notation.Type else { return [0..<tokens.count] }
        return notation.pieces(Array(tokens))
    }
}
