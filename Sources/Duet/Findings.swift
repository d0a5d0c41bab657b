/// What a drill has shown.

import Files
import Glibc
import OSC
import Processes

/// Counts are sums over all servers that the daemon played on.
public struct Findings: Sendable {
    public internal(set) var seconds = 0.0
    /// How often each act was played.
    public internal(set) var acts: [String: Int] = [:]
    public internal(set) var playerNotes = 0
    public internal(set) var machineNotes = 0
    /// Counters of `/continuo/status` by name.
    public internal(set) var counters: [String: Int] = [:]
    /// Figures of `/continuo/status` in microseconds, by name without `-us`: the greatest of all servers.
    public internal(set) var times: [String: Double] = [:]
    /// Microseconds of a cycle.
    public internal(set) var period = 0.0
    /// Seconds since the beginning, and bytes that the daemon had in memory.
    public internal(set) var memory: [(seconds: Double, bytes: Int)] = []
    /// Late notes, and long cycles of the port's thread.
    public internal(set) var incidents: [Incident] = []
    /// How often a core stood still for so long that it may make a plan late; nil if nobody watched.
    public internal(set) var lapses: Int?
    public internal(set) var faults: [String] = []
    /// All that the daemon said, up to a megabyte.
    public internal(set) var said = ""
    /// Of the present server.
    private var current: [String: Int] = [:]

    package init() {}

    private static let long = "long cycles"
    private static let counted = [
        "heard", "takeovers", "yields", "revisions", "played", "late", "dropped", "overlong", "silenced", "overflows",
        "lost", "xruns",
    ]

    /// - Parameters:
    ///   - figures: of `/continuo/status`.
    ///   - long: cycles so far of which the port's thread was charged more than half.
    ///   - late: the moment before the last event that was late, if one was.
    ///   - since: the time since the last figures.
    package mutating func take(
        _ figures: [String: OSCMessage.Argument], long: Int, late: Incident.Moment, since: Incident.Moment
    ) {
        var counts = [Self.long: long]
        for name in Self.counted { if case .int(let count)? = figures[name] { counts[name] = Int(count) } }
        // It has left its server by itself, and counts anew on the next.
        if counts.contains(where: { $0.value < current[$0.key] ?? 0 }) { close() }
        func more(_ name: String) -> Int { (counts[name] ?? 0) - (current[name] ?? 0) }
        if more("late") > 0 { incidents.append(Incident(.late(more("late")), late)) }
        if more(Self.long) > 0 { incidents.append(Incident(.long(more(Self.long)), since)) }
        current.merge(counts) { $1 }
        for (name, figure) in figures where name.hasSuffix("-us") {
            if case .float(let time) = figure {
                let name = String(name.dropLast(3))
                times[name] = max(times[name] ?? 0, time)
            }
        }
    }

    /// The daemon leaves a server: its counters begin anew on the next.
    package mutating func close() {
        for (name, count) in current { counters[name, default: 0] += count }
        current = [:]
    }

    /// At which share of the moments a late note would have been excused at any rate.
    public var excusedShare: Double { min(Double(lapses ?? 0) * Incident.window / max(seconds, 1), 1) }

    /// Bytes: the median of the last quarter less that of the second; nil if the drill was too short to tell.
    public var growth: Int? {
        guard memory.count >= 16 else { return nil }
        func median(_ part: ArraySlice<(seconds: Double, bytes: Int)>) -> Int {
            let sorted = part.map(\.bytes).sorted()
            return sorted[sorted.count / 2]
        }
        let quarter = memory.count / 4
        return median(memory.suffix(quarter)) - median(memory[quarter..<2 * quarter])
    }
}

extension ChildProcess {
    /// Bytes that it has in memory now (proc(5), statm); nil if it has ended.
    public var residentMemory: Int? {
        // Not `readFile`: files of /proc have no size.
        let file = open("/proc/\(id)/statm".cPath, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(file, &bytes, bytes.count)
        let words = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).split(separator: " ")
        return words.count > 1 ? Int(words[1]).map { $0 * Int(sysconf(Int32(_SC_PAGESIZE))) } : nil
    }
}
