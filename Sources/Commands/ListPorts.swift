import ArgumentParser

package struct ListPorts: LiveCommand {
    package static let configuration = CommandConfiguration(
        commandName: "ports",
        abstract: "List the MIDI ports of JACK and ALSA, what else they are called, and what Continuo is connected to.",
        discussion: """
            Any name that is shown here, a regular expression that fits all of one, or 'hardware', can be given to \
            continuod as --connect-in (of a source) or --connect-out (of a destination). Under PipeWire: pw-jack continuo \
            ports.

            Example: continuo ports
            """)

    @OptionGroup package var jack: JACKOptions
    @Flag(help: "Print the ports as JSON.")
    package var json = false

    package init() {}
}
