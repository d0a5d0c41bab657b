// REAL-TIME (improviser): what both representations of ABC notation share. It makes no sound yet.

import Score

/// A token is a character of ABC notation: one field. Nothing is heard of a player and nothing sounds, since these
/// representations are for training, evaluation and writing.
public protocol ABCCharacters: Notation {
    static var alphabet: ABCAlphabet { get }
    /// The class that every tune begins with.
    static var opening: Int { get }
    var stream: ABCStream { get set }
    /// Whether a class, emitted now, ends the tune.
    func ends(with character: Int16) -> Bool
}

extension ABCCharacters {
    public static var ticksPerSecond: Int { 10 }

    // MARK: Live

    public var tick: Int64 { stream.tick }
    public var machineKeys: KeySet { KeySet() }
    public var isAsleep: Bool { true }
    public var isOver: Bool { stream.isOver }

    public mutating func hear(_ event: HeardEvent, certain: (Token) -> Void) {
        advance(to: event.tick, certain: certain)
    }

    public mutating func advance(to tick: Int64, certain: (Token) -> Void) { stream.advance(to: tick) }

    public mutating func assumeRest(at tick: Int64, assumed: (Token) -> Void, released: (KeyEvent) -> Void) {
        stream.advance(to: tick)
    }

    public static func has(_ field: Int, given row: Token) -> Bool { field == 0 }

    public func mask(_ field: Int, given row: Token, within bounds: Bounds, into mask: Mask) {
        if stream.isOpening { mask.insert(Self.opening) } else { mask.insertAll() }
    }

    public mutating func emit(_ token: Token, _ sounding: (KeyEvent) -> Void) {
        stream.take(token[0], ends: ends(with: token[0]))
    }

    public mutating func releaseAll(at tick: Int64, certain: (Token) -> Void, _ sounding: (KeyEvent) -> Void) {
        stream.advance(to: tick)
    }

    // MARK: Training and evaluation

    public static var fileSuffixes: [String] { ABCCollection.suffixes }
    public static var counted: String { "character" }
    public static func notesBegun(by token: Token) -> Int { 1 }
    public static func keys(of token: Token) -> KeySet { KeySet() }
    public static var recalled: (field: Int, classes: Int) { (0, fields[0].classes) }

    public static func text(of tokens: some Sequence<Token>) -> String {
        String(String.UnicodeScalarView(tokens.compactMap { alphabet.scalar(Int($0[0])) }))
    }

    /// Letters and digits of the first title, so that versions of a tune in several collections count as one; without a title
    /// all of the piece.
    public static func identity(of piece: [Token]) -> [UInt8] {
        let text = text(of: piece)
        let title = text.split(separator: "\n").first { $0.hasPrefix("T:") }?.dropFirst(2).lowercased().utf8
            .filter { 97...122 ~= $0 || 48...57 ~= $0 }
        return title.flatMap { $0.isEmpty ? nil : Array($0) } ?? Array(text.utf8)
    }
}
