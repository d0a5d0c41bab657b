import ALSAPorts
import ArgumentParser
import Commands

extension Doctor: LiveWork {
    func perform() throws {
        var examination = Examination()
        examination.processorAndModel(instrument)
        // Who names a server means it.
        let hasSequencer = jack.server == nil && (try? ALSAPort.midiPorts()) != nil
        let server = examination.jackServer(jack.server, canDoWithout: hasSequencer)
        let sequencer = jack.server == nil ? examination.sequencer(isNeeded: server == nil) : nil
        examination.rights(realtimePriority: server.flatMap(\.realtimePriority))
        examination.sound()
        examination.daemon(oscPort, jack: server?.midiPorts(), alsa: sequencer, name: jack.name)
        server?.close()
        print(json ? try asJSON(examination.findings) : examination.description)
        let status = examination.status
        if status != 0 { throw ExitCode(status) }
    }
}
