import ArgumentParser
import Commands
import Files
import Glibc
import Instrument
import Text

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
            Listen.self,
            Parameters.self,
            Presets.self,
            ListPorts.self,
            Doctor.self,
            Top.self,
            PanelCommand.self,
            Events.self,
            Tokens.self,
            Render.self,
            ReplayTape.self,
            Sessions.self,
            Demo.self,
            Bench.self,
        ])
    static func main() {
        let words = programArguments()
        // ArgumentParser says of a misspelt command only that it did not expect it.
        if let word = words.first, !word.hasPrefix("-"), !commands.contains(word) {
            let hint = nearest(to: word, in: commands).map { "did you mean '\($0)'?" } ?? "continuo --help lists them"
            tell("continuo: there is no command '\(word)'; \(hint)\n")
            Glibc.exit(EX_USAGE)
        }
        main(words)
    }

    private static var commands: [String] { configuration.subcommands.map { $0._commandName } + ["help"] }
}
