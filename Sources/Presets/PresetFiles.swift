import Files
import Glibc

/// Which files a preset consists of just now: equal as long as neither has been written or replaced.
public struct PresetFiles: Equatable, Sendable {
    /// Of `preset.toml` and the model: device, inode, size, and the time of the last change in seconds and nanoseconds.
    private let marks: [[Int]]

    public init(_ preset: Preset) {
        marks = [preset.folder + "/preset.toml", preset.model].map { path in
            var status = stat()
            guard stat(path.cPath, &status) == 0 else { return [] }
            return [
                Int(truncatingIfNeeded: status.st_dev), Int(truncatingIfNeeded: status.st_ino), Int(status.st_size),
                status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
            ]
        }
    }

    public var areThere: Bool { marks.allSatisfy { !$0.isEmpty } }
}
