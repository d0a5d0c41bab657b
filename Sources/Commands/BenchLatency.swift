import ArgumentParser
import Presets

package struct BenchLatency: LiveCommand {
    package static let configuration = CommandConfiguration(
        commandName: "latency",
        abstract: "Measure over a JACK server when what is played goes through, and when the machine begins and ends.",
        discussion: """
            On the user's server, or, where none answers, a jackd -d dummy of its own, in which each cycle waits for every \
            client (`--sync`). Notes are played at random frames of \
            the cycles, at times that were fixed beforehand, through the instrument and through a plain client that only \
            passes them on; latency counts from the time fixed, in frames, and between the callbacks in microseconds. Then \
            the machine replies, takes over on command and is interrupted. Beside all that a thread asks to be woken each \
            millisecond: so late wakes this machine.

            Example: continuo bench latency --buffer 128
            """)

    @Option(help: "The preset, by name or folder.")
    package var preset = PresetLibrary.preferred
    @Option(help: "JACK server; without it the user's, or one of its own if that does not answer.")
    package var server: String?
    @Option(help: "Frames of a cycle of its own server.")
    package var buffer = 256
    @Option(help: "Notes to play through.")
    package var notes = 2000
    @Option(help: "Replies, take-overs and interruptions, each.")
    package var rounds = 20
    @Flag(help: "Print the figures as JSON.")
    package var json = false

    package func validate() throws {
        guard 1...100_000 ~= notes else { throw ValidationError("--notes \(notes): 1 to 100000") }
        guard 1...10_000 ~= rounds else { throw ValidationError("--rounds \(rounds): 1 to 10000") }
        guard 16...8192 ~= buffer else { throw ValidationError("--buffer \(buffer): 16 to 8192 frames") }
    }

    package init() {}
}
