// REAL-TIME (port): notices that a keyboard has gone without a word.

/// Active sensing (MIDI 1.0, status FE): who has sent it once sends something every 300 ms for as long as it is there.
struct ActiveSensing: BitwiseCopyable {
    /// Slack for a keyboard that is late, and for cycles that are (milliseconds).
    static let limit: Float = 420
    private var last: Int64?

    /// A message of any kind came.
    mutating func hear(status: UInt8, at frame: Int64) {
        if last != nil || status == 0xFE { last = frame }
    }

    /// Cycles were missed, and with them input.
    mutating func skip(_ frames: Int64) {
        if let last, frames > 0 { self.last = last &+ frames }
    }

    /// Whether the keyboard has gone, told once.
    mutating func hasGone(at frame: Int64, after limit: Int64) -> Bool {
        guard let last, frame &- last > limit else { return false }
        self.last = nil
        return true
    }
}
