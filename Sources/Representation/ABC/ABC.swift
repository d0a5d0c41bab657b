// REAL-TIME (any): tunes in ABC notation, a character a token.

import Score

/// Field: *character*, a printable one of ASCII, a line's end, or (class 0) the boundary with which every tune begins and ends.
///
/// A tune is its first title, parts, meter, unit note length and key, in this order, then its music (`ABCTuneText.plain`):
/// collections write the same in many ways. Only tunes of one voice that can be played are taken.
public struct ABC: ABCCharacters {
    public static let name = "abc"
    /// Class of the boundary.
    public static let boundary = 0
    public static let alphabet = ABCAlphabet([nil, "\n"] + (32...126).map { Unicode.Scalar($0 as UInt8) })
    public static let fields = [TokenField("character", classes: 97, role: .text)]
    public static var opening: Int { boundary }

    public var stream = ABCStream()
    private var grammar = ABCGrammar()

    public init() {}

    public func ends(with character: Int16) -> Bool { character == Int16(Self.boundary) && !stream.isOpening }

    /// The character of a class, as the grammar has it.
    private static func character(_ value: Int) -> UInt8 {
        value == boundary ? 0 : value == 1 ? UInt8(ascii: "\n") : UInt8(truncatingIfNeeded: value &+ 30)
    }

    /// In a corpus anything may come; what a model writes keeps bars full and can be read.
    public func mask(_ field: Int, given row: Token, within bounds: Bounds, into mask: Mask) {
        guard !stream.isOpening else { return mask.insert(Self.opening) }
        guard !bounds.ownsAllKeys, !stream.isOver else { return mask.insertAll() }
        for value in 0..<97 {
            var next = grammar
            if next.take(Self.character(value)) { mask.insert(value) }
        }
        if mask.isEmpty { mask.insertAll() }
    }

    public mutating func emit(_ token: Token, _ sounding: (KeyEvent) -> Void) {
        if !stream.isOpening { grammar.force(Self.character(Int(token[0]))) }
        stream.take(token[0], ends: ends(with: token[0]))
    }

    // MARK: Training and evaluation

    private static var boundaryToken: Token { Token(Int16(boundary), -1, -1, -1) }

    public static func tokens(ofFile path: String, order: EventOrder) throws -> [Token] {
        try ABCTuneText.playable(path: path).filter { $0.tune.voices.count == 1 }.flatMap {
            [boundaryToken] + alphabet.tokens($0.plain) + [boundaryToken]
        }
    }

    public static func pieces(_ tokens: [Token]) -> [Range<Int>] {
        let boundaries = tokens.indices.filter { tokens[$0] == boundaryToken }
        return stride(from: 0, to: boundaries.count - 1, by: 2).map { boundaries[$0]..<boundaries[$0 + 1] + 1 }
    }

    public static func tokens(ofBeginning text: [UInt8]) throws -> [Token] {
        let tune = try ABCTuneText.first(in: text)
        var plain = tune.plain
        if tune.tune.voices.contains(where: { !$0.bars.isEmpty }) {
            plain.removeLast()
            // What ended it, ends a bar.
            if plain.hasSuffix("|]") { plain.removeLast() }
        }
        return [boundaryToken] + alphabet.tokens(plain)
    }

    /// Only the key changes: characters know neither loudness nor tempo.
    public static func augmented(_ tokens: some Sequence<Token>, _ change: Augmentation.Draw) -> [Token] {
        let tokens = Array(tokens)
        guard change.transposition != 0, let text = ABCTransposer.transposed(text(of: tokens), by: change.transposition)
        else { return tokens }
        return tokens.prefix(1) + alphabet.tokens(text) + tokens.suffix(1)
    }
}
