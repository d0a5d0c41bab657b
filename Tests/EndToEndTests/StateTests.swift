import Duet
import Files
import Glibc
import Instrument
import JACKPorts
import OSC
import Performer
import Ports
import Processes
import TestSupport
import Testing

extension EndToEndTests {
    /// What a daemon leaves for `continuod --restore`, on a real JACK server.
    @Suite final class StateTests {
        private let temporary: TemporaryFolder
        private var folder: String { temporary.path }
        private let preset: RandomPreset
        private let port: UInt16

        init() throws {
            temporary = try TemporaryFolder()
            preset = try RandomPreset()
            port = try OSCClient.freePort()
        }

        private var file: String { folder + "/continuo/state-test.state" }

        private func start(on server: String, _ options: [String]) throws -> ChildProcess {
            try ChildProcess(
                [
                    "env", "XDG_STATE_HOME=\(folder)", sibling("continuod"), "--server", server, "--name",
                    "state-test", "--osc-port", "\(port)",
                ] + options)
        }

        private func kept() -> String {
            String(decoding: (try? readFile(file, limit: 1 << 20)) ?? [], as: UTF8.self)
        }

        private func value(of parameter: String) throws -> OSCMessage.Argument? {
            let control = try OSCClient(port: port)
            for _ in 0..<200 {
                if let answer = control.ask(OSCMessage("/continuo/get", [.string(parameter)]), within: 100) {
                    return answer.arguments.last
                }
                usleep(50_000)
            }
            return nil
        }

        private func wait(_ daemon: ChildProcess, _ what: String, _ done: () throws -> Bool) throws {
            for _ in 0..<400 {
                if try done() { return }
                try #require(daemon.hasEnded(within: 0) == nil, "\(daemon.said)")
                usleep(50_000)
            }
            Issue.record("\(what): \(kept()) \(daemon.said)")
        }

        @Test func presetParametersAndConnectionsSurviveKill() throws {
            // A client that was killed keeps the server for ten times as long.
            let server = try DummyServer("state", timeout: 200)
            defer { server.stop() }
            let client = try Musician.open(on: server) { () throws(PortError) in
                try .open(
                    "hands (of 10)", server: server.name, inputs: ["synth"], outputs: ["keys"], context: nil
                ) { _, _ in }
            }
            defer { client.close() }
            try client.activate()
            func isConnected() -> Bool {
                [JACKClient.Port.output(0), .input(0)].allSatisfy { port in
                    client.connections(of: port).contains { $0.hasPrefix("state-test") }
                }
            }
            let first = try start(on: server.name, ["--preset", preset.path, "--set", "patience=700"])
            defer { first.stop() }
            // Connected by hand, once.
            try client.wish(.output(0), "state-test:midi_in")
            try client.wish(.input(0), "state-test:midi_out")
            try wait(first, "no connection") {
                client.connectWishes()
                return isConnected()
            }
            let control = try OSCClient(port: port)
            let set = OSCMessage("/continuo/set", [.string("temperature-key"), .float(1.25)])
            #expect(control.ask(set, within: 5000)?.address == "/continuo/reply")
            try wait(first, "not kept") {
                ["patience = 700", "temperature-key = 1.25", "hands (of 10):keys", "hands (of 10):synth"].allSatisfy(
                    kept().contains)
            }
            first.signal(SIGKILL)
            #expect(first.hasEnded(within: 5) == .signalled(SIGKILL))

            let second = try start(on: server.name, ["--restore", "--preset", "not-there"])
            defer { second.stop() }
            #expect(try value(of: "temperature-key") == .float(1.25))
            #expect(try value(of: "patience") == .float(700))
            let status = try OSCClient(port: port).status()
            #expect(status?["preset"] == .string(String(preset.path.split(separator: "/").last!)))
            try wait(second, "not connected again") { isConnected() }
            second.signal(SIGTERM)
            #expect(second.hasEnded(within: 10) == .exited(0))
        }

        /// What could not be written is written as soon as it can be.
        @Test func aStateThatCannotBeKeptIsToldAndTriedAgain() throws {
            try writeAtomically([], to: folder + "/continuo")
            let daemon = try start(on: "continuo-nobody", ["--preset", preset.path])
            defer { daemon.stop() }
            try wait(daemon, "not told") { daemon.printed.contains("is not kept for --restore") }
            unlink((folder + "/continuo").cPath)
            try wait(daemon, "not tried again") { kept().contains("[parameters]") }
        }

        @Test func aDamagedStateIsToldAndIgnored() throws {
            try makeFolders(folder + "/continuo")
            for text in [
                "[state]\nversion = 7\npreset = \"x\"\n", "\u{0}", "[state]\nversion = 1\npreset = \"gone\"\n",
            ] {
                try writeAtomically(Array(text.utf8), to: file)
                let daemon = try start(on: "continuo-nobody", ["--restore", "--preset", preset.path])
                defer { daemon.stop() }
                #expect(try value(of: "patience") == .float(1500))
                #expect(daemon.said.contains("the last state is not restored: "), "\(daemon.said)")
                #expect(try readFile(file + ".old", limit: 1000) == Array(text.utf8))
                // The next one begins with what this one has.
                try wait(daemon, "not kept") { kept().contains("version = 1") && kept().contains(preset.path) }
                daemon.signal(SIGTERM)
                #expect(daemon.hasEnded(within: 10) == .exited(0))
            }
        }

        @Test func aRunThatCannotStartLeavesTheLastState() throws {
            try makeFolders(folder + "/continuo")
            let last = "[state]\nversion = 1\npreset = \"the last one\"\n"
            try writeAtomically(Array(last.utf8), to: file)
            let server = try DummyServer("state-left")
            defer { server.stop() }
            let taken = try Musician.open(on: server) { () throws(PortError) in
                try .open("state-test", server: server.name, context: nil) { _, _ in }
            }
            defer { taken.close() }
            for (server, options) in [("continuo-nobody", ["--connect-in", "*MPK"]), (server.name, ["--exact-name"])] {
                let daemon = try start(on: server, ["--preset", preset.path] + options)
                defer { daemon.stop() }
                #expect(daemon.hasEnded(within: 20) == .exited(EX_UNAVAILABLE), "\(daemon.said)")
                #expect(kept() == last, "\(options)")
            }
        }

        /// SIGTERM right after a change loses nothing, and --set goes above what is restored.
        @Test func theLastChangeIsKept() throws {
            let daemon = try start(on: "continuo-nobody", ["--preset", preset.path])
            defer { daemon.stop() }
            #expect(try value(of: "patience") == .float(1500))
            let set = OSCMessage("/continuo/set", [.string("patience"), .float(850)])
            #expect(try OSCClient(port: port).ask(set) != nil)
            daemon.signal(SIGTERM)
            #expect(daemon.hasEnded(within: 10) == .exited(0))
            #expect(kept().contains("patience = 850"))
            let next = try start(on: "continuo-nobody", ["--restore", "--set", "entry=1", "--no-state"])
            defer { next.stop() }
            #expect(try value(of: "patience") == .float(850))
            #expect(try value(of: "entry") == .float(1))
            // It keeps nothing itself.
            #expect(!kept().contains("entry = 1\n"))
        }

        /// A service comes back as it was left, unless its user's options say otherwise.
        @Test(arguments: ["user", "system"]) func aServiceComesBackAsItWasLeft(_ scope: String) throws {
            let unit = try Repository.text("systemd/\(scope)/continuo.service")
            let command = try #require(unit.firstMatch(of: /(?m)^ExecStart=.*continuod (.*) \$CONTINUOD_OPTIONS$/)).1
            let options = command.split(separator: " ").map(String.init)
            let values = ParameterValues()
            try makeFolders(folder + "/continuo")
            for (added, patience) in [([], 950), (["--no-restore"], 1500)] as [([String], Double)] {
                var state = InstrumentState(preset: preset.path, values: values)
                state.parameters[.patience] = 950
                try writeAtomically(Array(state.text.utf8), to: file)
                let daemon = try start(
                    on: "continuo-nobody", options + ["--port", "jack", "--preset", preset.path] + added)
                defer { daemon.stop() }
                #expect(try value(of: "patience") == .float(patience), "\(added)")
            }
        }
    }
}
