/// A client that adds nothing: what an instrument is compared with that stands in the same place.

import JACKPorts
import Ports
import Processes

/// Passes on what it gets, within the cycle, under the instrument's port names. One thread, not real-time.
public final class PlainClient {
    private let client: JACKClient
    /// Its JACK client's, without ports.
    public var name: String { client.name }

    /// - Parameter server: nil for the user's own.
    /// - Throws: `PortError`, `ProcessError`.
    public init(on server: DummyServer?) throws {
        client = try Musician.open(on: server) { () throws(PortError) in
            try .open("plain", server: server?.name, inputs: ["midi_in"], outputs: ["midi_out"], context: nil) {
                cycle, _ in ProbeWires.pass(cycle.load(as: JACKCycle.self))
            }
        }
        try client.activate()
    }

    deinit { close() }

    /// Waits for its connections.
    /// - Throws: `ProcessError`, `PortError`.
    public func connect(to musician: Musician) throws {
        try musician.wish(for: client.name)
        try wait(seconds: 20, orFail: "a client's ports did not appear within 20 s") { musician.isConnected }
    }

    /// Leaves the server.
    public func close() { client.close() }
}
