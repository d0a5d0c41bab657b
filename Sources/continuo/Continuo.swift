import ArgumentParser

@main
struct Continuo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "A musician that carries the phrase on.",
        subcommands: [
            Train.self,
            Export.self,
            Evaluate.self,
            Generate.self,
            Parameters.self,
            Presets.self,
            Render.self,
            Demo.self,
        ])
}
