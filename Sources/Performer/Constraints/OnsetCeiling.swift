// REAL-TIME (improviser): how many notes a second the machine may begin (`notes-per-second`).

import Representation

/// The machine's notes that sounded last, by frame. What sounded is never taken back, so this is no part of a `Moment`.
struct OnsetHistory: BitwiseCopyable {
    /// The most that any ceiling looks back on.
    static var capacity: Int { 64 }
    private var frames = InlineArray<64, Int64>(repeating: .min / 2)
    private var count = 0

    mutating func append(_ frame: Int64) {
        frames[count & (Self.capacity &- 1)] = frame
        count &+= 1
    }

    /// The last but `back`; a time long past if there were not so many.
    subscript(back back: Int) -> Int64 {
        back < Self.capacity ? frames[(count &- 1 &- back) & (Self.capacity &- 1)] : .min / 2
    }
}

extension Improviser {
    /// Sets when the next note may begin. Within any second, or within 1/r seconds if the ceiling r is below 1, at most
    /// so many begin: with what sounded and what is planned already.
    func limitOnsets(_ bounds: inout Bounds) {
        let ceiling = values[.notesPerSecond]
        guard ceiling > 0 else { return }
        let most = max(Int(ceiling), 1)
        let window = timebase.frames(seconds: ceiling < 1 ? 1 / ceiling : 1)
        bounds.firstOnset = firstTick(a: window, afterOnset: most &- 1)
        bounds.firstPair = most > 1 ? firstTick(a: window, afterOnset: most &- 2) : .max
    }

    private func firstTick(a window: Int64, afterOnset back: Int) -> Int64 {
        let onset = onset(back: back)
        return onset < 0 ? .min : placement.firstTick(from: onset &+ window)
    }

    /// When the last onset but `back` comes, of those planned and, before them, those that sounded.
    private func onset(back: Int) -> Int64 {
        var (index, left, first) = (plan.events, back, Int64.max)
        let oldest = max(plan.events &- Plan.eventRoom, 0)
        while index > oldest {
            index &-= 1
            let planned = plan.event(index)
            guard planned.event.isOn else { continue }
            if left == 0 { return planned.frame }
            left &-= 1
            first = planned.frame
        }
        // The plan's own sound in time: those are counted.
        var sounded = 0
        while sounded < OnsetHistory.capacity && onsets[back: sounded] >= first { sounded &+= 1 }
        return onsets[back: sounded &+ left]
    }
}
