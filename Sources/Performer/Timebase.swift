// REAL-TIME (any): frames of the port and ticks of the music.

/// Frame 0 is tick 0, until something is undone; a tick falls on the nearest frame.
struct Timebase: BitwiseCopyable {
    /// Frames a second.
    let rate: Int64
    /// The grid of the mind's representation. 0 in the stage, which knows no mind and counts in frames only.
    var ticksPerSecond: Int64 = 0
    /// Ticks that have passed and do not count: those of what was undone.
    var undone: Int64 = 0

    func frame(of tick: Int64) -> Int64 {
        ((tick &+ undone) &* rate &+ ticksPerSecond / 2) / ticksPerSecond
    }

    /// The nearest tick.
    func tick(of frame: Int64) -> Int64 { (frame &* ticksPerSecond &+ rate / 2) / rate &- undone }

    /// The first tick whose frame is not before `frame`.
    func firstTick(from frame: Int64) -> Int64 {
        var tick = frame &* ticksPerSecond / rate &- undone
        while self.frame(of: tick) < frame { tick &+= 1 }
        return tick
    }

    func frames(milliseconds: Float) -> Int64 { Int64(Double(milliseconds) * Double(rate) / 1000) }
    func frames(seconds: Float) -> Int64 { Int64(Double(seconds) * Double(rate)) }
    func ticks(_ frames: Int64) -> Int64 { frames &* ticksPerSecond / rate }
}
