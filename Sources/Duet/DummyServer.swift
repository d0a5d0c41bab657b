/// A JACK server without sound hardware.

import Glibc
import Processes
import Realtime

/// `jackd -d dummy` under a name of its own, until `stop` or the end of the object.
public final class DummyServer {
    public let name: String
    public let process: ChildProcess

    /// Returns at once; it answers a moment later.
    ///
    /// Synchronous, unless told otherwise: each cycle waits for every client, so that on a busy machine cycles come late,
    /// but all clients see the same one, and it waits long before it drops one. No real-time priority, unless told so:
    /// most containers refuse it, and a server without hardware does not need it.
    /// - Parameters:
    ///   - label: part of its name.
    ///   - timeout: milliseconds that it waits for a client; one that was killed keeps it for ten times as long.
    public init(
        _ label: String, sampleRate: Int = 48_000, bufferSize: Int = 256, timeout: Int = 5000,
        isSynchronous: Bool = true, isRealtime: Bool = false
    ) throws(ProcessError) {
        // Never a client's name too: JACK 1.9.21 would give both sockets one path.
        name = "dummy-\(label)-\(getpid())"
        let realtime = isRealtime ? ["--realtime", "--realtime-priority", "\(Self.priority)"] : ["--no-realtime"]
        process = try ChildProcess(
            ["jackd"] + realtime + (isSynchronous ? ["--sync"] : []) + [
                "--timeout", "\(timeout)", "--name", name, "-d", "dummy", "-r", "\(sampleRate)", "-p", "\(bufferSize)",
            ])
    }

    static let priority: Int32 = 70

    /// Whether this process may start a server with real-time priority.
    public static var mayBeRealtime: Bool {
        let thread = RealtimeThread(name: "right", priority: priority) {}
        thread.join()
        return thread.right == .granted
    }

    /// - Throws: `ended` if it has ended by itself.
    public func check() throws(ProcessError) {
        if process.hasEnded(within: 0) != nil { throw .ended("jackd", process.said) }
    }

    /// Cycles that a client had not finished when the next one came, as a server says that is not synchronous.
    public func unfinished(by client: String) -> Int {
        process.printed.split(separator: "\n").filter {
            $0.contains("client = \(client) was not finished") || $0.contains("client \(client) finished after")
        }.count
    }

    /// Close the clients first: libjack leaves their semaphores in /dev/shm otherwise.
    public func stop() { process.stop() }
}
