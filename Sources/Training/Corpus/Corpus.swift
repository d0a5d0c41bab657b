import Representation

/// The tokens of a piece, in memory or in a mapped file, which stays mapped as long as they are held.
public struct PieceTokens: RandomAccessCollection, @unchecked Sendable {
    // Unchecked: nobody writes to the memory.
    private let base: UnsafePointer<Token>
    private let owner: AnyObject
    public let endIndex: Int
    public var startIndex: Int { 0 }

    init(_ base: UnsafePointer<Token>, count: Int, owner: AnyObject) {
        self.base = base
        self.owner = owner
        endIndex = count
    }

    public init(_ tokens: [Token]) {
        let memory = Buffer<Token>(tokens.count)
        for (i, token) in tokens.enumerated() { memory.base[i] = token }
        self.init(memory.base, count: tokens.count, owner: memory)
    }

    public subscript(_ i: Int) -> Token {
        precondition(i >= 0 && i < endIndex)
        return base[i]
    }

    /// Valid while this value is held.
    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base, count: count * MemoryLayout<Token>.stride)
    }
}

/// Pieces as tokens.
public struct Corpus: Sendable {
    public struct Piece: Sendable {
        public let name: String
        public let tokens: PieceTokens
        /// How often an epoch hears it.
        public let weight: Double
    }

    public private(set) var pieces: [Piece] = []
    /// Of all pieces.
    public private(set) var tokenCount = 0

    public init() {}

    public mutating func append(name: String, _ tokens: [Token], weight: Double = 1) {
        append(name: name, PieceTokens(tokens), weight: weight)
    }

    mutating func append(name: String, _ tokens: PieceTokens, weight: Double) {
        pieces.append(Piece(name: name, tokens: tokens, weight: weight))
        tokenCount += tokens.count
    }
}

/// What training asks of a representation.
public protocol TrainableRepresentation: Representation {
    /// Number of notes that a token begins: losses are given in nats per note.
    static func notesBegun(by token: Token) -> Int
    /// The key of a token, if it has one.
    static func key(_ token: Token) -> Int?
    /// The field that a network remembers, and how many of its classes, from the first on.
    static var recalled: (field: Int, classes: Int) { get }
    /// The piece in other words: moved in pitch, loudness and tempo.
    static func augmented(_ tokens: some Sequence<Token>, _ change: Augmentation.Draw) -> [Token]
    /// Events of the piece in the 388-event vocabulary of Performance RNN (Oore et al. 2018) at the same 10 ms and 32
    /// velocities. A rest that outlasts the tokens' longest counts as that.
    static func performanceRNNEvents(_ tokens: some Sequence<Token>) -> Int
}

extension TrainableRepresentation {
    /// Number of notes that the tokens begin.
    static func notesBegun(by tokens: some Sequence<Token>) -> Int { tokens.reduce(0) { $0 + notesBegun(by: $1) } }
}

extension Performance: TrainableRepresentation {
    public static func notesBegun(by token: Token) -> Int { token[1] < 128 ? 1 : 0 }

    public static func key(_ token: Token) -> Int? { Int(token[1]) == wait ? nil : Int(token[1]) & 127 }

    /// The note-ons.
    public static var recalled: (field: Int, classes: Int) { (1, 128) }

    /// A shift is one event of 1…100 ticks, a velocity is said when it changes.
    public static func performanceRNNEvents(_ tokens: some Sequence<Token>) -> Int {
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
