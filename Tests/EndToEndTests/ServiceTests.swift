import Duet
import Glibc
import OSC
import Processes
import Score
import TestSupport
import Testing

/// The daemon as a service: what it tells the service manager, for which a socket of the test stands.
@Suite struct ServiceTests {
    /// A boot must not wait for a JACK server that may never come.
    @Test func isReadyWhileItWaitsForAServer() throws {
        let (files, manager) = (try BadFiles(), try ServiceManager())
        let daemon = try manager.start(["--preset", files.folder + "/good", "--server", "continuo-nobody", "--no-osc"])
        #expect(try manager.next("READY=1").contains { $0.hasPrefix("STATUS=waiting: no JACK server answers") })
        for _ in 0..<3 { _ = try manager.next("WATCHDOG=1") }
        daemon.signal(SIGTERM)
        #expect(daemon.hasEnded(within: 5) == .exited(0))
    }

    @Test func readsItsPresetAgainOnSIGHUP() throws {
        let (files, manager) = (try BadFiles(), try ServiceManager())
        let port = try OSCClient.freePort()
        let daemon = try manager.start([
            "--preset", files.folder + "/good", "--server", "continuo-nobody", "--osc-port", "\(port)", "--set",
            "seed=7",
        ])
        let control = try OSCClient(port: port)
        func value(of parameter: String) -> OSCMessage.Argument? {
            control.ask(OSCMessage("/continuo/get", [.string(parameter)]), within: 10_000)?.arguments.last
        }
        func reload(_ preset: String) throws {
            try files.write("good/preset.toml", Array(preset.utf8))
            daemon.signal(SIGHUP)
            #expect(try manager.next("RELOADING=1").contains { $0.hasPrefix("MONOTONIC_USEC=") })
            #expect(try manager.next("READY=1").contains { $0.hasPrefix("STATUS=waiting") })
        }
        _ = try manager.next("READY=1")
        #expect(value(of: "patience") == .float(1500))
        try reload("[parameters]\npatience = 700\nseed = 8")
        #expect(value(of: "patience") == .float(700))
        // What stands on the command line stands above the preset, as at the start.
        #expect(value(of: "seed") == .float(7))
        // A damaged one changes nothing.
        try reload("[parameters]\npatience = 800\nnonsense = 1")
        #expect(value(of: "patience") == .float(700))
        #expect(daemon.said.contains("preset.toml:3"))
        daemon.signal(SIGTERM)
        #expect(daemon.hasEnded(within: 5) == .exited(0))
    }
}

extension EndToEndTests {
    @Suite struct WatchdogTests {
        @Test func isFedOnlyWhileTheServerGoesOn() throws {
            let server = try DummyServer("watchdog")
            defer { server.stop() }
            let (files, manager) = (try BadFiles(), try ServiceManager())
            let daemon = try manager.start([
                "--preset", files.folder + "/good", "--server", server.name, "--no-osc", "--name",
                "watched-\(getpid())",
            ])
            defer { daemon.stop() }
            while try !manager.next("READY=1").contains(where: { $0.hasPrefix("STATUS=playing") }) {}
            for _ in 0..<3 { _ = try manager.next("WATCHDOG=1") }
            server.process.signal(SIGSTOP)
            // What was done before it stood still may be told yet.
            try pause(milliseconds: 500)
            while manager.receive(milliseconds: 0) != nil {}
            #expect(manager.receive(milliseconds: 1000) == nil)
            server.process.signal(SIGCONT)
            _ = try manager.next("WATCHDOG=1")
            daemon.signal(SIGTERM)
            _ = try manager.next("STOPPING=1")
            #expect(daemon.hasEnded(within: 10) == .exited(0))
        }
    }
}

/// A socket to be $NOTIFY_SOCKET, which goes with the object.
private final class ServiceManager {
    private let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    private let file: TemporaryFile
    private var path: String { file.path }

    init() throws {
        file = try TemporaryFile()
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(code == 0)
    }

    deinit { close(socket) }

    /// `continuod`, which is to give a sign of life every 100 ms.
    func start(_ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(
            ["env", "NOTIFY_SOCKET=\(path)", "WATCHDOG_USEC=400000", sibling("continuod"), "--no-state"] + arguments)
    }

    /// The lines of the next datagram, or nil if none comes.
    func receive(milliseconds: Int32) -> [String]? {
        var event = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        guard poll(&event, 1, milliseconds) > 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(socket, &bytes, bytes.count, 0)
        return String(decoding: bytes[..<max(count, 0)], as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The lines of the next datagram with this one; those before it are dropped.
    func next(_ line: String) throws -> [String] {
        while true {
            let lines = try #require(receive(milliseconds: 20_000), "no \(line)")
            if lines.contains(line) { return lines }
        }
    }
}
