import Score

/// What the tokens since the last epoch's end cost, while they were learnt from (with dropout). A resumed training counts
/// from where it was resumed.
struct EpochTally {
    private var tally: Tally
    private var notes = 0
    private var number = 0
    /// Tokens of an epoch.
    private let length: Double

    init(_ corpus: Corpus, fields: Int, done: Int) {
        tally = Tally(fields: fields)
        length = max(1, corpus.pieces.reduce(0) { $0 + $1.weight * Double($1.tokens.count) })
        number = Int(Double(done) / length)
    }

    /// Takes what an update cost.
    /// - Parameters:
    ///   - done: tokens since the beginning of the training.
    ///   - unit: what is counted as `notes`.
    /// - Returns: a line about the epoch, if this ended one.
    mutating func add(_ other: Tally, notes more: Int, done: Int, fields: [String], unit: String) -> String? {
        tally += other
        notes += more
        guard Int(Double(done) / length) > number else { return nil }
        number = Int(Double(done) / length)
        let nats = tally.nats.reduce(0, +) / Double(max(notes, 1))
        let shares = zip(tally.hits, tally.rows).map { fixed(100 * Double($0) / Double(max($1, 1)), 1) + " %" }
        let accuracy = shares.count == 1 ? shares[0] : zip(fields, shares).map { "\($0) \($1)" }.joined(separator: ", ")
        defer { (tally, notes) = (Tally(fields: tally.nats.count), 0) }
        return "epoch \(number): training \(fixed(nats, 3)) nats a \(unit), accuracy \(accuracy)"
    }
}
