/// Takes a performer's tape while it plays, for those who write it into files.

import Glibc
import Performer
import Realtime
import Synchronization

/// Somewhere a tape goes to. Used by one thread, first by the one that makes it, then by the recorder's.
package protocol TapeOutlet: Sendable {
    mutating func take(_ item: TapeItem)
    /// Ten times a second, after what there was to take.
    mutating func rest()
    /// Once, after the last item.
    mutating func end()
}

/// On a thread of its own, since a disk may keep it waiting. What was played is in the files a fifth of a second later, or a half,
/// also if the program is killed.
public final class TapeRecorder: Sendable {
    private let isLeaving: Flag
    private let thread: RealtimeThread

    private final class Flag: Sendable {
        let value = Atomic(false)
    }

    /// Begins; call it before the performer plays.
    /// - Parameters:
    ///   - performer: made with `isTaped`.
    ///   - file: the tape's own file.
    ///   - session: the folder of sessions.
    public init(_ performer: Performer, file: TapeFile? = nil, session: SessionOutlet? = nil) {
        let isLeaving = Flag()
        self.isLeaving = isLeaving
        let all = [file.map { $0 as any TapeOutlet }, session.map { $0 as any TapeOutlet }].compactMap { $0 }
        thread = RealtimeThread(name: "continuo-tape", priority: nil) {
            var outlets = all
            while true {
                let isLast = isLeaving.value.load(ordering: .acquiring)
                while let item = performer.nextTapeItem() {
                    for index in outlets.indices { outlets[index].take(item) }
                }
                for index in outlets.indices { outlets[index].rest() }
                if isLast { break }
                usleep(100_000)
            }
            for index in outlets.indices { outlets[index].end() }
        }
    }

    /// Returns when everything is written. Once, after the port has stopped.
    public func stop() {
        isLeaving.value.store(true, ordering: .releasing)
        thread.join()
    }
}
