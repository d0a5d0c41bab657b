import Representation

/// Pieces as tokens in one array.
public struct Corpus: Sendable {
    public struct Piece: Sendable {
        public let name: String
        public let tokens: Range<Int>
    }

    public private(set) var pieces: [Piece] = []
    public private(set) var tokens: [Token] = []

    public init() {}

    public mutating func append(name: String, _ piece: [Token]) {
        pieces.append(Piece(name: name, tokens: tokens.count..<(tokens.count + piece.count)))
        tokens += piece
    }
}

/// What training asks of a representation.
public protocol TrainableRepresentation: Representation {
    /// Whether a token begins a note: losses are told in nats per note.
    static func beginsNote(_ token: Token) -> Bool
    /// The token sounded `semitones` higher.
    static func transposed(_ token: Token, by semitones: Int) -> Token
    /// The key of a token, if it has one.
    static func key(_ token: Token) -> Int?
    /// Events of the piece in the 388-event vocabulary of Performance RNN (Oore et al. 2018) at the same 10 ms and 32
    /// velocities.
    static func performanceRNNEvents(_ tokens: ArraySlice<Token>) -> Int
}

extension Performance: TrainableRepresentation {
    public static func beginsNote(_ token: Token) -> Bool { token[1] < 128 }

    public static func transposed(_ token: Token, by semitones: Int) -> Token {
        var result = token
        if Int(token[1]) != wait { result[1] &+= Int16(semitones) }
        return result
    }

    public static func key(_ token: Token) -> Int? { Int(token[1]) == wait ? nil : Int(token[1]) & 127 }

    /// A shift is one event of 1…100 ticks, a velocity is said when it changes.
    public static func performanceRNNEvents(_ tokens: ArraySlice<Token>) -> Int {
        var count = 0
        var velocity: Int16 = -1
        for token in tokens {
            if token[0] > 0 { count += 1 }
            if Int(token[1]) == wait { continue }
            count += 1
            if token[2] >= 0 && token[2] != velocity {
                velocity = token[2]
                count += 1
            }
        }
        return count
    }
}
