// REAL-TIME (any): the characters of the literature's folk tunes.

import Score

/// The 86 characters of the corpus of somjit101/Music-Generation-LSTM (the jigs of the Nottingham Music Database), in the order
/// of the vocabulary published with it, and its text as it is: header fields, comments and blank lines too.
///
/// A tune reaches from `X:` at the beginning of a line to the next one. What stands before the first is left out, and so are
/// characters that the vocabulary lacks.
public struct Characters86: ABCCharacters {
    public static let name = "characters86"
    public static let alphabet = ABCAlphabet(
        "\n !\"#%&'()+,-./0123456789:=?ABCDEFGHIJKLMNOPQRSTUVWXY[\\]^_abcdefghijklmnopqrstuvwxyz|~".unicodeScalars
            .map { $0 })
    public static let fields = [TokenField("character", classes: 86, role: .text)]
    /// X.
    public static let opening = 51
    private static let newline: Int16 = 0
    private static let colon: Int16 = 25

    public var stream = ABCStream()

    public init() {}

    /// A blank line.
    public func ends(with character: Int16) -> Bool { character == Self.newline && stream.last == Self.newline }

    // MARK: Training and evaluation

    /// The corpus is called input.txt.
    public static let fileSuffixes = ABCCollection.suffixes + [".txt"]

    public static func tokens(ofFile path: String, order: EventOrder) throws -> [Token] {
        tokens(of: try ABCTuneText.characters(path: path))
    }

    private static func tokens(of text: String) -> [Token] {
        let tokens = alphabet.tokens(text)
        return Array(tokens[(pieces(tokens).first?.lowerBound ?? tokens.count)...])
    }

    public static func pieces(_ tokens: [Token]) -> [Range<Int>] {
        let starts = tokens.indices.dropLast().filter { index in
            tokens[index][0] == Int16(opening) && tokens[index + 1][0] == colon
                && (index == 0 || tokens[index - 1][0] == newline)
        }
        return zip(starts, starts.dropFirst() + [tokens.count]).map { $0..<$1 }
    }

    public static func tokens(ofBeginning text: [UInt8]) throws -> [Token] {
        // As everywhere, what is no ABC is an error.
        _ = try ABCTuneText.first(in: text)
        let plain = String(decoding: text, as: UTF8.self)
        var tokens = tokens(of: plain)
        // Every tune has a number there.
        if tokens.isEmpty { tokens = self.tokens(of: "X: 1\n" + plain) }
        tokens = pieces(tokens).first.map { Array(tokens[$0]) } ?? tokens
        while tokens.suffix(2).count(where: { $0[0] == newline }) == 2 { tokens.removeLast() }
        return tokens
    }

    /// As the literature has them.
    public static func augmented(_ tokens: some Sequence<Token>, _ change: Augmentation.Draw) -> [Token] {
        Array(tokens)
    }
}
