import Files
import Glibc
import Presets

/// Where the instrument's state lies between two runs: `NAME.state` in `stateFolder`.
public struct StateFile: Sendable {
    /// Longer than any state.
    private static let longest = 256 << 10

    public let path: String

    /// - Parameters:
    ///   - name: of the daemon.
    ///   - variable: an environment variable's value.
    /// - Returns: nil for a user without a home folder.
    public init?(named name: String, variable: (String) -> String? = environmentVariable) {
        guard let folder = stateFolder(variable: variable) else { return nil }
        path = "\(folder)/\(String(name.map { $0 == "/" ? "_" : $0 })).state"
    }

    /// - Returns: nil if there is none.
    /// - Throws: `ControlError` if it is damaged or cannot be read.
    public func read() throws(ControlError) -> InstrumentState? {
        guard access(path.cPath, F_OK) == 0 else { return nil }
        let bytes: [UInt8]
        do throws(FileError) { bytes = try readFile(path, limit: Self.longest) } catch { throw .unreadable(error) }
        return try InstrumentState(bytes, file: path)
    }

    /// Replaces it in one instant: after kill -9 there is the old one or the new one.
    /// - Thread: control
    public func write(_ state: InstrumentState) throws(FileError) {
        try makeFolders(Files.folder(of: path))
        try writeAtomically(Array(state.text.utf8), to: path)
    }

    /// Moves one that cannot be used out of the way of the next.
    /// - Returns: where it lies then.
    public func setAside() -> String {
        let other = path + ".old"
        rename(path.cPath, other.cPath)
        return other
    }
}
