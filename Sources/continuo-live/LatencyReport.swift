/// What `continuo bench latency` prints.

import Commands
import OSC
import Score

struct LatencyReport: Encodable {
    var sampleRate = 0
    var buffer = 0
    var isRealtime = false
    /// From the time that was fixed for a message to its place in the listener's input.
    var throughFrames = Spread([])
    var plainFrames = Spread([])
    /// Of the same message, through the instrument less through the plain client.
    var addedFrames = Spread([])
    /// From the keyboard's callback to the listener's.
    var throughMicroseconds = Spread([])
    var plainMicroseconds = Spread([])
    /// With `entry` 0: from the frame of the take-over to the first note.
    var entryFrames: [Int64] = []
    /// With `entry` 150: replies that began within it.
    var entryInTime = 0
    /// The cycle that takes the command, 1 for the first after it was sent.
    var takeoverCycles: [Int64] = []
    /// From sending the command to the first note, with its lead of 10 ms and the way to the next tick.
    var takeoverMilliseconds: [Double] = []
    /// From the note that interrupts to the last of the machine's note-offs.
    var yieldFrames: [Int64] = []
    var machineNotes = 0
    /// Notes of the machine that did not sound on the frame of a tick.
    var offTick = 0
    /// p50, p99, p99.9, max.
    var jitterMicroseconds: [Double] = []
    /// Of `/continuo/status`.
    var microseconds: [String: Double] = [:]
    var counters: [String: Int] = [:]
    var lost = 0
    var faults: [String] = []

    private static let counted = ["late", "dropped", "lost", "overflows", "silenced", "xruns"]

    mutating func take(_ status: [String: OSCMessage.Argument]) {
        for (name, figure) in status {
            switch figure {
            case .int(let count) where Self.counted.contains(name): counters[name] = Int(count)
            case .float(let time) where name.hasPrefix("callback") || name.hasPrefix("respond"):
                microseconds[name] = (time * 10).rounded() / 10
            default: break
            }
        }
    }

    mutating func judge() {
        if entryFrames.contains(where: { $0 != 0 }) { faults.append("a first note with entry 0 missed its frame") }
        if entryInTime != entryFrames.count { faults.append("a reply with entry 150 began after it") }
        if takeoverCycles.contains(where: { $0 > 1 }) { faults.append("a command waited for more than a cycle") }
        if yieldFrames.contains(where: { $0 != 0 }) { faults.append("a note outlasted its interruption") }
        if offTick > 0 { faults.append("\(offTick) notes off their frame") }
        for name in ["late", "lost", "overflows"] where counters[name] != 0 {
            faults.append("\(name): \(counters[name].map(String.init) ?? "not told")")
        }
        if lost > 0 { faults.append("the bench lost \(lost) messages") }
    }

    var table: String {
        let period = Double(buffer) / Double(sampleRate) * 1e6
        func row(_ name: String, _ cells: [String]) -> String {
            name + String(repeating: " ", count: max(1, 44 - name.count)) + cells.map { padded($0, 9) }.joined()
        }
        func zeros(_ frames: [Int64]) -> String { "\(frames.count { $0 == 0 }) of \(frames.count)" }
        let takeover = Spread(takeoverMilliseconds)
        return """
            \(sampleRate) Hz, \(buffer) frames a cycle (\(fixed(period, 0)) µs), \
            \(isRealtime ? "real-time" : "not real-time")
            \(row("", ["p50", "p99", "p99.9", "max"]))
            \(row("through Continuo, frames from the time fixed", throughFrames.cells))
            \(row("through a plain client, frames", plainFrames.cells))
            \(row("what Continuo adds, frames", addedFrames.cells))
            \(row("through Continuo, µs between callbacks", throughMicroseconds.cells))
            \(row("through a plain client, µs", plainMicroseconds.cells))
            \(row("take-over on command, ms to the first note", takeover.cells))
            \(row("a thread woken each ms, µs late", jitterMicroseconds.map { fixed($0, 1) }))

            first note, entry 0      \(zeros(entryFrames)) on the frame of the take-over
            first note, entry 150    \(entryInTime) of \(entryFrames.count) within it
            take-over on command     taken in cycle \(takeoverCycles.max() ?? 0) after it at the latest
            interruption             \(zeros(yieldFrames)) with all note-offs on the player's frame
            notes of the machine     \(machineNotes), \(offTick) off their frame, \(counters["late"] ?? 0) late
            own callback, µs         p50 \(time("p50")), p99 \(time("p99")), p99.99 \(time("p9999")), max \(time("max"))
            xruns                    \(counters["xruns"] ?? 0), whoever was late

            through Continuo, µs:
            \(throughMicroseconds.picture)
            through a plain client, µs:
            \(plainMicroseconds.picture)
            """
    }

    private func time(_ part: String) -> String { microseconds["callback-\(part)-us"].map { fixed($0, 1) } ?? "?" }
}
