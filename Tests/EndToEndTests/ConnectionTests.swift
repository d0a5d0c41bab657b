import CJACK
import Duet
import Foundation
import JACKPorts
import Ports
import Processes
import TestSupport
import Testing

extension EndToEndTests {
    /// What the daemon connects itself to, on a real server, among clients that are named as bridges name theirs.
    @Suite struct ConnectionTests {
        /// A server with a2jmidid's and PipeWire's ports, and someone to look at them.
        private final class Studio {
            let server: DummyServer
            private var clients: [JACKClient] = []
            private var daemon: ChildProcess?
            private let preset: RandomPreset

            init(_ label: String) throws {
                let server = try DummyServer(label)
                self.server = server
                preset = try RandomPreset()
                let a2j = try Musician.open(on: server) { () throws(PortError) in
                    try Self.client(
                        "a2j", on: server,
                        inputs: [
                            "MPK mini 3 [24] (playback): MPK mini 3 MIDI 1",
                            "Midi Through [14] (playback): Midi Through Port-0",
                        ],
                        outputs: [
                            "MPK mini 3 [24] (capture): MPK mini 3 MIDI 1",
                            "Midi Through [14] (capture): Midi Through Port-0", "VMPK Output [128] (capture): out",
                        ])
                }
                let pipewire = try Self.client(
                    "Midi-Bridge", on: server, inputs: ["Midi Through:(playback_0) Midi Through Port-0"],
                    outputs: [
                        "Keystation:(capture_0) Keystation MIDI 1", "Midi Through:(capture_0) Midi Through Port-0",
                    ])
                let others = try Self.client("others", on: server, inputs: ["synth"], outputs: ["odd (name", "Ärger"])
                clients = [a2j, pipewire, others]
                for client in clients { try client.activate() }
            }

            private static func client(_ name: String, on server: DummyServer, inputs: [String], outputs: [String])
                throws(PortError) -> JACKClient
            {
                try .open(
                    name, exactName: true, server: server.name, inputs: inputs, outputs: outputs, context: nil
                ) { _, _ in }
            }

            /// Starts a daemon with these options, as a shell would read them.
            func start(_ options: String) throws -> ChildProcess {
                let daemon = try ChildProcess([
                    "env", "LC_ALL=C", "sh", "-c", "exec \"$0\" \"$@\" \(options)", sibling("continuod"), "--no-osc",
                    "--no-state",
                    "--server", server.name, "--preset", preset.path,
                ])
                self.daemon = daemon
                return daemon
            }

            /// The connections of the daemon's port.
            func connections(_ port: String) -> [String] {
                clients[0].midiPorts().first { $0.name == "continuo:\(port)" }?.connections ?? []
            }

            func end() {
                daemon?.stop()
                for client in clients { client.close() }
                server.stop()
            }
        }

        private func wait(_ daemon: ChildProcess, _ what: String, _ done: () -> Bool) throws {
            try Processes.wait(seconds: 20, orFail: what) { () throws(ProcessError) in
                if daemon.hasEnded(within: 0) != nil { throw .ended("continuod", daemon.said) }
                return done()
            }
        }

        /// What `CONTINUOD_OPTIONS` of a unit is, unless its user says otherwise.
        private func options(ofUnit path: String) throws -> String {
            let unit = try Repository.text("systemd/\(path)")
            return String(try #require(unit.firstMatch(of: /(?m)^Environment="CONTINUOD_OPTIONS=(.*)"$/)).1)
        }

        @Test(arguments: ["user", "system"]) func theUnitConnectsEachKeyboardAndNoThroughPort(_ scope: String) throws {
            let studio = try Studio("unit-\(scope)")
            defer { studio.end() }
            let daemon = try studio.start(try options(ofUnit: "\(scope)/continuo.service"))
            let keyboards = [
                "Midi-Bridge:Keystation:(capture_0) Keystation MIDI 1",
                "a2j:MPK mini 3 [24] (capture): MPK mini 3 MIDI 1",
            ]
            try wait(daemon, "its keyboards are not connected") { studio.connections("midi_in").count >= 2 }
            #expect(studio.connections("midi_in") == keyboards && studio.connections("midi_out") == [])
        }

        /// A name with a bracket, one with an umlaut under LC_ALL=C, and a word that fits nothing.
        @Test func anExactNameACharacterAndAWord() throws {
            let studio = try Studio("words")
            defer { studio.end() }
            let daemon = try studio.start(
                "--connect-in 'others:odd (name' --connect-in 'others:.rger' --connect-in MPK --connect-out nobody")
            try wait(daemon, "two are not connected") { studio.connections("midi_in").count == 2 }
            #expect(studio.connections("midi_in") == ["others:odd (name", "others:Ärger"])
            try wait(daemon, "it does not say what fits") {
                daemon.printed.contains("--connect-out: no destination fits 'nobody'")
            }
            #expect(daemon.printed.contains("--connect-in: no source fits 'MPK' so far"), "\(daemon.said)")
            #expect(daemon.printed.contains("'.*MPK.*' would fit a2j:MPK mini 3 [24] (capture): MPK mini 3 MIDI 1"))
            #expect(daemon.printed.split(separator: "\n").filter { $0.contains("so far") }.count == 2, "\(daemon.said)")
        }

        @Test func aThroughPortIsConnectedAtOneEndOnly() throws {
            let studio = try Studio("through")
            defer { studio.end() }
            let daemon = try studio.start("--connect-in '.*[Tt]hrough.*' --connect-out '.*[Tt]hrough.*|others:synth'")
            try wait(daemon, "it does not say why it leaves one out") {
                daemon.printed.contains("warning continuod: a2j:Midi Through [14] (playback)")
            }
            #expect(studio.connections("midi_in").count == 2 && studio.connections("midi_out") == ["others:synth"])
        }

        @Test func aNameThatIsTooLongIsRefusedAtOnce() throws {
            let studio = try Studio("name")
            defer { studio.end() }
            for name in [String(repeating: "x", count: 64), String(repeating: "ä", count: 40), "''", "a:b"] {
                let daemon = try studio.start("--name \(name)")
                #expect(daemon.hasEnded(within: 20) == .exited(64), "\(daemon.said)")
                #expect(daemon.printed.contains("--name: a client cannot be named"), "\(daemon.said)")
            }
            let daemon = try studio.start("--name \(String(repeating: "x", count: 63))")
            try wait(daemon, "the longest name is refused") { daemon.printed.contains("ready: xxx") }
        }

        /// What was cut off and is back must be noticed, though no port came or went.
        @Test func aDestinationThatIsConnectedAgainIsNews() throws {
            let server = try DummyServer("again")
            defer { server.stop() }
            let player = try Musician.open(on: server) { () throws(PortError) in
                try .open("player", server: server.name, inputs: ["in"], outputs: ["out"], context: nil) { _, _ in }
            }
            defer { player.close() }
            let synth = try JACKClient.open(
                "synth", server: server.name, inputs: ["in"], outputs: ["out"], context: nil
            ) { _, _ in }
            defer { synth.close() }
            try player.wish(.output(0), "synth:in")
            try player.wish(.input(0), "synth:out")
            try player.activate()
            try synth.activate()
            func connected() -> Bool {
                var isNews = false
                return JACKTests.waitFor {
                    isNews = player.connectWishes().hasNewDestination || isNews
                    return isNews
                }
            }
            #expect(connected() && player.connections(of: .output(0)) == ["synth:in"])
            #expect(player.connectWishes() == PortChanges(), "once")
            var status = JackStatus(0)
            let hand = continuo_jack_client_open("hand", JackNoStartServer, server.name, &status)
            defer { jack_client_close(hand) }
            #expect(jack_activate(hand) == 0)
            func shown() -> Bool { JACKTests.waitFor { player.connections(of: .output(0)).isEmpty } }
            for _ in 0..<2 {
                // A source is no news, nor is a cut.
                #expect(jack_disconnect(hand, "synth:out", "player:in") == 0)
                #expect(jack_connect(hand, "synth:out", "player:in") == 0)
                #expect(jack_disconnect(hand, "player:out", "synth:in") == 0 && shown())
                #expect(!player.connectWishes().hasNewDestination)
                #expect(jack_connect(hand, "player:out", "synth:in") == 0 && connected())
            }
        }
    }
}
