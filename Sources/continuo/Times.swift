/// Measured times, and what is told of them.
struct Times {
    private var rounds: [[Double]] = [[]]

    mutating func add(_ microseconds: Double) { rounds[rounds.count - 1].append(microseconds) }

    mutating func endRound() { rounds.append([]) }

    var summary: Summary {
        let sorted = rounds.joined().sorted()
        func rank(_ share: Double, _ sorted: [Double]) -> Double {
            sorted[min(Int(share * Double(sorted.count)), sorted.count - 1)]
        }
        return Summary(
            count: sorted.count, least: sorted[0],
            quietest: rounds.filter { !$0.isEmpty }.map { rank(0.5, $0.sorted()) }.min()!,
            median: rank(0.5, sorted), p99: rank(0.99, sorted), p999: rank(0.999, sorted),
            most: sorted[sorted.count - 1])
    }

    /// In microseconds.
    struct Summary: Codable {
        let count: Int
        let least: Double
        /// The median of the round in which it is least: what it takes while the machine leaves it alone.
        let quietest: Double
        let median: Double
        let p99: Double
        let p999: Double
        let most: Double
    }
}
