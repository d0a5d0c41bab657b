import ALSAPorts
import ArgumentParser
import Ports

struct ListPorts: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ports",
        abstract: "List the MIDI ports of JACK and ALSA, what else they are called, and what Continuo is connected to.",
        discussion: """
            Any name that is shown here, a regular expression that fits all of one, or 'hardware', can be given to \
            continuod as --connect-in (of a source) or --connect-out (of a destination). Under PipeWire: pw-jack continuo \
            ports.

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
