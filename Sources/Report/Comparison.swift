import Score

/// Figures of an instrument's continuations beside those of what the composers wrote.
public struct Comparison: Encodable, Sendable {
    public let machine: MusicFigures
    public let composer: MusicFigures

    public init(_ continuations: [Report.Continuation]) {
        machine = MusicFigures(continuations.map { notes(from: $0.machine, foldingPedal: true) })
        composer = MusicFigures(continuations.map { notes(from: $0.composer, foldingPedal: true) })
    }

    /// What, the instrument's figure, the composers'.
    public var rows: [[String]] {
        func row(_ name: String, _ decimals: Int, _ figure: (MusicFigures) -> Double) -> [String] {
            [name, fixed(figure(machine), decimals), fixed(figure(composer), decimals)]
        }
        func overlap(_ name: String, _ shares: (MusicFigures) -> [Double]) -> [String] {
            [name, fixed(100 * MusicFigures.overlap(shares(machine), shares(composer)), 0) + " % in common", ""]
        }
        return [
            row("onsets a second", 2, \.density), row("notes that sound together", 2, \.polyphony),
            row("length of a note, median, s", 2, \.lengthMedian),
            row("notes shorter than 30 ms, %", 1) { 100 * $0.clicks },
            row("notes shorter than 50 ms, %", 1) { 100 * $0.shortNotes },
            row("velocity, mean", 1, \.velocityMean), row("velocity, standard deviation", 1, \.velocityDeviation),
            overlap("pitch classes", \.pitchClasses), overlap("intervals from onset to onset", \.intervals),
            row("time in loops, %", 1) { 100 * $0.timeInLoops },
        ]
    }
}
