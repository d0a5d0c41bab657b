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
    let file = open(path.cPath, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
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

/// The first bytes of a regular file, by which kinds of files are told apart.
/// - Returns: at most `count`; nil if it is no regular file or cannot be read.
public func firstBytes(_ path: String, _ count: Int) -> [UInt8]? {
    let file = open(path.cPath, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    var bytes = [UInt8](repeating: 0, count: count)
    let got = read(file, &bytes, count)
    return got < 0 ? nil : Array(bytes.prefix(got))
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
    if stat(path.cPath, &status) == 0, [S_IFCHR, S_IFIFO].contains(status.st_mode & S_IFMT) {
        let file = open(path.cPath, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw FileError.system("write", path) }
        defer { close(file) }
        return try writeAll(bytes, to: file, path)
    }
    let draft = try FileDraft(path)
    try draft.write(bytes)
    try draft.commit()
}

/// A file that takes its place in one instant: until `commit` it lies beside it under another name, and it goes with the
/// draft that is not committed. Of a link the file that it leads to is replaced. One thread at a time, off the real-time path.
public struct FileDraft: ~Copyable {
    private let path: String
    private let temporary: String
    private let file: Int32
    private var isInPlace = false

    /// - Parameter offset: the byte where `write` begins; those before it are zeros until they are written too.
    public init(_ path: String, startingAt offset: Int = 0) throws(FileError) {
        let place = realPath(path) ?? path
        (file, temporary) = try temporaryFile(beside: place)
        self.path = place
        lseek(file, off_t(offset), SEEK_SET)
    }

    deinit {
        // Once it is in place the name may be another draft's.
        if !isInPlace { unlink(temporary.cPath) }
        close(file)
    }

    /// Goes on where the last bytes ended.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) { try writeAll(bytes, to: file, path) }

    /// Goes on at this byte.
    public func seek(to offset: Int) throws(FileError) {
        guard lseek(file, off_t(offset), SEEK_SET) >= 0 else { throw FileError.system("write", path) }
    }

    /// Once all is on disk it takes its place.
    public consuming func commit() throws(FileError) {
        guard fsync(file) == 0 else { throw FileError.system("write", path) }
        guard rename(temporary.cPath, path.cPath) == 0 else { throw FileError.system("replace", path) }
        isInPlace = true
        syncFolder(folder(of: path))
    }

    /// Removes the drafts of processes that were killed, beside where they belonged.
    public static func removeRemains(of path: String) {
        let place = realPath(path) ?? path
        let folder = folder(of: place)
        for name in folderEntries(folder) ?? [] {
            let whole = place.contains("/") ? "\(folder == "/" ? "" : folder)/\(name)" : name
            guard whole.hasPrefix(place + "."), whole.hasSuffix(".tmp"),
                let process = pid_t(whole.dropFirst(place.count + 1).prefix { $0 != "-" }),
                kill(process, 0) != 0, errno == ESRCH
            else { continue }
            unlink(whole.cPath)
        }
    }
}

/// Makes a folder and those that it lies in, as far as they are not there.
public func makeFolders(_ path: String) throws(FileError) {
    var made = path.utf8.first == UInt8(ascii: "/") ? "" : "."
    for part in path.utf8.split(separator: UInt8(ascii: "/")) {
        made += "/\(Substring(part))"
        guard mkdir(made.cPath, 0o777) == 0 || errno == EEXIST else { throw .system("make the folder", path) }
    }
    // It may be a file that is there already.
    var status = stat()
    guard stat(path.cPath, &status) == 0 else { throw .system("make the folder", path) }
    guard status.st_mode & S_IFMT == S_IFDIR else {
        throw FileError(path: path, operation: "make the folder", reason: "there is a file of that name")
    }
}

/// What was made, renamed and removed in it lasts. Some file systems cannot, which is no failure.
public func syncFolder(_ path: String) {
    let folder = open(path.cPath, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return }
    fsync(folder)
    close(folder)
}

/// Where a link leads; anything else, or what is not there yet, as it is.
public func resolved(_ path: String) -> String { realPath(path) ?? path }

/// The folder that a file lies in, by its path alone. By bytes: a combining mark that begins a name makes one character of it
/// and the slash.
public func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// Not `mkstemp`, whose files only their owner may read: these get the permissions that the user's umask gives.
private func temporaryFile(beside path: String) throws(FileError) -> (file: Int32, path: String) {
    var attempt = 0
    while true {
        let temporary = "\(path).\(getpid())-\(attempt).tmp"
        let file = open(temporary.cPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        if file >= 0 { return (file, temporary) }
        guard errno == EEXIST, attempt < 1_000 else { throw FileError.system("write", path) }
        attempt += 1
    }
}

private func writeAll(_ bytes: UnsafeRawBufferPointer, to file: Int32, _ path: String) throws(FileError) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw FileError.system("write", path) }
        rest = rest.dropFirst(count)
    }
}

extension FileError {
    /// From `errno`.
    public static func system(_ operation: String, _ path: String) -> FileError {
        FileError(path: path, operation: operation, reason: systemError())
    }
}

/// What `errno` says.
public func systemError() -> String { String(cString: strerror(errno)) }
