/// What the demo measures, at the frames of the JACK server, and what the instrument tells of its own times.

import Duet
import OSC

struct DemoFigures: CustomStringConvertible {
    private let take: Take
    /// Frames of rest before the machine takes over.
    private let patience: Int64
    private let sampleRate: Int
    private let xruns: Int
    /// Of /continuo/status.
    private let status: [String: OSCMessage.Argument]

    init(_ take: Take, patience: Int64, sampleRate: Int, xruns: Int, status: [String: OSCMessage.Argument]) {
        (self.take, self.patience, self.sampleRate, self.xruns) = (take, patience, sampleRate, xruns)
        self.status = status
    }

    var description: String {
        let delays = take.replies.compactMap(\.delay)
        return """
            reply          \(spread(delays)) after the player's last key
                           \(spread(delays.map { $0 - patience })) after the machine's turn began
            interruption   \(take.yields.map(\.notes).reduce(0, +)) notes of the machine ended \
            \(spread(take.yields.compactMap(\.latency))) after the player's note
            notes          \(take.humanNotes) of the player, \(take.machineNotes) of the machine; \
            \(take.replies.count) replies, \(take.yields.count) interrupted; \(xruns) xruns
            network step   \(times("step")) for an event heard
            new plan       \(times("respond")) after an event of the player
            """
    }

    /// A duration that the instrument has measured itself.
    private func times(_ name: String) -> String {
        let parts = [("p50", "median"), ("p99", "p99"), ("max", "most")].map { part, word in
            guard case .float(let time)? = status["\(name)-\(part)-us"] else { return "\(word) not told" }
            let tenths = Int((time * 10).rounded())
            return "\(word) \(tenths / 10).\(tenths % 10) µs"
        }
        return parts.joined(separator: ", ")
    }

    /// One figure, two, or minimum, median and maximum of more.
    private func spread(_ frames: [Int64]) -> String {
        let sorted = frames.sorted()
        switch sorted.count {
        case 0: return "never"
        case 1, 2:
            let all = frames.map { "\(milliseconds($0)) ms (\($0) frames)" }
            return all.joined(separator: " and ")
        default:
            let three = [sorted[0], sorted[sorted.count / 2], sorted[sorted.count - 1]]
            return three.map(milliseconds).joined(separator: " / ") + " ms ("
                + three.map(String.init).joined(separator: " / ") + " frames; least, median, most of \(sorted.count))"
        }
    }

    /// To a tenth.
    private func milliseconds(_ frames: Int64) -> String {
        let tenths = (frames * 10_000 + Int64(sampleRate) / 2) / Int64(sampleRate)
        return "\(tenths / 10).\(abs(tenths % 10))"
    }
}
