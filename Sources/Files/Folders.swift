import Glibc

/// What lies in folders.

/// The names in a folder in the system's order, without `.` and `..`; nil if it cannot be read.
public func folderEntries(_ folder: String) -> [String]? {
    guard let stream = opendir(folder.cPath) else { return nil }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(path: $0.prefix { $0 != 0 }) }
        if name != "." && name != ".." { names.append(name) }
    }
    return names
}

/// Where programs of this name keep what they did: `$XDG_STATE_HOME/continuo`; under systemd the folder that the unit's
/// StateDirectory= names, which may be the only one that it may write to. Nil for a user without a home folder.
/// - Parameter variable: an environment variable's value.
public func stateFolder(variable: (String) -> String? = environmentVariable) -> String? {
    // XDG Base Directory Specification 0.8: a relative path does not count.
    func folder(_ name: String) -> String? { variable(name).flatMap { $0.hasPrefix("/") ? $0 : nil } }
    // systemd.exec(5): paths with ':' between them.
    if let given = folder("STATE_DIRECTORY") { return String(given.prefix { $0 != ":" }) }
    return (folder("XDG_STATE_HOME") ?? folder("HOME").map { $0 + "/.local/state" }).map { $0 + "/continuo" }
}

/// The files below a folder whose names are wanted, as paths from it, sorted; nil if it cannot be read. Links to folders
/// are followed, and each folder is entered once, by its own path rather than a link's. A folder in it that cannot be
/// read is listed like a file, so that reading it tells why.
/// - Parameter enters: whether to look into a folder, of which it gets the whole path; asked once of each but the first.
public func filesBelow(
    _ folder: String, where isWanted: @escaping (_ name: String) -> Bool,
    enters: @escaping (_ folder: String) -> Bool = { _ in true }
) -> [String]? {
    var walk = FolderWalk(top: folder, isWanted: isWanted, enters: enters)
    return walk.run()
}

private struct FolderWalk {
    let top: String
    let isWanted: (String) -> Bool
    let enters: (String) -> Bool
    private var files: [String] = []
    /// Links to folders; they wait until all that is reached without them has been.
    private var links: [String] = []
    /// Device and inode of the folders that were entered.
    private var entered: Set<[UInt64]> = []

    init(top: String, isWanted: @escaping (String) -> Bool, enters: @escaping (String) -> Bool) {
        (self.top, self.isWanted, self.enters) = (top, isWanted, enters)
    }

    mutating func run() -> [String]? {
        guard enter("") else { return nil }
        while !links.isEmpty {
            let found = links.sorted()
            links = []
            for link in found { enterOrList(link) }
        }
        return files.sorted()
    }

    private func place(_ path: String) -> String { path.isEmpty ? top : "\(top)/\(path)" }

    private mutating func enterOrList(_ path: String) {
        if !enter(path) { files.append(path) }
    }

    /// - Returns: whether it could be read.
    private mutating func enter(_ path: String) -> Bool {
        var status = stat()
        guard stat(place(path).cPath, &status) == 0 else { return false }
        guard entered.insert([UInt64(status.st_dev), UInt64(status.st_ino)]).inserted else { return true }
        guard path.isEmpty || enters(place(path)) else { return true }
        guard let names = folderEntries(place(path)) else { return false }
        for name in names {
            let inner = path.isEmpty ? name : "\(path)/\(name)"
            if isFolder(inner, lstat) {
                enterOrList(inner)
            } else if isFolder(inner, stat) {
                links.append(inner)
            } else if isWanted(name) {
                files.append(inner)
            }
        }
        return true
    }

    private func isFolder(
        _ path: String, _ ask: (UnsafePointer<CChar>, UnsafeMutablePointer<stat>) -> Int32
    ) -> Bool {
        var status = stat()
        return ask(place(path).cPath, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
