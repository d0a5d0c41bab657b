/// A JACK server without sound hardware.

import Glibc
import Ports

/// `jackd -d dummy` under a name of its own, until the object ends.
public final class DummyServer {
    public let name: String
    public let process: ChildProcess

    /// Returns once the server answers.
    ///
    /// Synchronous: each cycle waits for every client, so that on a busy machine cycles come late, but all clients see
    /// the same one, and it waits long before it drops one. No real-time priority, which most containers refuse and a server without hardware does not need.
    /// - Parameter label: part of its name.
    public init(_ label: String, sampleRate: Int = 48_000, bufferSize: Int = 256) throws(DuetError) {
        let name = "continuo-\(label)-\(getpid())"
        let process = try ChildProcess([
            "jackd", "--no-realtime", "--sync", "--timeout", "5000", "--name", name, "-d", "dummy", "-r",
            "\(sampleRate)", "-p",
            "\(bufferSize)",
        ])
        (self.name, self.process) = (name, process)
        try wait(seconds: 15, orFail: "jackd did not answer within 15 s") { () throws(DuetError) in
            if process.hasEnded(within: 0) != nil { throw .ended("jackd", process.said) }
            return jackServerAnswers(name)
        }
    }
}

/// - Parameter name: nil for the default server.
public func jackServerAnswers(_ name: String? = nil) -> Bool {
    guard let client = try? JACKClient.open("continuo-knock", server: name, context: nil, process: { _, _ in }) else {
        return false
    }
    client.close()
    return true
}
