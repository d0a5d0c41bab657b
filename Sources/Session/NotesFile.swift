/// The list of what sounds at the output, in a file that outlives the program.

import Files
import Glibc
import Performer

/// Why what sounds cannot be listed in a file. The instrument plays nevertheless.
public enum NotesFileError: Error, Equatable, CustomStringConvertible {
    /// Another daemon lists its notes there.
    case inUse(String)
    /// The file or folder, and what is wrong with it.
    case unusable(String, String)

    public var description: String {
        switch self {
        case .inUse(let path): "\(path) is in use by another continuod; give each a --name of its own"
        case .unusable(let path, let reason):
            "\(path) cannot be used: \(reason); remove it, or set XDG_RUNTIME_DIR to a folder of your own"
        }
    }
}

/// `NAME.notes`, mapped: the stage writes into it by plain stores, and what it held when the program was killed is there
/// when the next one opens it. The folder must be in memory (tmpfs): a page of a disk's file can block who writes it.
///
/// Layout: "continuo", a version and four zero bytes, then the words of `NoteList`; numbers in the machine's order.
/// Whatever else is found there is replaced.
public enum NotesFile {
    private static let version: UInt32 = 2
    private static let headerSize = 16
    private static let size = headerSize + NoteList.byteCount

    /// Opens or makes the file, and locks it for as long as the list or the program lives.
    /// - Thread: control
    /// - Parameters:
    ///   - name: of the daemon.
    ///   - folder: made if it is not there, for this user alone.
    public static func list(named name: String, in folder: String) throws(NotesFileError) -> NoteList {
        let path = "\(folder)/\(String(name.map { $0 == "/" ? "_" : $0 })).notes"
        try prepare(folder)
        // O_NONBLOCK: a pipe in its place must not keep the daemon.
        let file = open(path.cPath, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .unusable(path, reason) }
        do throws(NotesFileError) {
            nonisolated(unsafe) let memory = try map(file, path)  // unmapped once, by the last owner
            return NoteList(at: memory + headerSize) {
                munmap(memory, size)
                close(file)
            }
        } catch {
            close(file)
            throw error
        }
    }

    /// `$XDG_RUNTIME_DIR/continuo`, and where there is none a folder of the user's beside JACK's own files.
    public static var folders: [String] {
        let own = environmentVariable("XDG_RUNTIME_DIR") ?? ""
        return (own.hasPrefix("/") ? ["\(own)/continuo"] : []) + ["/dev/shm/continuo-\(geteuid())"]
    }

    private static var reason: String { String(cString: strerror(errno)) }

    /// /dev/shm is everybody's: what another user has put there is not trusted.
    private static func prepare(_ folder: String) throws(NotesFileError) {
        guard mkdir(folder.cPath, 0o700) == 0 || errno == EEXIST else { throw .unusable(folder, reason) }
        var status = stat()
        guard lstat(folder.cPath, &status) == 0 else { throw .unusable(folder, reason) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .unusable(folder, "it is no folder") }
        guard status.st_uid == geteuid() && status.st_mode & 0o022 == 0 else {
            throw .unusable(folder, "others may write to it")
        }
    }

    private static func map(_ file: Int32, _ path: String) throws(NotesFileError) -> UnsafeMutableRawPointer {
        var status = stat()
        guard fstat(file, &status) == 0 else { throw .unusable(path, reason) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unusable(path, "it is no file") }
        guard status.st_uid == geteuid() && status.st_nlink == 1 else { throw .unusable(path, "it is shared") }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            throw errno == EWOULDBLOCK ? .inUse(path) : .unusable(path, reason)
        }
        // What is not of this size is nothing of ours, and begins from zero.
        if status.st_size != size { ftruncate(file, 0) }
        guard ftruncate(file, off_t(size)) == 0 else { throw .unusable(path, reason) }
        let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0)
        guard let memory, memory != MAP_FAILED else { throw .unusable(path, reason) }
        claim(memory)
        mlock(memory, size)
        return memory
    }

    /// Keeps what an earlier program of this version has written; anything else becomes an empty list.
    private static func claim(_ memory: UnsafeMutableRawPointer) {
        var header: [UInt8] = Array("continuo".utf8)
        withUnsafeBytes(of: version) { header += $0 }
        header += [0, 0, 0, 0]
        if memcmp(memory, header, headerSize) == 0 { return }
        memset(memory, 0, size)
        memory.copyMemory(from: header, byteCount: headerSize)
    }
}
