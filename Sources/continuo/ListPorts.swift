import ArgumentParser
import FoundationEssentials
import Ports

struct ListPorts: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ports",
        abstract: "List the MIDI ports of JACK and ALSA, what else they are called, and what Continuo is connected to.",
        discussion: """
            Any name that is shown here, or a regular expression that fits all of one, can be given to continuod as \
            --connect-in (of a source) or --connect-out (of a destination). Under PipeWire: pw-jack continuo ports.

            Example: continuo ports
            """)

    @OptionGroup var jack: JACKOptions
    @Flag(help: "Print the ports as JSON.")
    var json = false

    func run() throws {
        try attempt {
            var (systems, absence): ([[MIDIPort]], NoServer?) = ([], nil)
            do throws(PortError) {
                let client = try JACKServer.look(jack.server)
                systems.append(client.midiPorts())
                client.close()
            } catch {
                guard case .noServer(let said) = error else { throw error }
                absence = NoServer(said: said, advice: JACKServer.advice("continuo ports"))
            }
            // Who names a server means it.
            if jack.server == nil, let ports = try? ALSAPort.midiPorts() { systems.append(ports) }
            if systems.isEmpty, let absence { throw absence }
            if json { return print(try asJSON(systems.flatMap(\.self))) }
            for ports in systems {
                let system = ports.first?.system ?? .jack
                if systems.count > 1 || system == .alsa { print("\(system == .jack ? "JACK" : "ALSA's sequencer"):") }
                print(PortTable(ports, own: jack.name))
            }
        }
    }
}

/// How to find the server and the daemon on it.
struct JACKOptions: ParsableArguments {
    @Option(help: "Name of the JACK server, instead of $JACK_DEFAULT_SERVER.")
    var server: String?
    @Option(help: "Name of continuod's JACK or ALSA client.")
    var name = "continuo"
}

/// No JACK server answers a command that only looks.
struct NoServer: Error, CustomStringConvertible {
    let said: String
    let advice: String

    var description: String { "no JACK server answers (\(said)); \(advice)" }
}

/// With sorted keys, for programs.
func asJSON(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

/// The ports as people read them.
struct PortTable: CustomStringConvertible {
    private let ports: [MIDIPort]
    private let own: [MIDIPort]
    private let name: String

    init(_ ports: [MIDIPort], own name: String) {
        (self.ports, self.name) = (ports, name)
        own = ports.continuo(name)
    }

    var description: String {
        let others = ports.filter { !own.contains($0) }
        return [
            section(
                "sources, for --connect-in", others.filter { $0.direction == .source }, "none: no keyboard is there"),
            section(
                "destinations, for --connect-out", others.filter { $0.direction == .destination },
                "none: no synth is there"),
            section("Continuo", own, "no client of the name \(name) is there: start continuod"),
        ].joined(separator: "\n")
    }

    private func section(_ title: String, _ ports: [MIDIPort], _ absence: String) -> String {
        ([title] + (ports.isEmpty ? ["  (\(absence))"] : ports.flatMap(lines))).joined(separator: "\n")
    }

    private func lines(_ port: MIDIPort) -> [String] {
        let arrow = port.direction == .source ? "→" : "←"
        let notes = port.aliases + (port.isPhysical ? ["hardware"] : [])
        let isOwn = own.contains(port)
        let connections = port.connections.isEmpty && isOwn ? ["nothing"] : port.connections
        return ["  \(port.name)" + (notes.isEmpty ? "" : "  (\(notes.joined(separator: ", ")))")]
            + connections.map { "      \(arrow) \($0)" }
    }
}
