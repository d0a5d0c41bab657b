import Files
import Glibc
import Realtime
import Synchronization

/// Writes the instrument's state into its file, half a second after it changed at the latest, on a thread of its own: a disk may
/// keep it waiting.
public final class StateKeeper: Sendable {
    private let isLeaving: Flag
    private let thread: RealtimeThread

    private final class Flag: Sendable {
        let value = Atomic(false)
    }

    /// - Parameter report: told of a failure, once until a write succeeds again.
    public init(_ instrument: Instrument, in file: StateFile, report: @escaping @Sendable (FileError) -> Void) {
        let isLeaving = Flag()
        self.isLeaving = isLeaving
        FileDraft.removeRemains(of: file.path)
        thread = RealtimeThread(name: "continuo-state", priority: nil) {
            var (kept, hasFailed) = (InstrumentState?.none, false)
            repeat {
                let isLast = isLeaving.value.load(ordering: .acquiring)
                let state = instrument.snapshot
                if state != kept {
                    // What cannot be written now, on a full disk for example, is tried again.
                    do throws(FileError) {
                        try file.write(state)
                        (kept, hasFailed) = (state, false)
                    } catch {
                        if !hasFailed { report(error) }
                        hasFailed = true
                    }
                }
                if isLast { return }
                for _ in 0..<5 where !isLeaving.value.load(ordering: .relaxed) { usleep(100_000) }
            } while true
        }
    }

    /// Returns when the last change is written. Once.
    public func stop() {
        isLeaving.value.store(true, ordering: .releasing)
        thread.join()
    }
}
