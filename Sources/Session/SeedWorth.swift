// Not real-time: whether music is worth going on from.

import Glibc
import Network
import Representation
import Score

/// What the last notes of a seed let expect of a continuation: a dull seed has a dull one.
public struct SeedWorth: Sendable {
    /// How many notes are looked at, from the last one back.
    public static let window = 64
    /// Events before those that the model hears, at most.
    private static let context = 4_000

    public let notes: Int
    /// Notes a second.
    public let density: Double
    /// Distinct keys.
    public let keys: Int
    /// How surprising the notes are to the model, given all before them.
    public let natsPerNote: Double

    /// Why a continuation may turn out dull.
    public enum Doubt: String, Sendable, CustomStringConvertible {
        case few = "too few notes to say"
        case sparse = "sparser than 95 % of music"
        case dense = "denser than 95 % of music"
        case monotonous = "fewer keys than in 95 % of music"

        public var description: String { rawValue }
    }

    /// Quantiles of 5 and 95 % over windows of 64 notes of every eighth performance of MAESTRO: notes a second, and keys.
    private static let densities = 4.3...27.1
    private static let fewestKeys = 13

    /// The first that holds; nil for a good seed.
    public var doubt: Doubt? {
        if notes < Self.window / 4 { return .few }
        if density < Self.densities.lowerBound { return .sparse }
        if density > Self.densities.upperBound { return .dense }
        return keys * Self.window < Self.fewestKeys * notes ? .monotonous : nil
    }

    /// - Parameters:
    ///   - events: in playing order.
    ///   - network: of a representation that is known.
    public init(_ events: [PlayedEvent], _ network: Network) {
        let onsets = events.filter { $0.kind == .noteOn }.suffix(Self.window)
        let seconds = Double((onsets.last?.time ?? 0) - (onsets.first?.time ?? 0)) / 1e9
        notes = onsets.count
        density = notes > 1 ? Double(notes - 1) / max(seconds, 0.01) : 0
        keys = Set(onsets.map(\.key)).count
        let spoken = Representations.named(network.configuration.representation)
        natsPerNote = spoken.map { Self.natsPerNote($0, events.suffix(Self.context), network) } ?? 0
    }

    private static func natsPerNote<R: Representation>(
        _: R.Type, _ events: ArraySlice<PlayedEvent>, _ network: Network
    ) -> Double {
        let tokens = R.encode(Array(events))
        // The last notes begin with this token.
        var first = tokens.count
        var notes = 0
        while first > 0 && notes < window {
            first -= 1
            notes += R.notesBegun(by: tokens[first])
        }
        let memory = NetworkMemory(network)
        var stream = R()
        var nats = 0.0
        for (place, token) in tokens.enumerated() {
            if place >= first {
                for field in R.fields.indices where token[field] >= 0 {
                    let legal = stream.legal(field, given: token, within: .corpus)
                    memory.answer(field, given: token)
                    memory.recall(field, legal: legal.words)
                    nats += surprise(of: Int(token[field]), legal, memory)
                }
            }
            stream.emit(token) { _ in }
            memory.step(token)
        }
        return nats / Double(max(notes, 1))
    }

    /// −ln of the probability of `value` among the legal classes.
    private static func surprise(of value: Int, _ legal: LegalClasses, _ memory: NetworkMemory) -> Double {
        let classes = (0..<legal.classes).filter(legal.contains)
        let highest = classes.reduce(-Float.infinity) { max($0, memory.logits[$1]) }
        let sum = classes.reduce(0) { $0 + exp(Double(memory.logits[$1] - highest)) }
        return log(sum) + Double(highest - memory.logits[value])
    }
}

extension SeedWorth: CustomStringConvertible {
    public var description: String {
        func short(_ value: Double, _ digits: Double) -> String { "\((value * digits).rounded() / digits)" }
        let figures =
            "the last \(counted(notes, "note")): \(short(density, 10)) a second, \(counted(keys, "key")), "
            + "\(short(natsPerNote, 100)) nats a note"
        return "\(figures); "
            + (doubt.map { $0 == .few ? "\($0)" : "\($0), so the continuation may be dull" } ?? "a good seed")
    }
}
