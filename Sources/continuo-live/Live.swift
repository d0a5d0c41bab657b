/// The commands of `continuo` that need a port: it hands itself over to this program, so that it needs no JACK and no ALSA.

import ArgumentParser
import Commands
import Files
import Instrument

/// What a `LiveCommand` does here.
protocol LiveWork: LiveCommand {
    func perform() throws
}

@main
struct Live: ParsableCommand {
    /// Under the name that people know.
    static let configuration = CommandConfiguration(
        commandName: "continuo", abstract: "The commands of continuo that need a port.", version: continuoVersion,
        subcommands: [ListPorts.self, Doctor.self, Demo.self, LiveBench.self])

    static func main() {
        do {
            var command = try parseAsRoot(programArguments())
            if let work = command as? any LiveWork { try work.perform() } else { try command.run() }
        } catch { exit(withError: error) }
    }
}

struct LiveBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure the instrument over a JACK server.",
        subcommands: [BenchLatency.self, BenchXruns.self, BenchSoak.self])
}
