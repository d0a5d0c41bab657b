// Not real-time: characters as classes.

/// Which characters a representation has, and the class of each.
public struct ABCAlphabet: Sendable {
    private let scalars: [Unicode.Scalar?]
    private let classes: [Unicode.Scalar: Int16]

    /// - Parameter scalars: by class; nil for a class that is no character of a text.
    init(_ scalars: [Unicode.Scalar?]) {
        self.scalars = scalars
        classes = Dictionary(
            uniqueKeysWithValues: scalars.enumerated().compactMap { index, scalar in scalar.map { ($0, Int16(index)) } }
        )
    }

    public var count: Int { scalars.count }

    /// Nil for a class that is no character, and beyond the classes.
    func scalar(_ value: Int) -> Unicode.Scalar? { scalars.indices.contains(value) ? scalars[value] : nil }

    /// The text's characters; those that the alphabet lacks are left out.
    func tokens(_ text: String) -> [Token] {
        text.unicodeScalars.compactMap { classes[$0].map { Token($0, -1, -1, -1) } }
    }
}
