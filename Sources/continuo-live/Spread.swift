/// Many measurements of one thing.
import Commands
import Score

/// Percentiles and a histogram in powers of two.
struct Spread: Encodable {
    let count: Int
    let p50: Double
    let p99: Double
    let p999: Double
    let max: Double
    /// How many were at most `upTo`, and more than the one before.
    let histogram: [Bucket]

    struct Bucket: Encodable {
        let upTo: Double
        let count: Int
    }

    init(_ values: [Double]) {
        let sorted = values.sorted()
        func share(_ share: Double) -> Double {
            sorted.isEmpty ? 0 : sorted[Swift.min(sorted.count - 1, Int(share * Double(sorted.count)))]
        }
        count = sorted.count
        (p50, p99, p999, max) = (share(0.5), share(0.99), share(0.999), sorted.last ?? 0)
        var (buckets, bound, index): ([Bucket], Double, Int) = ([], 0, 0)
        while index < sorted.count {
            let end = sorted[index...].firstIndex { $0 > bound } ?? sorted.count
            if end > index { buckets.append(Bucket(upTo: bound, count: end - index)) }
            index = end
            bound = bound == 0 ? 1 : bound * 2
        }
        histogram = buckets
    }

    /// The columns of a table.
    var cells: [String] { [p50, p99, p999, max].map { fixed($0, 1) } }

    /// A line for each bucket.
    var picture: String {
        let most = histogram.map(\.count).max() ?? 1
        return histogram.map { bucket in
            let bar = String(repeating: "▇", count: (bucket.count * 40 + most - 1) / most)
            return "    ≤ \(padded(fixed(bucket.upTo, 0), 7)) \(padded("\(bucket.count)", 7)) \(bar)"
        }.joined(separator: "\n")
    }
}
