// Not real-time: a model that writes, instead of playing.

import Kernels
import Network
import Representation

/// Has a network of a `Notation` go on with pieces. The same network, parameters and number give the same text.
///
/// What is drawn depends on the parameters `temperature-key`, `top-p-key` and `seed`.
/// - Thread: any, one at a time
public struct NotationWriter {
    public let notation: any Notation.Type
    private let network: Network
    private let kernels: KernelTable
    private let values: ParameterValues
    /// A piece is cut off after so many tokens.
    public var longest = 4096
    /// Whether it writes within the notation's masks, which keep what it writes readable.
    public var isMasked = true

    /// A text, and whether the model ended it.
    public struct Piece: Sendable {
        public let text: String
        public let isComplete: Bool
    }

    /// - Returns: nil if the network's representation is no `Notation`.
    /// - Throws: `PerformerError` if this program does not know the representation, or knows another version.
    public init?(_ network: Network, kernels: KernelTable, _ values: ParameterValues) throws(PerformerError) {
        let name = network.configuration.representation
        guard let representation = Representations.named(name) else { throw .unknownRepresentation(name) }
        guard let notation = representation as? any Notation.Type else { return nil }
        let expected = notation.fields
        guard network.configuration.fields == expected.map({ Field($0.name, classes: $0.classes) }) else {
            throw .fieldsDiffer(name)
        }
        (self.network, self.kernels, self.values, self.notation) = (network, kernels, values, notation)
    }

    /// Goes on with a piece, or writes a whole one.
    /// - Parameters:
    ///   - beginning: text of a piece, header or more; nil for nothing.
    ///   - number: tells pieces of one seed apart.
    /// - Throws: what the notation says is wrong with the beginning.
    public func piece(after beginning: [UInt8]? = nil, number: Int = 0) throws -> Piece {
        try write(notation, beginning, number)
    }

    private func write<N: Notation>(_: N.Type, _ beginning: [UInt8]?, _ number: Int) throws -> Piece {
        var tokens = try beginning.map { try N.tokens(ofBeginning: $0) } ?? []
        var stream = N()
        let memory = NetworkMemory(network)
        for token in tokens {
            memory.step(token)
            stream.emit(token) { _ in }
        }
        let given = tokens.count
        while !stream.isOver && tokens.count - given < longest {
            // It goes on for a bar or so, also after what could be an end.
            let mayEnd = given == 0 || tokens.count - given >= Self.least
            let place = DrawPlace(
                seed: UInt64(values[.seed]), turn: UInt64(number), token: UInt64(tokens.count - given))
            let token = draw(stream, memory, place, mayEnd: mayEnd)
            tokens.append(token)
            memory.step(token)
            stream.emit(token) { _ in }
        }
        return Piece(text: N.text(of: tokens), isComplete: stream.isOver)
    }

    /// Tokens that a beginning is gone on with at least.
    private static let least = 16

    private func draw<N: Notation>(_ stream: N, _ memory: NetworkMemory, _ place: DrawPlace, mayEnd: Bool) -> Token {
        var row = Token.empty
        for field in N.fields.indices where N.has(field, given: row) {
            var words = stream.legal(field, given: row, within: isMasked ? .play : .corpus).words
            if !mayEnd { removeEnds(stream, field, row, &words) }
            memory.answer(field, given: row)
            row[field] = words.withUnsafeMutableBufferPointer { legal in
                memory.recall(field, legal: legal.baseAddress!)
                Narrowing(topK: Int(values[.topKKey]), minP: values[.minPKey]).narrow(
                    Mask(legal.baseAddress!, classes: N.fields[field].classes), memory.logits,
                    temperature: values[.temperatureKey])
                let count = network.engine.logitCount(field)
                return withUnsafeTemporaryAllocation(of: Float.self, capacity: count + 16) { probabilities in
                    Int16(
                        kernels.sample(
                            probabilities.baseAddress!, memory.logits, legal.baseAddress!, count,
                            values[.temperatureKey], values[.topPKey], place.uniform(field)))
                }
            }
        }
        return row
    }

    /// The classes that would end the piece, unless there are no others.
    private func removeEnds<N: Notation>(_ stream: N, _ field: Int, _ row: Token, _ words: inout [UInt64]) {
        var rest = words
        for value in 0..<N.fields[field].classes where words[value >> 6] >> UInt64(value & 63) & 1 != 0 {
            var (next, token) = (stream, row)
            token[field] = Int16(value)
            next.emit(token) { _ in }
            if next.isOver { rest[value >> 6] &= ~(1 << UInt64(value & 63)) }
        }
        if rest.contains(where: { $0 != 0 }) { words = rest }
    }
}
