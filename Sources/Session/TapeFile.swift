/// A tape in a file of its own (`continuod --tape`).

import Files
import Glibc
import Performer

/// Appends to the file what there is, ten times a second.
public struct TapeFile: TapeOutlet {
    private var writer: TapeWriter
    private var encoder = TapeEncoder()
    private var hasFailed = false
    private let report: @Sendable (FileError) -> Void

    /// - Parameters:
    ///   - path: of a new file. If there is one already, it becomes `path-2`, `path-3` and so on.
    ///   - report: told once if the file cannot be written any more; the tape ends there.
    /// - Throws: `FileError` if the file cannot be made.
    public init(
        _ header: TapeHeader, path: String, report: @escaping @Sendable (FileError) -> Void
    ) throws(FileError) {
        self.report = report
        writer = try Self.open(path)
        write(header.bytes)
    }

    private static func open(_ path: String) throws(FileError) -> TapeWriter {
        for number in 1..<1000 {
            let name = number == 1 ? path : "\(path)-\(number)"
            do throws(FileError) { return try TapeWriter(name) } catch {
                guard access(name.cPath, F_OK) == 0 else { throw error }
            }
        }
        throw FileError(path: path, operation: "make", reason: "there are a thousand of that name")
    }

    package mutating func take(_ item: TapeItem) { encoder.append(item) }

    package mutating func rest() { write(encoder.take()) }

    package mutating func end() {
        rest()
        writer.close()
    }

    private mutating func write(_ bytes: [UInt8]) {
        guard !hasFailed else { return }
        do throws(FileError) { try writer.append(bytes) } catch {
            hasFailed = true
            report(error)
        }
    }
}

/// A new file that only grows, locked for as long as it is open.
struct TapeWriter: Sendable {
    private let file: Int32
    let path: String
    /// Written so far.
    private(set) var count = 0

    init(_ path: String) throws(FileError) {
        self.path = path
        file = open(path.cPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .system("make", path) }
        // Who asks whether it is locked holds a lock for an instant.
        for _ in 0..<50 where flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK { usleep(1000) }
    }

    /// All of it or nothing.
    mutating func append(_ bytes: [UInt8]) throws(FileError) {
        var done = 0
        while done < bytes.count {
            let written = bytes.withUnsafeBytes { write(file, $0.baseAddress! + done, bytes.count - done) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else {
                let error = FileError.system("write", path)
                _ = ftruncate(file, off_t(count))
                throw error
            }
            done += written
        }
        count += done
    }

    func close() { _ = Glibc.close(file) }
}
