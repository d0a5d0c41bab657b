import ArgumentParser
import Control

@main
struct Continuo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "A musician that carries the phrase on.",
        discussion: """
            The instrument itself is continuod; these are its tools. continuo doctor tells what is missing.

            Example: continuo demo
            """,
        version: continuoVersion,
        subcommands: [
            Train.self,
            Recipes.self,
            Export.self,
            Evaluate.self,
            Inspect.self,
            Generate.self,
            Parameters.self,
            Presets.self,
            ListPorts.self,
            Doctor.self,
            Top.self,
            Events.self,
            Tokens.self,
            Render.self,
            Demo.self,
            Bench.self,
        ])
}
