/// Writes a performer's tape into a file while it plays.

import Files
import Glibc
import Performer
import Realtime
import Synchronization

/// On a thread of its own, since a disk may keep it waiting. What was played is in the file a fifth of a second later, also if
/// the program is killed.
public final class TapeRecorder: Sendable {
    private let isLeaving: Flag
    private let thread: RealtimeThread

    private final class Flag: Sendable {
        let value = Atomic(false)
    }

    /// Begins; call it before the performer plays.
    /// - Parameters:
    ///   - performer: made with `isTaped`.
    ///   - path: of a new file. If there is one already, it becomes `path-2`, `path-3` and so on.
    ///   - report: told once if the file cannot be written any more; the tape ends there.
    /// - Throws: `FileError` if the file cannot be made.
    public init(
        _ performer: Performer, _ header: TapeHeader, path: String,
        report: @escaping @Sendable (FileError) -> Void
    ) throws(FileError) {
        let (file, name) = try Self.open(path)
        let isLeaving = Flag()
        self.isLeaving = isLeaving
        let head = header.bytes
        thread = RealtimeThread(name: "continuo-tape", priority: nil) {
            defer { close(file) }
            var encoder = TapeEncoder()
            var bytes = head
            var hasFailed = false
            while true {
                let isLast = isLeaving.value.load(ordering: .acquiring)
                while let item = performer.nextTapeItem() { encoder.append(item) }
                bytes += encoder.take()
                if !hasFailed, let failure = Self.write(bytes, to: file, name) {
                    hasFailed = true
                    report(failure)
                }
                bytes.removeAll(keepingCapacity: true)
                if isLast { return }
                usleep(100_000)
            }
        }
    }

    /// Returns when everything is written. Once, after the port has stopped.
    public func stop() {
        isLeaving.value.store(true, ordering: .releasing)
        thread.join()
    }

    private static func open(_ path: String) throws(FileError) -> (Int32, String) {
        for number in 1..<1000 {
            let name = number == 1 ? path : "\(path)-\(number)"
            let file = Glibc.open(name.cPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            if file >= 0 { return (file, name) }
            guard errno == EEXIST else { break }
        }
        throw FileError.system("make", path)
    }

    private static func write(_ bytes: [UInt8], to file: Int32, _ name: String) -> FileError? {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress! + done, bytes.count - done) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return FileError.system("write", name) }
            done += count
        }
        return nil
    }
}
