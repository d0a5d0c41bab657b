/// Whether a network is fast enough on this processor to be played live.

import Kernels
import Network
import Performer
import Ports
import Realtime
import Score

/// The most that is asked of the improviser at once: a lifted pedal ends fifty notes, each a step of the network.
public struct LiveSpeed: Sendable, CustomStringConvertible {
    public enum Verdict: Sendable {
        case inTime, late, tooSlow
    }

    /// Microseconds that a step of a heard event takes in the median.
    public let step: Double
    /// Milliseconds after which fifty notes that end at once have been heard: the least of some attempts, so that it tells
    /// of the processor and not of what else runs.
    public let burst: Double

    /// The shortest time between notes that is heard as one.
    public static let budget = 20.0
    /// The dead-man: the stage ends what an improviser leaves sounding that is silent for so long.
    public static let limit = 200.0

    package init(step: Double, burst: Double) {
        (self.step, self.burst) = (step, burst)
    }

    /// Plays some bursts; a few milliseconds, of slow networks seconds.
    /// - Thread: control
    public init(of network: Network, _ kernels: KernelTable, _ values: ParameterValues) throws(PerformerError) {
        let performer = Performer(mind: try Mind(network, kernels: kernels), sampleRate: 48_000, values: values)
        let port = MemoryPort(performer)
        func play(_ messages: [(UInt8, UInt8, UInt8)]) -> Double {
            let start = monotonicNanoseconds()
            _ = port.cycle(
                256, messages.map { TimedMessage(frame: port.now, status: $0.0, data1: $0.1, data2: $0.2) })
            return Double(monotonicNanoseconds() - start) / 1e6
        }
        let keys = 36..<UInt8(86)
        var least = Double.infinity
        for _ in 0..<5 where least > Self.budget / 4 {
            _ = play([(0xB0, 64, 127)] + keys.map { (0x90, $0, 64) })
            _ = play(keys.map { (0x80, $0, 0) })
            least = min(least, play([(0xB0, 64, 0)]))
        }
        self.init(step: Double(performer.counters.step.snapshot().percentile(0.5)) / 1000, burst: least)
    }

    public var verdict: Verdict { burst < Self.budget ? .inTime : burst < Self.limit ? .late : .tooSlow }

    public var description: String {
        "\(fixed(step, 1)) µs a step; 50 notes that end at once are heard in \(fixed(burst, 1)) ms (\(Int(Self.budget)) are allowed)"
    }

    /// Unless it is in time: what is wrong, and what to do.
    public func complaint(about preset: String) -> String {
        "preset \(preset)\(verdict == .tooSlow ? " is too slow for this processor" : ""): \(self); \(Self.advice)"
    }

    /// What to do unless it is in time.
    public static let advice = "take a smaller model or a faster processor, or set CONTINUO_PRECISION=int8"
}
