/// `continuod`, as a child of this process.

import Glibc
import Processes

/// A running daemon; `stop` ends it as a service manager would.
public final class DaemonUnderTest {
    /// Its JACK client is named after this process, so that a daemon of the user's is left alone.
    public let name: String
    private let process: ChildProcess

    /// Returns at once.
    /// - Parameters:
    ///   - label: part of its name.
    ///   - preset: a name, or the path of a preset's folder.
    ///   - server: nil for the user's own.
    ///   - machineChannel: 0…15.
    ///   - arguments: more of the daemon's.
    public init(
        _ label: String, preset: String, on server: DummyServer?, machineChannel: UInt8, arguments: [String] = []
    ) throws(ProcessError) {
        name = "continuo-\(label)-\(getpid())"
        process = try ChildProcess(
            [
                sibling("continuod"), "--port", "jack", "--preset", preset, "--name", name, "--no-state",
                "--set", "channel=\(machineChannel + 1)",
                // When it takes over can be foretold.
                "--set", "turn-taking=plain", "--set", "patience=600", "--set", "hold=2",
            ] + (server.map { ["--server", $0.name] } ?? []) + arguments)
    }

    /// - Throws: `ended` if it has ended by itself.
    public func check() throws(ProcessError) {
        if process.hasEnded(within: 0) != nil { throw .ended("continuod", process.said) }
    }

    /// Waits for its ports.
    /// - Throws: `ProcessError`, `PortError`.
    public func connect(to musician: Musician) throws {
        try musician.wish(for: name)
        try wait(seconds: 20, orFail: "continuod's ports did not appear within 20 s") { () throws(ProcessError) in
            try check()
            return musician.isConnected
        }
    }

    /// SIGTERM.
    /// - Returns: its exit status.
    public func stop() throws(ProcessError) -> Int32 {
        process.signal(SIGTERM)
        switch process.hasEnded(within: 10) {
        case .exited(let status): return status
        case .signalled(let signal): throw .ended("continuod (signal \(signal))", process.said)
        case nil: throw .late("continuod did not end within 10 s of SIGTERM")
        }
    }
}
