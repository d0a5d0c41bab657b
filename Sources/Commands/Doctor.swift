import ArgumentParser

package struct Doctor: LiveCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Tell whether the instrument can play on this machine, and what to do if not.",
        discussion: """
            For each thing it needs: ok, warning (it plays, but not at its best) or failure, and what to do. Nothing is \
            changed. Ends with 0 if there are no failures, or else with the status that continuod would end with. Under \
            PipeWire: pw-jack continuo doctor.

            Example: continuo doctor --preset maestro-small
            """)

    @OptionGroup package var instrument: InstrumentOptions
    @OptionGroup package var jack: JACKOptions
    @Option(help: "UDP port of continuod's OSC.")
    package var oscPort: UInt16 = 9000
    @Flag(help: "Print the findings as JSON.")
    package var json = false

    package init() {}
}
