/// What tests of more than one target need; `Tests/README.md` lists it. Nothing but tests uses this target.
///
/// This file: folders and files that a test writes into.
import Files
import Glibc

/// An empty folder of its own, removed with all that lies in it when the value's scope ends.
public struct TemporaryFolder: ~Copyable, Sendable {
    public let path: String

    /// In `TMPDIR`, else in `/tmp`.
    public init() throws(FileError) {
        var template = Array(
            ((getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp") + "/continuo-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw FileError.system("make", "a temporary folder") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { removeAll(path) }

    /// Makes a folder in it, with those that it lies in.
    /// - Returns: the whole path.
    @discardableResult public borrowing func folder(_ name: String) throws(FileError) -> String {
        try makeFolders("\(path)/\(name)")
        return "\(path)/\(name)"
    }

    /// Writes a file in it.
    /// - Returns: the whole path.
    @discardableResult public borrowing func write(_ bytes: [UInt8], _ name: String) throws(FileError) -> String {
        try writeAtomically(bytes, to: "\(path)/\(name)")
        return "\(path)/\(name)"
    }

    @discardableResult public borrowing func write(_ text: String, _ name: String) throws(FileError) -> String {
        try write(Array(text.utf8), name)
    }
}

/// The path of a file that does not exist yet, alone in a temporary folder.
public struct TemporaryFile: ~Copyable, Sendable {
    private let folder: TemporaryFolder
    public let path: String

    public init(named name: String = "file") throws(FileError) {
        folder = try TemporaryFolder()
        path = folder.path + "/" + name
    }
}

/// Links go, and not what they lead to.
private func removeAll(_ path: String) {
    if unlink(path.cPath) == 0 { return }
    for name in folderEntries(path) ?? [] { removeAll("\(path)/\(name)") }
    rmdir(path.cPath)
}
