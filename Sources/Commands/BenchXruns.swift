import ArgumentParser
import Presets

package struct BenchXruns: LiveCommand {
    package static let configuration = CommandConfiguration(
        commandName: "xruns",
        abstract: "Count the cycles that a JACK server misses without the instrument and with it.",
        discussion: """
            A jackd -d dummy, with a player and a listener; then another, with a client between them that only passes on \
            what it gets; then one with continuod there, which listens, replies and is interrupted; in turn, so that a busy \
            moment meets all alike. The instrument costs nothing if it misses no more, all rounds together, than the empty \
            server and two. What is missed with the plain client is due to the waking of one more thread each cycle, and \
            what is missed with none between to this machine. A server counts when it begins a cycle too late itself, and \
            for each client that has not finished; it says which, and so it is told how often that was the client \
            between. On a virtual machine a round in which the hypervisor took more than a thousandth of the cores' time \
            is played again, until as many were left alone, three times as many at most.

            Example: continuo bench xruns --seconds 8
            """)

    @Option(help: "The preset, by name or folder.")
    package var preset = PresetLibrary.preferred
    @Option(help: "Sizes of cycles, in frames.")
    package var buffers = "64,128,256"
    @Option(help: "Rounds of three servers for each size, left alone by the hypervisor.")
    package var rounds = 6
    @Option(help: "Seconds for each server.")
    package var seconds = 8.0
    @Flag(help: "Print the figures as JSON.")
    package var json = false

    package var sizes: [Int] { buffers.split(separator: ",").compactMap { Int($0) } }

    package func validate() throws {
        guard !sizes.isEmpty, sizes.allSatisfy({ 16...8192 ~= $0 }) else {
            throw ValidationError("--buffers \(buffers): sizes from 16 to 8192, with commas between them")
        }
        guard 1...1000 ~= rounds else { throw ValidationError("--rounds \(rounds): 1 to 1000") }
        guard 0.1...100_000 ~= seconds else { throw ValidationError("--seconds \(seconds): 0.1 to 100000") }
    }

    package init() {}
}
