import ArgumentParser
import Commands
import Performer
import Presets
import Score
import Session
import Training

struct BenchTurns: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "turns",
        abstract: "Tell how often the machine would step on a pianist, and how soon it would answer one.",
        discussion: """
            Every piece is played to the rule of turn-taking alone, without a network: a take-over in a gap of less than two \
            seconds between two onsets has stepped on the player; a gap of two seconds or more, or the end, is a pause, and \
            its delay counts from the last onset. A pause that is not answered within 2 s counts as 3 s in the mean. A blip \
            is a take-over less than 0.25 s before the player's next onset.

            Example: continuo bench turns --patience 1000,1200,1400
            """)

    @Argument(help: "MIDI files and folders of them; of a MAESTRO folder the split is taken. Default: as of evaluate.")
    var music: [String] = []
    @Option(help: "Split of a MAESTRO folder: train, validation or test.")
    var split = Maestro.Split.validation
    @Option(help: ArgumentHelp("Take only so many pieces, at even distances.", valueName: "pieces"))
    var sample: Int?
    @Option(help: "Values of patience to compare, in milliseconds, with commas between.")
    var patience: String?
    @Option(help: ArgumentHelp("Set a parameter, as for continuod.", valueName: "name=value"))
    var set: [String] = []
    @Option(help: .hidden)
    var logit: String?
    @Flag(help: "Print the figures as JSON.")
    var json = false

    func run() throws {
        try attempt {
            let values = try ParameterValues().overridden(by: set)
            var rules: [(name: String, rehearsal: TurnRehearsal)] = []
            for text in (logit ?? "").split(separator: ",") {
                guard let logit = Float(text) else { throw ValidationError("--logit \(text): a number is needed") }
                rules.append(("log odds \(text)", TurnRehearsal(values, logit: logit)))
            }
            if logit == nil {
                let texts = patience?.split(separator: ",").map(String.init) ?? [shown(values[.patience])]
                for text in texts {
                    let values = try values.overridden(by: ["patience=\(text)"])
                    rules.append(("patience \(text)", TurnRehearsal(values)))
                }
            }
            let files = spread(try Corpus.named(music, split: split), sample ?? .max)
            var trials = rules.map { _ in TurnTrial() }
            for file in files {
                guard let events = try? MIDIFile(path: file).playedEvents() else {
                    tell("\(file): left out, it cannot be read\n")
                    continue
                }
                for index in rules.indices { trials[index].play(events, to: rules[index].rehearsal) }
            }
            print(json ? Self.json(rules.map(\.name), trials) : Self.table(rules.map(\.name), trials))
        }
    }

    private func shown(_ value: Float) -> String { "\(Int(value))" }

    private static func table(_ names: [String], _ trials: [TurnTrial]) -> String {
        var lines = [
            "\(trials.first.map { fixed($0.minutes, 0) } ?? "0") minutes, \(trials.first?.delays.count ?? 0) pauses",
            "",
            "rule            stepped on/min  blips/min  mean s  median s  by 1 s  by 1.5 s  by 2 s",
        ]
        for (name, trial) in zip(names, trials) {
            let figures = [
                (fixed(trial.steppedOnPerMinute, 2), 14), (fixed(trial.blipsPerMinute, 2), 11),
                (fixed(trial.meanDelay, 2), 8), (fixed(trial.medianDelay, 2), 10),
                (fixed(100 * trial.answered(by: 1), 0) + " %", 8), (fixed(100 * trial.answered(by: 1.5), 0) + " %", 10),
                (fixed(100 * trial.answered(by: 2), 0) + " %", 8),
            ]
            lines.append(
                name + String(repeating: " ", count: max(0, 16 - name.count))
                    + figures.map { String(repeating: " ", count: max(0, $1 - $0.count)) + $0 }.joined())
        }
        return lines.joined(separator: "\n")
    }

    private static func json(_ names: [String], _ trials: [TurnTrial]) -> String {
        let rows = zip(names, trials).map { name, trial in
            "{\"rule\": \"\(name)\", \"minutes\": \(trial.minutes), \"pauses\": \(trial.delays.count), "
                + "\"stepped_on_per_minute\": \(trial.steppedOnPerMinute), "
                + "\"blips_per_minute\": \(trial.blipsPerMinute), \"mean_delay\": \(trial.meanDelay), "
                + "\"median_delay\": \(trial.medianDelay), \"answered_by_1\": \(trial.answered(by: 1)), "
                + "\"answered_by_1.5\": \(trial.answered(by: 1.5)), \"answered_by_2\": \(trial.answered(by: 2))}"
        }
        return "[" + rows.joined(separator: ",\n ") + "]"
    }
}
