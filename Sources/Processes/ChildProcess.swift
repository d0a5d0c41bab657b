// The purpose of this room: programs that run beside this one, and waiting for them. Not real-time.

import Files
import Glibc
import Realtime

/// A child process. It ends with the object at the latest, which the optimiser may release after its last use: call
/// `stop`. What it prints goes to a file that is removed with the object.
/// One thread at a time, not real-time.
public final class ChildProcess {
    /// How a process ended.
    public enum End: Equatable, Sendable {
        case exited(Int32)
        case signalled(Int32)
    }

    public let id: pid_t
    private let name: String
    private let log: String
    private var end: End?

    /// - Parameter words: the program, a path or a name in $PATH, and its arguments.
    public init(_ words: [String]) throws(ProcessError) {
        name = words[0]
        var template = Array("/tmp/continuo-XXXXXX".utf8CString)
        let file = mkstemp(&template)
        guard file >= 0 else { throw .cannotStart("a log file in /tmp", systemError()) }
        defer { close(file) }
        log = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        var process = pid_t()
        let code = Self.spawn(words, output: file, &process)
        guard code == 0 else {
            unlink(log.cPath)
            throw .cannotStart(words[0], String(cString: strerror(code)))
        }
        id = process
    }

    private static func spawn(_ words: [String], output: Int32, _ process: inout pid_t) -> Int32 {
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0.cPath) } + [nil]
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer {
            for argument in arguments { free(argument) }
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for stream in [1, 2] as [Int32] { posix_spawn_file_actions_adddup2(&actions, output, stream) }
        // The child hears signals that this process has blocked to wait for them (Waiting.swift).
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        return posix_spawnp(&process, words[0].cPath, &actions, &attributes, &arguments, environ)
    }

    deinit {
        stop()
        unlink(log.cPath)
    }

    /// Ends it: SIGTERM, and SIGKILL if that does not help.
    public func stop() {
        for number in [SIGTERM, SIGKILL] where hasEnded(within: 0) == nil {
            signal(number)
            _ = hasEnded(within: 2)
        }
    }

    public func signal(_ number: Int32) {
        if end == nil { kill(id, number) }
    }

    /// Waits for its end.
    /// - Returns: nil if it still runs after so many seconds.
    public func hasEnded(within seconds: Double) -> End? {
        let deadline = monotonicNanoseconds() + Int64(seconds * 1e9)
        while end == nil {
            var status: Int32 = 0
            if waitpid(id, &status, WNOHANG) == id {
                // POSIX's WIFEXITED and its kin are macros: the low seven bits are the signal, 0 for an exit.
                let signal = status & 0x7F
                end = signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
            } else if monotonicNanoseconds() >= deadline {
                return nil
            } else {
                usleep(5_000)
            }
        }
        return end
    }

    /// All that it printed, or nothing if that is more than 64 MB.
    public var printedBytes: [UInt8] { (try? readFile(log, limit: 64 << 20)) ?? [] }

    /// The same as text.
    public var printed: String { String(decoding: printedBytes, as: UTF8.self) }

    /// The last lines of it.
    public var said: String {
        let lines = printed.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.suffix(13).joined(separator: "\n")
    }
}

/// The path of a program that was built together with this one.
public func sibling(_ name: String) -> String {
    folder(of: realPath("/proc/self/exe") ?? "") + "/" + name
}
