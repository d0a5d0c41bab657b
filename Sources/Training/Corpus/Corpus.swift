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

    /// A part, in the same memory.
    func part(_ range: Range<Int>) -> PieceTokens {
        precondition(range.lowerBound >= 0 && range.upperBound <= endIndex)
        return PieceTokens(base + range.lowerBound, count: range.count, owner: owner)
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
