// REAL-TIME (improviser): the frames of the plan's ticks.

import Representation

/// Where the events of a tick sound: on its nearest frame, but those of a line of the beat on the line's own.
struct Placement: BitwiseCopyable {
    let timebase: Timebase
    /// Nil: notes begin anywhere.
    let grid: OnsetGrid?
    /// The tick and frame of a take-over on a line.
    let takeover: (tick: Int64, frame: Int64)?

    /// Rises with the tick.
    func frame(of tick: Int64) -> Int64 {
        if let takeover, takeover.tick == tick { return takeover.frame }
        return grid?.frame(ofOnset: tick) ?? timebase.frame(of: tick)
    }

    /// The first tick whose frame is not before `frame`.
    func firstTick(from frame: Int64) -> Int64 {
        var tick = timebase.tick(of: frame) &- 1
        while self.frame(of: tick) < frame { tick &+= 1 }
        return tick
    }
}

extension Improviser {
    var placement: Placement {
        let takeover = turn.takeover.flatMap { $0.isOnLine ? (tick: $0.tick, frame: $0.frame) : nil }
        return Placement(
            timebase: timebase, grid: values.usesBeat ? beat.grid(values, timebase) : nil, takeover: takeover)
    }
}
