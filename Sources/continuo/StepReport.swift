/// The figures of `continuo bench step`, for people and for programs. Times in microseconds.
import Performer
import Score

struct StepReport: Codable {
    struct Level: Codable {
        let name: String
        let bytes: Int
        let gigabytesPerSecond: Double
    }

    /// An answer or a whole step.
    struct Part: Codable {
        /// Of weights.
        let bytes: Int
        /// What reading the weights of the whole step over and over takes, in the median and in the quietest round; of an
        /// answer its share of that.
        let floor: Double
        let quietFloor: Double
        let warm: Times.Summary
        let idle: Times.Summary
        let kept: Times.Summary
        let evicted: Times.Summary

        init(bytes: Int, floor: Double, quietFloor: Double, _ times: [Times]) {
            (self.bytes, self.floor, self.quietFloor) = (bytes, floor, quietFloor)
            (warm, idle, kept, evicted) = (times[0].summary, times[1].summary, times[2].summary, times[3].summary)
        }

        var conditions: [(name: String, times: Times.Summary)] {
            [("warm", warm), ("5 ms idle", idle), ("kept warm", kept), ("evicted", evicted)]
        }
    }

    struct Network: Codable {
        let name: String
        let precision: String
        let parameters: Int
        let answer: Part
        /// An imagined event.
        let keepingWarm: Times.Summary
        let whole: Part
    }

    let kernels: String
    /// Nil if the system refused to stay on one.
    let core: Int?
    let rounds: Int
    /// Of multiplications in registers: the machine's own noise.
    let arithmetic: Times.Summary
    let levels: [Level]
    let networks: [Network]

    var table: String {
        var lines = ["kernels \(kernels), core \(core.map(String.init) ?? "any"), \(rounds) rounds; microseconds", ""]
        lines.append(
            "one core reads " + levels.map { "\($0.name) \(fixed($0.gigabytesPerSecond, 0))" }.joined(separator: ", ")
                + " GB/s")
        lines.append(
            "noise: arithmetic that takes \(fixed(arithmetic.least, 2)) took \(fixed(arithmetic.median, 2)) in the median, "
                + "p99 \(fixed(arithmetic.p99, 2)), p99.9 \(fixed(arithmetic.p999, 2)), at most \(fixed(arithmetic.most, 0))"
        )
        lines += [
            "",
            row(["", "", "", "answer", "", "", "", "", "", "whole"]),
            row(["", "", ""] + Self.columns + Self.columns + ["ratio", "quiet"]),
        ]
        for network in networks {
            for (answer, whole) in zip(network.answer.conditions, network.whole.conditions) {
                let isWarm = answer.name == "warm"
                var cells = [network.name, network.precision, answer.name]
                for (times, floor) in [(answer.times, network.answer.floor), (whole.times, network.whole.floor)] {
                    cells += [
                        isWarm ? fixed(times.quietest, 1) : "", fixed(times.median, 1),
                        rank(times.p99, of: 0.01, times), rank(times.p999, of: 0.001, times), fixed(times.most, 1),
                        isWarm ? fixed(floor, 1) : "",
                    ]
                }
                if isWarm {
                    cells += [
                        fixed(whole.times.median / network.whole.floor, 2),
                        fixed(whole.times.quietest / network.whole.quietFloor, 2),
                    ]
                } else if answer.name == "kept warm" {
                    let share = WarmingPace.share(of: 1000 * network.keepingWarm.median)
                    cells += ["", "", "at \(fixed(100 * share, 1)) % of a core"]
                }
                lines.append(row(cells))
            }
        }
        return lines.joined(separator: "\n")
    }

    private static let columns = ["quiet", "median", "p99", "p99.9", "most", "floor"]

    /// Of fewer than five times beyond it, it would tell as much as the greatest.
    private func rank(_ time: Double, of share: Double, _ times: Times.Summary) -> String {
        Double(times.count) * share < 5 ? "–" : fixed(time, 1)
    }

    private func row(_ cells: [String]) -> String {
        let widths = [4, 6, 10] + [Int](repeating: 8, count: 12) + [7, 7, 20]
        return zip(cells, widths).enumerated().map { index, pair in
            let space = String(repeating: " ", count: max(0, pair.1 - pair.0.count))
            return index < 3 ? pair.0 + space : space + pair.0
        }.joined()
    }
}
