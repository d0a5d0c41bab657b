import Glibc

/// Reading and writing whole files: what the system refused, in words.

public struct FileError: Error, Equatable, Sendable {
    public var path: String
    /// What was tried: "read", "write", ….
    public var operation: String
    public var reason: String
}

extension FileError: CustomStringConvertible {
    public var description: String { "cannot \(operation) \(path): \(reason)" }
}

/// - Parameter limit: bytes; a longer file is refused before anything is allocated for it.
public func readFile(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw FileError.system("open", path) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw FileError.system("read", path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
        throw FileError(path: path, operation: "read", reason: "it is not a regular file")
    }
    let size = Int(status.st_size)
    guard size <= limit else {
        throw FileError(path: path, operation: "read", reason: "it has \(size) bytes, more than the \(limit) allowed")
    }
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        while count < size {
            let got = read(file, buffer.baseAddress! + count, size - count)
            if got < 0, errno == EINTR { continue }
            failed = got < 0
            if got <= 0 { return }
            count += got
        }
    }
    if failed { throw FileError.system("read", path) }
    return bytes
}

extension FileError {
    /// From `errno`.
    fileprivate static func system(_ operation: String, _ path: String) -> FileError {
        FileError(path: path, operation: operation, reason: String(cString: strerror(errno)))
    }
}
