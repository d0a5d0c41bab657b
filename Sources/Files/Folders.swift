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

/// The files below a folder whose names are wanted, as paths from it, sorted; nil if it cannot be read. Links to folders
/// are followed, and each folder is entered once, by its own path rather than a link's. A folder in it that cannot be
/// read is listed like a file, so that reading it tells why.
public func filesBelow(_ folder: String, where isWanted: (_ name: String) -> Bool) -> [String]? {
    var walk = FolderWalk(top: folder)
    guard walk.enter("", isWanted) else { return nil }
    while !walk.links.isEmpty {
        let links = walk.links.sorted()
        walk.links = []
        for link in links { walk.enterOrList(link, isWanted) }
    }
    return walk.files.sorted()
}

private struct FolderWalk {
    let top: String
    var files: [String] = []
    /// Links to folders; they wait until all that is reached without them has been.
    var links: [String] = []
    /// Device and inode of the folders that were entered.
    private var entered: Set<[UInt64]> = []

    init(top: String) { self.top = top }

    private func place(_ path: String) -> String { path.isEmpty ? top : "\(top)/\(path)" }

    mutating func enterOrList(_ path: String, _ isWanted: (String) -> Bool) {
        if !enter(path, isWanted) { files.append(path) }
    }

    /// - Returns: whether it could be read.
    mutating func enter(_ path: String, _ isWanted: (String) -> Bool) -> Bool {
        var status = stat()
        guard stat(place(path).cPath, &status) == 0, let names = folderEntries(place(path)) else { return false }
        guard entered.insert([UInt64(status.st_dev), UInt64(status.st_ino)]).inserted else { return true }
        for name in names {
            let inner = path.isEmpty ? name : "\(path)/\(name)"
            if isFolder(inner, lstat) {
                enterOrList(inner, isWanted)
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
