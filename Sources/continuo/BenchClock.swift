/// Times in microseconds.
import Files
import Glibc

func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) * 1e-3
}

/// The numbers of the first line of a file of proc(5), ten zeros if there is none.
func numbers(of path: String) -> [Int] {
    var text = [CChar](repeating: 0, count: 256)
    if let file = fopen(path.cPath, "r") {
        fgets(&text, Int32(text.count), file)
        fclose(file)
    }
    let line = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return line.split(whereSeparator: \.isWhitespace).compactMap { Int($0) } + [Int](repeating: 0, count: 10)
}

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
