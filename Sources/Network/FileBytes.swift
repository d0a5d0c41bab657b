/// Whole files in and out, the way model files need it: never half written, never an endless read.
import Glibc

enum FileBytes {
    /// Far above any model or checkpoint; below what would exhaust a small machine by accident.
    static let limit = 4 << 30

    /// Reads a regular file; pipes and devices, which may never end, are refused.
    static func read(_ path: String) throws(ModelFileError) -> [UInt8] {
        // O_NONBLOCK: opening a pipe would otherwise wait for its writer.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw .unreadable(file: path, reason: systemError()) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw .unreadable(file: path, reason: systemError()) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unreadable(file: path, reason: "not a regular file") }
        let size = Int(status.st_size)
        guard size <= limit else { throw .unreadable(file: path, reason: "larger than \(limit >> 30) GiB") }
        var failure: String?
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let got = Glibc.read(file, buffer.baseAddress! + count, size - count)
                if got < 0 && errno == EINTR { continue }
                if got <= 0 {
                    failure = got == 0 ? "the file shrank while it was read" : systemError()
                    break
                }
                count += got
            }
        }
        if let failure { throw .unreadable(file: path, reason: failure) }
        return bytes
    }

    /// Temporary file beside the target, synced, renamed: after a crash the old file or the new one stands, whole.
    static func writeAtomically(_ bytes: [UInt8], to path: String) throws(ModelFileError) {
        var template = Array("\(path).XXXXXX".utf8CString)
        let file = mkstemp(&template)
        guard file >= 0 else { throw .unwritable(file: path, reason: systemError()) }
        var failure = write(bytes, to: file)
        // mkstemp makes a file for its owner alone; models are for everyone.
        if failure == nil, fchmod(file, 0o644) != 0 || fsync(file) != 0 { failure = systemError() }
        if close(file) != 0, failure == nil { failure = systemError() }
        if failure == nil, rename(template, path) != 0 { failure = systemError() }
        if let failure {
            unlink(template)
            throw .unwritable(file: path, reason: failure)
        }
        syncFolder(of: path)
    }

    /// nil, or what went wrong.
    private static func write(_ bytes: [UInt8], to file: Int32) -> String? {
        bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let count = Glibc.write(file, buffer.baseAddress! + done, buffer.count - done)
                if count < 0 && errno == EINTR { continue }
                if count < 0 { return systemError() }
                done += count
            }
            return nil
        }
    }

    /// Makes the rename itself durable. Some file systems refuse to sync a folder; the file is whole either way.
    private static func syncFolder(of path: String) {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else { return }
        fsync(handle)
        close(handle)
    }

    private static func systemError() -> String { String(cString: strerror(errno)) }
}
