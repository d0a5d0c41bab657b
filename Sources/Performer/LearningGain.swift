// REAL-TIME (improviser): what learning was worth of late.

import Network

/// Sums over the last minute, second by second.
struct LearningGain: BitwiseCopyable {
    private var notes = InlineArray<60, Int32>(repeating: 0)
    private var nats = InlineArray<60, Float>(repeating: 0)
    /// The latest second that anything was added in.
    private var second: Int64 = 0

    /// - Parameter second: of the session's clock; never before that of the last call.
    @_noAllocation @_noLocks
    mutating func add(_ gain: Adaptation.Gain, in second: Int64) {
        var passed = min(second &- self.second, 60)
        self.second = second
        while passed > 0 {
            passed &-= 1
            notes[slot(second &- passed)] = 0
            nats[slot(second &- passed)] = 0
        }
        notes[slot(second)] &+= Int32(truncatingIfNeeded: gain.notes)
        nats[slot(second)] += Float(gain.nats)
    }

    /// Notes learnt from in the last minute, and nats saved in all of them.
    @_noAllocation @_noLocks
    func lastMinute() -> (notes: Int, nats: Float) {
        var (count, sum): (Int, Float) = (0, 0)
        for index in 0..<60 {
            count &+= Int(notes[index])
            sum += nats[index]
        }
        return (count, sum)
    }

    @_noAllocation @_noLocks
    private func slot(_ second: Int64) -> Int { Int(second % 60 &+ 60) % 60 }
}
