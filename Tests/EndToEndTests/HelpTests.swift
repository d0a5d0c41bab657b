import Foundation
import Processes
import Testing

/// What `--help` says of every command: that it says all, and nothing that is not so.
@Suite struct HelpTests {
    /// As ArgumentParser's --experimental-dump-help writes it.
    struct Tool: Decodable { let command: Command }

    struct Command: Decodable {
        let commandName: String
        let abstract: String?
        let discussion: String?
        let subcommands: [Command]?
        let arguments: [Argument]?

        var options: Set<String> {
            Set((arguments ?? []).flatMap { $0.names ?? [] }.map { ($0.kind == "short" ? "-" : "--") + $0.name })
        }
    }

    struct Argument: Decodable {
        struct Name: Decodable {
            let kind: String
            let name: String
        }

        let abstract: String?
        let names: [Name]?
        let valueName: String?
        let shouldDisplay: Bool
        let allValues: [String]?
        let defaultValue: String?
    }

    private func command(_ program: String) throws -> Command {
        let process = try ChildProcess([sibling(program), "--experimental-dump-help"])
        try #require(process.hasEnded(within: 20) == .exited(0))
        return try JSONDecoder().decode(Tool.self, from: Data(process.printed.utf8)).command
    }

    /// Each with its words on the command line.
    private func commands() throws -> [(words: [String], command: Command)] {
        let (daemon, tools) = (try command("continuod"), try command("continuo"))
        return [(["continuod"], daemon)] + all(tools, [])
    }

    /// A command and its subcommands; ArgumentParser adds "help".
    private func all(_ command: Command, _ words: [String]) -> [(words: [String], command: Command)] {
        let words = words + [command.commandName]
        let subcommands = (command.subcommands ?? []).filter { $0.commandName != "help" }
        return [(words, command)] + subcommands.flatMap { all($0, words) }
    }

    @Test func everyCommandHasAnExampleAndEveryOptionADescription() throws {
        let commands = try commands()
        #expect(commands.count >= 12)
        for (words, command) in commands {
            let name = words.joined(separator: " ")
            #expect(command.abstract?.hasSuffix(".") == true, "\(name)")
            let example = command.discussion.flatMap { try? /Example: (.*)/.firstMatch(in: $0)?.1 }
            #expect(example?.hasPrefix(name) == true, "\(name) has no example")
            for argument in command.arguments ?? [] where argument.shouldDisplay {
                let shown = argument.names?.first?.name ?? argument.valueName ?? "?"
                #expect((argument.abstract ?? "").count > 5, "\(name): \(shown) has no description")
            }
        }
    }

    @Test func aDefaultIsOneOfTheValues() throws {
        var seen = 0
        for (words, command) in try commands() {
            for argument in command.arguments ?? [] {
                guard let values = argument.allValues, let value = argument.defaultValue else { continue }
                #expect(values.contains(value), "\(words.joined(separator: " ")): \(value) of \(values)")
                seen += 1
            }
        }
        #expect(seen >= 4)
    }

    /// In the examples of help texts, and in the pages of documentation.
    @Test func everyOptionShownIsThere() throws {
        let commands = try commands()
        var lines = commands.compactMap { $0.command.discussion }.flatMap { $0.split(separator: "\n") }.map(String.init)
        lines += try Pages.all.flatMap { try Pages.text($0).split(separator: "\n") }.map(String.init)
        var seen = 0
        for line in lines {
            for match in line.matches(of: /(?:^|[` \/])(continuod?) ([^`|]*)/) {
                let words = match.2.split(separator: " ").map(String.init)
                let line = [String(match.1)] + words
                let called = commands.last { line.starts(with: $0.words) && $0.words != ["continuo"] }
                guard words.contains(where: { $0.hasPrefix("--") }), let command = called?.command else { continue }
                let options = command.options.union(["--help", "--version"])
                for word in words where word.hasPrefix("-") && word.count > 1 {
                    let option = word.prefix { !"=.,;:')]".contains($0) }
                    #expect(options.contains(String(option)), "\(line): \(option)")
                    seen += 1
                }
            }
        }
        #expect(seen > 10)
    }
}
