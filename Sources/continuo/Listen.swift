import ArgumentParser
import Commands
import Glibc
import Report
import Score
import Training

struct Listen: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell what continuations are like, beside what the composers wrote.",
        discussion: """
            Of each piece the beginning is played to an instrument of its own, which continues it for as long; the figures \
            are of all continuations together, pedals folded into the lengths of notes. Two of one performer would differ \
            too.

            Example: continuo listen --pieces 16 --seconds 40 --set temperature-key=0.9
            """)

    @Argument(
        help: """
            MIDI files and folders of them, but for outputs of trainings; of a MAESTRO folder the split is taken. \
            Default: maestro in $CONTINUO_DATA, or else in ../shared/data.
            """)
    var music: [String] = []
    @Option(help: "Split of a MAESTRO folder: train, validation or test.")
    var split = Maestro.Split.validation
    @Option(help: "Pieces, chosen at even distances.")
    var pieces = 16
    @Option(help: "Length of each beginning and of its continuation, 2 to 3600.")
    var seconds: Float = 30
    @Option(help: "Continuations of each beginning, with dice of their own.")
    var replies = 1
    @OptionGroup var instrument: InstrumentOptions
    @Flag(help: "Print the figures as JSON.")
    var json = false

    func validate() throws {
        if replies < 1 { throw ValidationError("--replies \(replies): at least one is needed") }
        if pieces < 1 { throw ValidationError("--pieces \(pieces): at least one piece is needed") }
        guard (2...3600).contains(seconds) else { throw ValidationError("--seconds takes 2…3600, not \(seconds)") }
    }

    func run() throws {
        try attempt {
            let files = try Corpus.named(music, split: split)
            var unread: [any Error] = []
            let continuations = try Report.continuations(
                of: files, count: pieces, seconds: seconds, replies: replies, unread: { unread.append($0) },
                by: instrument.load)
            if continuations.isEmpty, let first = unread.first { throw first }
            for error in unread { tell("continuo: left out: \(error)\n") }
            guard !continuations.isEmpty else { throw ListenError.nothingToContinue(files.count) }
            let comparison = Comparison(continuations)
            let resemblance = Resemblance(continuations)
            print(
                json
                    ? try asJSON(Figures(comparison: comparison, resemblance: resemblance))
                    : table(comparison, continuations.count) + "\n\n" + table(resemblance))
        }
    }

    private func table(_ resemblance: Resemblance) -> String {
        func shown(_ figure: Resemblance.Figure) -> String {
            guard let mean = figure.mean, let low = figure.low, let high = figure.high else { return "–" }
            return "\(fixed(mean, 3)) (\(fixed(low, 2))…\(fixed(high, 2)))"
        }
        let rows =
            [["to the call, mean of pieces", "Continuo", "composer"]]
            + resemblance.rows.map { [$0.name, shown($0.machine), shown($0.composer)] } + [
                ["nats a note lost by following", "", shown(resemblance.cost)]
            ]
        return rows.map { row in
            row[0] + String(repeating: " ", count: 32 - min(32, row[0].count))
                + row.dropFirst().map { padded($0, 22) }.joined()
        }.joined(separator: "\n")
    }

    private func table(_ comparison: Comparison, _ count: Int) -> String {
        let rows =
            [["\(counted(count, "continuation")) of \(Int(seconds)) s", "Continuo", "composer"]] + comparison.rows
        return rows.map { row in
            let gap = String(repeating: " ", count: 30 - min(30, row[0].count))
            return row[0] + gap + row.dropFirst().map { padded($0, 15) }.joined()
        }.joined(separator: "\n")
    }
}

private struct Figures: Encodable {
    let comparison: Comparison
    let resemblance: Resemblance
}

enum ListenError: CommandError, CustomStringConvertible {
    case nothingToContinue(Int)

    var exitStatus: Int32 { EX_DATAERR }

    var description: String {
        switch self {
        case .nothingToContinue(let files):
            (files == 1 ? "the file lasts less than four seconds" : "of \(files) files none lasts four seconds")
                + ", so there is nothing to continue; name longer ones"
        }
    }
}
