// REAL-TIME (any): position within a cycle of beats.

/// Position within a cycle of beats, such as a bar or the *quantum* of Ableton Link, whose arithmetic this is
/// (`ableton/link/Phase.hpp`): it is counted from beat 0 on both sides, so beat −1 of a quantum of 4 has phase 3.
/// - Thread: any
public struct Phase: Hashable, Sendable, BitwiseCopyable {
    /// Length of the cycle, at least 0.
    public let quantum: Beats
    /// From 0 to less than `quantum`; 0 if that is 0.
    public let elapsed: Beats

    /// - Parameter quantum: no cycle at all unless greater than 0.
    public init(at beats: Beats, quantum: Beats) {
        self.quantum = max(quantum, .zero)
        guard quantum > .zero else {
            elapsed = .zero
            return
        }
        let rest = beats.units % quantum.units
        elapsed = Beats(units: rest < 0 ? rest + quantum.units : rest)
    }

    /// From 0 to less than 1 of the cycle.
    public var fraction: Double {
        quantum > .zero ? min(Double(elapsed.units) / Double(quantum.units), 1.0.nextDown) : 0
    }

    /// First beat of this phase, at `beats` or after it; `beats` itself without a cycle.
    @_noAllocation @_noLocks
    public func next(from beats: Beats) -> Beats {
        let wait = elapsed - Phase(at: beats, quantum: quantum).elapsed
        return beats + (wait < .zero ? wait + quantum : wait)
    }

    /// Nearest beat of this phase, the earlier of two; `beats` itself without a cycle.
    @_noAllocation @_noLocks
    public func nearest(to beats: Beats) -> Beats {
        let next = next(from: beats)
        return next - beats < beats - (next - quantum) ? next : next - quantum
    }
}
