import ArgumentParser
import Presets

package struct BenchSoak: LiveCommand {
    package static let configuration = CommandConfiguration(
        commandName: "soak",
        abstract: "Let random players play before the instrument for a long time, and say what went wrong.",
        discussion: """
            On a jackd -d dummy of its own, synchronous, real-time if the system allows it. Players made of dice play, interrupt, press pedals and play along, while \
            parameters change in storms, presets are loaded, and the machine is told to take over, yield, panic and \
            forget. It fails if a note hangs or leaves late, a message is lost, the port's thread uses more than half of a \
            cycle, or the daemon's memory grows. On each core a thread of higher priority than the \
            instrument's asks to be woken each millisecond: what was late when it was not woken either is told, and no \
            fault of the instrument.

            Example: continuo bench soak --minutes 30
            """)

    @Option(help: "Minutes to play.")
    package var minutes = 30.0
    @Option(help: "The preset, by name.")
    package var preset = PresetLibrary.preferred
    @Option(help: "Another preset, by name, that is loaded in turn with it.")
    package var other = "maestro-small"
    @Option(help: "Frames of a cycle of the server.")
    package var buffer = 256
    @Option(help: "What the dice fall by.")
    package var seed: UInt64 = 1
    @Option(help: "The path of another build of continuod.")
    package var daemon: String?
    @Option(help: "Only this act, for example \"parameter storm\".")
    package var only: String?
    @Flag(help: "Kill the server now and then, and start another.")
    package var changeServers = false
    @Flag(help: "Judge no times: for builds that are slow, with a sanitizer for example.")
    package var anySpeed = false
    @Flag(help: "Print the findings as JSON.")
    package var json = false

    package func validate() throws {
        guard minutes > 0 && minutes <= 100_000 else { throw ValidationError("--minutes \(minutes): 0 to 100000") }
        guard 16...8192 ~= buffer else { throw ValidationError("--buffer \(buffer): 16 to 8192 frames") }
    }

    package init() {}
}
