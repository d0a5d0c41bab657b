import CJACK
import Duet
import Foundation
import OSC
import Processes
import TestSupport
import Testing

extension EndToEndTests {
    /// `continuo ports` and `continuo doctor`, on a real server, before and after the daemon is connected.
    @Suite struct ToolsTests {
        private struct Finding: Decodable {
            let check: String
            let state: String
            let found: String
            let advice: String
            let status: Int32
        }

        private struct Port: Decodable, Equatable {
            let name: String
            let direction: String
            let connections: [String]
        }

        private func continuo(_ words: String...) throws -> (end: ChildProcess.End?, printed: String) {
            let process = try ChildProcess([sibling("continuo")] + words)
            return (process.hasEnded(within: 30), process.printed)
        }

        private func documentedFigures() throws -> Set<String> {
            let page = try Repository.text("docs/osc.md")
            let table = page.components(separatedBy: "## Status figures")[1]
                .components(separatedBy: "\n## ")[0]
            let names = table.components(separatedBy: "\n").flatMap { row in
                row.hasPrefix("| `") ? row.components(separatedBy: " | ")[0].components(separatedBy: "`") : []
            }
            return Set(names.filter { $0.first?.isLetter == true })
        }

        private func manual() throws -> String { try Repository.text("man/continuo-osc.7.in") }

        private func findings(_ json: String) throws -> [String: Finding] {
            let list = try JSONDecoder().decode([Finding].self, from: Data(json.utf8))
            return Dictionary(list.map { ($0.check, $0) }) { first, _ in first }
        }

        @Test func theyTellWhatIsConnectedAndWhatIsMissing() throws {
            let server = try DummyServer("tools")
            defer { server.stop() }
            let musician = try Musician(on: server, machineChannel: 1)
            defer { musician.close() }
            let preset = try RandomPreset()
            let osc = "\(try OSCClient.freePort())"
            func doctor(_ name: String) throws -> (end: ChildProcess.End?, printed: String) {
                try continuo(
                    "doctor", "--json", "--server", server.name, "--name", name, "--osc-port", osc, "--preset",
                    preset.path)
            }

            // Before the daemon: nothing fails, but there is something to do.
            let before = try doctor("continuo")
            #expect(before.end == .exited(0), "\(before.printed)")
            let first = try findings(before.printed)
            #expect(first["processor"]?.state == "ok" && first["model"]?.state == "ok" && first["speed"]?.state == "ok")
            #expect(first["JACK"]?.state == "warning" && first["JACK"]?.found.contains("48000 Hz, 256 frames") == true)
            #expect(first["continuod"]?.state == "warning" && first["continuod"]?.advice.contains("systemctl") == true)
            #expect(first["keyboard"]?.found == "can be connected: keyboard:out")
            #expect(first["synth"]?.found == "can be connected: listener:in")
            for finding in first.values { #expect((finding.state == "ok") == finding.advice.isEmpty, "\(finding)") }
            let alone = try continuo("ports", "--server", server.name)
            #expect(alone.end == .exited(0) && alone.printed.contains("start continuod"), "\(alone.printed)")

            let daemon = try DaemonUnderTest(
                "tools", preset: preset.path, on: server, machineChannel: 1, arguments: ["--osc-port", osc])
            var unconnected: [String: Finding] = [:]
            try wait(seconds: 20, orFail: "its ports did not appear") { () throws(ProcessError) in
                unconnected = (try? findings(doctor(daemon.name).printed)) ?? [:]
                // Its ports come one after the other.
                return unconnected["continuod"]?.state == "ok" && unconnected["keyboard"]?.state == "warning"
                    && unconnected["synth"]?.state == "warning"
            }

            try daemon.connect(to: musician)
            let after = try findings(try doctor(daemon.name).printed)
            #expect(after["continuod"]?.found == "plays \(preset.path.split(separator: "/").last!)")
            #expect(after["keyboard"]?.found == "\(daemon.name):midi_in ← keyboard:out")
            #expect(after["synth"]?.found == "\(daemon.name):midi_out → listener:in")

            // docs/osc.md explains every figure of /continuo/status, and no other.
            let figures = try #require(OSCClient(port: UInt16(osc)!).status())
            #expect(Set(figures.keys) == (try documentedFigures()))
            // The manual page names those of which there is a histogram.
            let manual = try self.manual()
            let item = manual.components(separatedBy: "/continuo/histogram")[1].components(separatedBy: ".It Li")[0]
            for name in figures.keys.filter({ $0.hasSuffix("-p50-us") }).map({ $0.replacing("-p50-us", with: "") }) {
                #expect(item.contains(name), "\(name)")
            }

            // A loop is named, and neither end is called ok.
            var status = JackStatus(0)
            let hand = continuo_jack_client_open("hand", JackNoStartServer, server.name, &status)
            #expect(jack_activate(hand) == 0)
            #expect(jack_connect(hand, "\(daemon.name):midi_out", "\(daemon.name):midi_in") == 0)
            let looped = try findings(try doctor(daemon.name).printed)
            #expect(looped["loop"]?.state == "warning" && looped["keyboard"] == nil && looped["synth"] == nil)
            #expect(looped["loop"]?.found.contains("\(daemon.name):midi_out → \(daemon.name):midi_in") == true)
            #expect(jack_disconnect(hand, "\(daemon.name):midi_out", "\(daemon.name):midi_in") == 0)
            jack_client_close(hand)

            let list = try continuo("ports", "--json", "--server", server.name)
            let ports = try JSONDecoder().decode([Port].self, from: Data(list.printed.utf8))
            for port in [
                Port(name: "keyboard:out", direction: "source", connections: ["\(daemon.name):midi_in"]),
                Port(name: "\(daemon.name):midi_in", direction: "destination", connections: ["keyboard:out"]),
                Port(name: "\(daemon.name):midi_out", direction: "source", connections: ["listener:in"]),
                Port(name: "listener:in", direction: "destination", connections: ["\(daemon.name):midi_out"]),
            ] { #expect(ports.contains(port), "\(list.printed)") }
            let text = try continuo("ports", "--server", server.name, "--name", daemon.name).printed
            let own = try #require(text.split(separator: "Continuo\n").last)
            #expect(own.contains("midi_in\n      ← keyboard:out\n") && own.contains("midi_out\n      → listener:in\n"))
            #expect(try daemon.stop() == 0)
        }
    }
}
