import Glibc

/// Reading and writing whole files: what the system refused, in words.

public struct FileError: Error, Equatable, Sendable {
    public var path: String
    /// What was tried: "read", "write", ….
    public var operation: String
    public var reason: String

    public init(path: String, operation: String, reason: String) {
        (self.path, self.operation, self.reason) = (path, operation, reason)
    }
}

extension FileError: CustomStringConvertible {
    public var description: String { "cannot \(operation) \(path): \(reason)" }
}

/// - Parameter limit: bytes; a longer file is refused before anything is allocated for it.
public func readFile(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
    // O_NONBLOCK: opening a pipe would otherwise wait for its writer.
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
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
    var failure: FileError?
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        while count < size {
            let got = read(file, buffer.baseAddress! + count, size - count)
            if got < 0, errno == EINTR { continue }
            if got <= 0 {
                failure =
                    got < 0
                    ? .system("read", path)
                    : FileError(path: path, operation: "read", reason: "it shrank while it was read")
                return
            }
            count += got
        }
    }
    if let failure { throw failure }
    return bytes
}

/// Replaces the file at `path` in one instant: a reader, or a crash at any moment, sees the old file or the whole new one.
/// The bytes go to a temporary file beside it, are synced, and then renamed. Of a link the file that it leads to is
/// replaced; what is no file, such as /dev/stdout, is written to as it is. Any thread off the real-time path.
public func writeAtomically(_ bytes: [UInt8], to path: String) throws(FileError) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(FileError) in
        try writeAtomically(UnsafeRawBufferPointer(buffer), to: path)
    }
}

public func writeAtomically(_ bytes: UnsafeRawBufferPointer, to path: String) throws(FileError) {
    var status = stat()
    if stat(path, &status) == 0, [S_IFCHR, S_IFIFO].contains(status.st_mode & S_IFMT) {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw FileError.system("write", path) }
        return try fill(file, with: bytes, path, syncing: false)
    }
    let path = resolved(path)
    let (file, temporary) = try temporaryFile(beside: path)
    var written = false
    defer { if !written { unlink(temporary) } }
    try fill(file, with: bytes, path)
    guard rename(temporary, path) == 0 else { throw FileError.system("replace", path) }
    written = true
    // The rename itself lasts once its directory is synced; some file systems cannot, which is no failure of the write.
    let directory = open(directory(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { return }
    fsync(directory)
    close(directory)
}

/// Where a link leads; anything else, or what is not there yet, as it is.
private func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
}

private func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// Not `mkstemp`, whose files only their owner may read: these get the permissions that the user's umask gives.
private func temporaryFile(beside path: String) throws(FileError) -> (file: Int32, path: String) {
    var attempt = 0
    while true {
        let temporary = "\(path).\(getpid())-\(attempt).tmp"
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        if file >= 0 { return (file, temporary) }
        guard errno == EEXIST, attempt < 1_000 else { throw FileError.system("write", path) }
        attempt += 1
    }
}

/// Writes, syncs and closes.
private func fill(
    _ file: Int32, with bytes: UnsafeRawBufferPointer, _ path: String, syncing: Bool = true
) throws(FileError) {
    defer { close(file) }
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw FileError.system("write", path) }
        rest = rest.dropFirst(count)
    }
    guard !syncing || fsync(file) == 0 else { throw FileError.system("write", path) }
}

extension FileError {
    /// From `errno`.
    public static func system(_ operation: String, _ path: String) -> FileError {
        FileError(path: path, operation: operation, reason: String(cString: strerror(errno)))
    }
}
