import Files
import FoundationEssentials
import Glibc
import Score
import Training

/// The folder of a report: index.html for people, figures.json for programs, pictures and MIDI files for both.
extension Report {
    private struct Figures: Encodable {
        let validation: Evaluation.Score?
        let continuations: MusicFigures
        let composers: MusicFigures
        let copied: [String: CopiedRun]
    }

    /// - Throws: `FileError`, `TrainingError`; files written before stay.
    public func write(_ outcome: Training.Outcome, to folder: String) throws {
        try makeFolders(folder)
        func save(_ text: String, _ name: String) throws {
            try writeAtomically(Array(text.utf8), to: "\(folder)/\(name)")
        }
        try save(
            LossCurve(try TrainingLog.rows(outcome.log, fields: outcome.fields.count), fields: outcome.fields).svg(
                title: "\(outcome.recipe.name): loss"), "loss.svg")
        for (i, piece) in continuations.enumerated() {
            for (who, events) in [("Continuo", piece.machine), ("composer", piece.composer)] {
                let voices = [("seed", piece.seed), (who, events)].map {
                    Voice(name: $0.0, notes: notes(from: $0.1, foldingPedal: true))
                }
                try save(PianoRoll(title: piece.name).svg(voices: voices), Self.file(i, who, "svg"))
                try MIDIFile(recording: [
                    (name: "seed", messages: piece.seed.map { ChannelMessage($0) }),
                    (name: who, messages: events.map { ChannelMessage($0) }),
                ]).write(to: "\(folder)/\(Self.file(i, who, "mid"))")
            }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let figures = Figures(
            validation: outcome.validation?.total, continuations: comparison.machine, composers: comparison.composer,
            copied: ["continuations": copied.machine, "composers": copied.composer])
        try save(String(decoding: try encoder.encode(figures), as: UTF8.self) + "\n", "figures.json")
        try save(page(outcome), "index.html")
    }

    private static func file(_ i: Int, _ who: String, _ suffix: String) -> String {
        "\(i + 1)-\(who.lowercased()).\(suffix)"
    }

    private func page(_ outcome: Training.Outcome) -> String {
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><title>\(Self.escaped(outcome.recipe.name))</title>
        <style>
        body { font-family: Inter, Helvetica, Arial, sans-serif; max-width: 1500px; margin: 2em auto; color: #111827 }
        table { border-collapse: collapse; margin: 1em 0 } td, th { padding: 3px 14px; text-align: right }
        td:first-child, th:first-child { text-align: left } tr { border-bottom: 1px solid #e3e6eb }
        img { max-width: 100% } p { max-width: 50em }
        </style></head><body>
        <h1>\(Self.escaped(outcome.recipe.name))</h1>
        <p><img src="loss.svg" alt="Loss over tokens"></p>
        <h2>Prediction</h2>
        \(prediction(outcome.validation))
        <h2>Continuations</h2>
        <p>\(Self.beginnings(continuations.count)) \(areUnseen ? "kept from training" : "that it was trained on, since none was kept"), \
        \(continuations.count == 1 ? "" : "each ")continued by the model and by its composer, all with the parameters' defaults. Two of one performer would differ too.</p>
        \(figures)
        \(continuations.indices.map(pictures).joined(separator: "\n"))
        </body></html>

        """
    }

    private static func beginnings(_ count: Int) -> String {
        count == 1 ? "The beginning of a piece" : "\(count) beginnings of pieces"
    }

    private func prediction(_ validation: Evaluation?) -> String {
        guard let validation else { return "<p>There was nothing to validate with.</p>" }
        let rows = validation.fields.map { field in
            [
                field.name, fixed(field.nats / Double(max(validation.notes, 1)), 3), fixed(field.perplexity, 2),
                fixed(100 * field.accuracy, 1) + " %",
            ]
        }
        return
            "<p>\(counted(validation.pieces, "piece")), \(counted(validation.notes, validation.unit)): \(fixed(validation.natsPerNote, 3)) nats a \(validation.unit).</p>\n"
            + table(["field", "nats a \(validation.unit)", "perplexity", "accuracy"], rows)
    }

    private var figures: String {
        table(
            ["", "Continuo", "composer"],
            comparison.rows + [
                [
                    "longest run of notes found in the training set", "\(copied.machine.notes)",
                    "\(copied.composer.notes)",
                ]
            ])
    }

    private func pictures(_ i: Int) -> String {
        "<h3>\(Self.escaped(continuations[i].name))</h3>\n"
            + ["Continuo", "composer"].map {
                "<p><a href=\"\(Self.file(i, $0, "mid"))\">\($0), as MIDI file</a></p>\n"
                    + "<img src=\"\(Self.file(i, $0, "svg"))\" alt=\"\($0)\">"
            }.joined(separator: "\n")
    }

    private func table(_ head: [String], _ rows: [[String]]) -> String {
        func line(_ cells: [String], _ tag: String) -> String {
            "<tr>" + cells.map { "<\(tag)>\(Self.escaped($0))</\(tag)>" }.joined() + "</tr>"
        }
        return "<table>\n" + ([line(head, "th")] + rows.map { line($0, "td") }).joined(separator: "\n") + "\n</table>"
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            default: result.append(character)
            }
        }
    }
}
