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
            Render.self,
            Demo.self,
        ])
}
