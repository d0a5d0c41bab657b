/// `continuo bench`: measurements of this machine, for people who choose or change what runs on it.
import ArgumentParser
import Commands

struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure the instrument on this machine.",
        discussion: """
            Example: continuo bench step --only S0
            """,
        subcommands: [
            BenchStep.self, BenchPrecision.self, BenchEndurance.self, BenchTrain.self, BenchLatency.self,
            BenchXruns.self, BenchSoak.self, BenchInstructions.self, BenchTurns.self,
            BenchLearning.self, BenchTunes.self, BenchClock.self,
        ])
}
