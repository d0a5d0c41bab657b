import ALSAPorts
import Commands
import Ports

extension ListPorts: LiveWork {
    func perform() throws {
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
                if systems.count > 1 || system == .alsa { print("\(system.heading):") }
                print(PortTable(ports, own: jack.name))
            }
        }
    }
}
