import Glibc
import Random
import Score

/// How replies resemble their calls, beside how the composers' own continuations do. Each figure is the mean of pieces, a
/// piece's the mean of its replies, with an interval that covers 95 of 100 choices of pieces (bootstrap).
public struct Resemblance: Sendable, Encodable {
    public struct Figure: Sendable, Encodable {
        /// Nil if it can be told of no piece.
        public let mean, low, high: Double?
        /// Pieces of which it can be told.
        public let pieces: Int
    }

    public struct Row: Sendable, Encodable {
        public let name: String
        public let machine: Figure
        public let composer: Figure
    }

    public let rows: [Row]
    /// Nats a note that following the player adds to the composers' own continuations.
    public let cost: Figure

    public init(_ continuations: [Report.Continuation]) {
        let figures = continuations.map { continuation in
            let call = notes(from: continuation.seed, foldingPedal: true)
            let start = continuation.seed.last?.time ?? 0
            return (
                piece: continuation.piece,
                machine: ReplyFigures(
                    call: call, reply: notes(from: continuation.machine, foldingPedal: true), from: start),
                composer: ReplyFigures(
                    call: call, reply: notes(from: continuation.composer, foldingPedal: true), from: start)
            )
        }
        cost = Self.figure(
            Dictionary(grouping: continuations, by: \.piece).values.map { replies in
                replies.reduce(0) { $0 + $1.cost } / Double(replies.count)
            }.sorted())
        func row(_ name: String, _ figure: (ReplyFigures) -> Double?) -> Row {
            func mean(_ who: (ReplyFigures, ReplyFigures) -> ReplyFigures) -> Figure {
                let byPiece = Dictionary(grouping: figures, by: \.piece).values.compactMap { replies -> Double? in
                    let values = replies.compactMap { figure(who($0.machine, $0.composer)) }
                    return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
                }
                return Self.figure(byPiece.sorted())
            }
            return Row(name: name, machine: mean { machine, _ in machine }, composer: mean { $1 })
        }
        func ends(_ name: String, _ figure: @escaping (EndingFigures) -> Bool?) -> Row {
            func share(_ who: (Report.Continuation) -> EndingFigures) -> Figure {
                let byPiece = Dictionary(grouping: continuations, by: \.piece).values.compactMap { replies -> Double? in
                    let values = replies.compactMap { figure(who($0)) }
                    return values.isEmpty ? nil : Double(values.count { $0 }) / Double(values.count)
                }
                return Self.figure(byPiece.sorted())
            }
            return Row(name: name, machine: share(\.endings.machine), composer: share(\.endings.composer))
        }
        func span(_ i: Int) -> String {
            "\(Int(ReplyFigures.spans[i].lowerBound))–\(Int(ReplyFigures.spans[i].upperBound)) s"
        }
        rows =
            [
                row("pulse", \.pulse), row("pitch classes in common", \.pitchClasses),
                row("inter-onsets in common", \.interOnsets),
            ] + ReplyFigures.spans.indices.map { i in row("out of scale, \(span(i))") { $0.outOfScale[i] } } + [
                row("time with 9 notes or more", \.walls),
                row("density, octaves above the call's") { $0.density.map { log2($0) } },
                row("replies within 0.8…1.25 of it") { $0.density.map { 0.8...1.25 ~= $0 ? 1 : 0 } },
                row("notes that sound together", \.polyphony), row("time in loops", \.loops),
                row("distinct pitch-class 4-grams", \.fourGrams), row("velocity, distance", \.velocity),
                row("register, distance", \.register), ends("ends at rest", \.isAtRest),
                ends("… where a gap is likely", \.expectsGap), ends("… after a long interval", \.isLengthened),
            ]
    }

    private static func figure(_ values: [Double]) -> Figure {
        guard !values.isEmpty else { return Figure(mean: nil, low: nil, high: nil, pieces: 0) }
        func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
        var state: UInt64 = 1
        let means = (0..<1000).map { _ in
            mean(
                values.indices.map { _ in
                    state &+= 1
                    return values[Int(mixed(state) % UInt64(values.count))]
                })
        }.sorted()
        return Figure(mean: mean(values), low: means[25], high: means[974], pieces: values.count)
    }
}
