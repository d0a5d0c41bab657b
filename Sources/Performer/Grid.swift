// REAL-TIME (improviser): what the beat means for turns and notes.

import Representation
import Time

/// The lines on which turns begin and end (`quantise`).
enum Quantise: Int, CaseIterable, BitwiseCopyable {
    case off, beat, bar
}

/// The lines on which notes begin (`grid`).
enum GridChoice: Int, CaseIterable, BitwiseCopyable {
    case off, quarters, eighths, sixteenths, thirtySeconds, eighthTriplets, sixteenthTriplets

    var name: String {
        switch self {
        case .off: "off"
        case .quarters: "1/4"
        case .eighths: "1/8"
        case .sixteenths: "1/16"
        case .thirtySeconds: "1/32"
        case .eighthTriplets: "1/8t"
        case .sixteenthTriplets: "1/16t"
        }
    }

    /// From line to line; nil: there are none.
    var step: Beats? {
        switch self {
        case .off: nil
        case .quarters: Beats(units: Beats.unitsPerBeat)
        case .eighths: Beats(units: Beats.unitsPerBeat / 2)
        case .sixteenths: Beats(units: Beats.unitsPerBeat / 4)
        case .thirtySeconds: Beats(units: Beats.unitsPerBeat / 8)
        case .eighthTriplets: Beats(units: Beats.unitsPerBeat / 3)
        case .sixteenthTriplets: Beats(units: Beats.unitsPerBeat / 6)
        }
    }

    var isTriplets: Bool { self == .eighthTriplets || self == .sixteenthTriplets }
}

extension ParameterValues {
    var quantise: Quantise { Quantise(rawValue: Int(self[.quantise])) ?? .off }
    var gridChoice: GridChoice { GridChoice(rawValue: Int(self[.grid])) ?? .off }
    /// Whether anything that the machine does depends on the beat.
    var usesBeat: Bool { quantise != .off || gridChoice != .off || self[.bars] > 0 }
}

extension Beat {
    /// The lines of the grid; nil if there are none, or no beat passes.
    func grid(_ values: ParameterValues, _ timebase: Timebase) -> OnsetGrid? {
        guard isPassing, let step = values.gridChoice.step else { return nil }
        let swing = values.gridChoice.isTriplets ? 0.5 : Double(values[.swing])
        return OnsetGrid(
            line, every: step, swing: swing, rate: timebase.rate, ticksPerSecond: timebase.ticksPerSecond,
            uncounted: timebase.undone)
    }

    /// The first line of this kind at a frame or after it; the frame itself if no beat passes.
    func line(_ kind: Quantise, from frame: Int64) -> Int64 {
        guard isPassing, let quantum = quantum(kind) else { return frame }
        // A line whose nearest frame this is may lie half a frame before.
        let earliest = line.beats(at: frame) - Beats(nearest: 0.5 / line.framesPerBeat)
        let next = Time.Phase(at: .zero, quantum: quantum).next(from: earliest)
        let place = line.frame(of: next)
        return place < frame ? line.frame(of: next + quantum) : place
    }

    private func quantum(_ kind: Quantise) -> Beats? {
        switch kind {
        case .off: nil
        case .beat: meter.beat
        case .bar: meter.bar
        }
    }

    /// Where a reply ends that begins at a frame and lasts whole bars: so many, or about `length` frames.
    /// - Parameter isOnBar: it began on a bar line.
    func end(ofBars bars: Int, from frame: Int64, length: Int64, isOnBar: Bool) -> Int64 {
        let framesPerBar = meter.bar.quarters * line.framesPerBeat
        let nearest = Int(Double(length) / framesPerBar + 0.5)
        let count = bars > 0 ? bars : max(1, min(nearest, 10_000))
        let start = line.beats(at: frame)
        let bar = isOnBar ? Time.Phase(at: .zero, quantum: meter.bar).nearest(to: start) : start
        return line.frame(of: bar + meter.bar * count)
    }
}
