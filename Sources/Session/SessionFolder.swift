/// Where sessions are kept: a folder for each, named by the date and time at which somebody began to play.

import Files
import Glibc

/// Why a session cannot be found or touched.
public enum SessionError: Error, Equatable, CustomStringConvertible {
    /// There is no home folder.
    case nowhere
    /// The name asked for, and the folder.
    case unknown(String, String)
    /// Several begin so.
    case ambiguous(String, [String])
    case isRecorded(String)

    public var description: String {
        switch self {
        case .nowhere: "you have no home folder; name the folder of the sessions with --folder"
        case .unknown(let name, let folder):
            "there is no session '\(name)' in \(folder); continuo sessions lists them, and 'last' is the latest"
        case .ambiguous(let name, let names):
            "'\(name)' may be \(names.prefix(3).joined(separator: ", "))\(names.count > 3 ? " …" : ""); write more of it"
        case .isRecorded(let name):
            "\(name) is being recorded; end that with /continuo/record 0, or end continuod, and try again"
        }
    }
}

/// A session's folder holds its tape, and from its end on the MIDI file made of that.
/// - Thread: any, but no real-time one
public struct SessionFolder: Sendable {
    public let path: String

    public init(path: String) { self.path = path }

    /// `sessions` in the folder where the daemon keeps its state; nil for a user without a home folder.
    /// - Parameter variable: an environment variable's value.
    public init?(variable: (String) -> String? = environmentVariable) {
        guard let folder = stateFolder(variable: variable) else { return nil }
        path = folder + "/sessions"
    }

    public func tape(_ name: String) -> String { "\(path)/\(name)/session.tape" }
    public func midi(_ name: String) -> String { "\(path)/\(name)/session.mid" }

    /// Of all sessions, the oldest first.
    public var names: [String] {
        (folderEntries(path) ?? []).filter { Self.isName($0) && access(tape($0).cPath, F_OK) == 0 }.sorted {
            Self.order($0) < Self.order($1)
        }
    }

    /// - Parameter name: or its beginning; `last`.
    public func find(_ name: String) throws(SessionError) -> String {
        let names = names
        if name == "last", let last = names.last { return last }
        if names.contains(name) { return name }
        let fitting = name.isEmpty ? [] : names.filter { $0.hasPrefix(name) }
        guard let first = fitting.first else { throw .unknown(name, path) }
        guard fitting.count == 1 else { throw .ambiguous(name, fitting) }
        return first
    }

    /// Whether a daemon records it now, which holds a lock on the tape.
    public func isRecorded(_ name: String) -> Bool {
        let file = open(tape(name).cPath, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return false }
        defer { close(file) }
        return flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    /// Of all its files.
    public func bytes(_ name: String) -> Int {
        [tape(name), midi(name)].reduce(0) { sum, file in
            var status = stat()
            return stat(file.cPath, &status) == 0 ? sum + Int(status.st_size) : sum
        }
    }

    /// When something was last written of it, in seconds since 1970.
    public func changed(_ name: String) -> Int {
        var status = stat()
        return stat(tape(name).cPath, &status) == 0 ? status.st_mtim.tv_sec : 0
    }

    public func music(_ name: String) throws -> SessionMusic { SessionMusic(try Tape(path: tape(name))) }

    /// Its MIDI file, made now if the daemon could not.
    public func midiFile(_ name: String) throws {
        guard access(midi(name).cPath, F_OK) != 0, !isRecorded(name) else { return }
        try music(name).midiFile().write(to: midi(name))
    }

    /// What a program that was killed could not end. What is damaged stays as it is.
    public func complete() { for name in names { try? midiFile(name) } }

    /// Makes the folder of a session that begins now.
    func make(at time: Int) throws(FileError) -> String {
        try makeFolders(path)
        let date = Self.name(of: time)
        for number in 1..<1000 {
            let name = number == 1 ? date : "\(date)-\(number)"
            if mkdir("\(path)/\(name)".cPath, 0o700) == 0 { return name }
            guard errno == EEXIST else { break }
        }
        throw .system("make the folder", "\(path)/\(date)")
    }

    /// Its files and its folder; what else lies there stays.
    public func delete(_ name: String) throws {
        if isRecorded(name) { throw SessionError.isRecorded(name) }
        try remove(name)
    }

    func remove(_ name: String) throws(FileError) {
        FileDraft.removeRemains(of: midi(name))
        for file in [midi(name), tape(name)] where unlink(file.cPath) != 0 && errno != ENOENT {
            throw .system("delete", file)
        }
        guard rmdir("\(path)/\(name)".cPath) == 0 || errno == ENOENT else { throw .system("delete", "\(path)/\(name)") }
    }

    /// Deletes what is too old or too much, the oldest first, and nothing that is being recorded.
    /// - Parameter now: in seconds since 1970.
    @discardableResult public func keep(within limits: RecordLimits, now: Int) -> [String] {
        var deleted: [String] = []
        let kept = names.map { (name: $0, bytes: bytes($0)) }
        var sum = kept.reduce(0) { $0 + $1.bytes }
        for (name, bytes) in kept {
            let isOld = limits.days > 0 && now - changed(name) > limits.days * 86_400
            guard isOld || sum > limits.bytes, !isRecorded(name) else { continue }
            // The folder stays if there is something else in it.
            try? remove(name)
            let left = self.bytes(name)
            sum -= bytes - left
            if left == 0 { deleted.append(name) }
        }
        return deleted
    }

    /// 2026-05-01T20-15-09, of this place; `:` is no letter of names everywhere.
    private static func name(of time: Int) -> String {
        var seconds = time
        var parts = tm()
        localtime_r(&seconds, &parts)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { text in
            let count = strftime(text.baseAddress!, text.count, "%Y-%m-%dT%H-%M-%S", &parts)
            return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    /// A date and time, and a number where there were several.
    private static func isName(_ name: String) -> Bool {
        let letters = Array(name.utf8)
        guard letters.count >= 19, letters[10] == UInt8(ascii: "T") else { return false }
        return letters.enumerated().allSatisfy { index, letter in
            [4, 7, 13, 16, 19].contains(index) ? letter == UInt8(ascii: "-") : index == 10 || 48...57 ~= letter
        }
    }

    private static func order(_ name: String) -> (String, Int) {
        (String(name.prefix(19)), Int(name.dropFirst(20)) ?? 0)
    }
}

/// How much is kept of earlier sessions.
public struct RecordLimits: Equatable, Sendable {
    public var bytes: Int
    /// 0: for ever.
    public var days: Int

    public init(megabytes: Int, days: Int) {
        bytes = megabytes.multipliedReportingOverflow(by: 1_000_000).overflow ? .max : megabytes * 1_000_000
        self.days = days
    }
}
