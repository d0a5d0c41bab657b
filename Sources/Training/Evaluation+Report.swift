/// An evaluation for people and for programs.

extension Evaluation {
    /// Lines of figures.
    public var table: String {
        var lines = [
            "\(pieces) pieces, \(notes) notes, \(tokens) tokens"
                + (skipped.isEmpty ? "" : "; \(skipped.count) files skipped"),
            "",
            row("", ["nats/note", "nats/token", "perplexity", "accuracy"]),
        ]
        for field in fields {
            let (perNote, perToken) = (field.nats / Double(max(notes, 1)), field.nats / Double(max(field.count, 1)))
            lines.append(
                row(
                    field.name,
                    [
                        format(perNote, 4), format(perToken, 4), format(field.perplexity, 2),
                        format(100 * field.accuracy, 1) + " %",
                    ]))
        }
        lines.append(row("all", [format(natsPerNote, 4), format(nats / Double(max(tokens, 1)), 4)]))
        lines += ["", "\(format(natsPerPerformanceRNNEvent, 4)) nats an event of the 388-event vocabulary"]
        return lines.joined(separator: "\n")
    }

    private func row(_ name: String, _ cells: [String]) -> String {
        func spaces(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
        return cells.reduce(name + spaces(10 - name.count)) { $0 + spaces(12 - $1.count) + $1 }
    }
}

extension Evaluation: Encodable {
    private enum Key: String, CodingKey {
        case pieces, notes, tokens, nats, fields, skipped
        case events388 = "events_388"
        case natsPerNote = "nats_per_note"
        case natsPerToken = "nats_per_token"
        case natsPerEvent388 = "nats_per_event_388"
        case name, count, perplexity, accuracy, path, reason
    }

    public func encode(to encoder: any Encoder) throws {
        var report = encoder.container(keyedBy: Key.self)
        try report.encode(pieces, forKey: .pieces)
        try report.encode(notes, forKey: .notes)
        try report.encode(tokens, forKey: .tokens)
        try report.encode(performanceRNNEvents, forKey: .events388)
        try report.encode(nats, forKey: .nats)
        try report.encode(natsPerNote, forKey: .natsPerNote)
        try report.encode(natsPerPerformanceRNNEvent, forKey: .natsPerEvent388)
        var list = report.nestedUnkeyedContainer(forKey: .fields)
        for field in fields {
            var entry = list.nestedContainer(keyedBy: Key.self)
            try entry.encode(field.name, forKey: .name)
            try entry.encode(field.count, forKey: .count)
            try entry.encode(field.nats, forKey: .nats)
            try entry.encode(field.nats / Double(max(notes, 1)), forKey: .natsPerNote)
            try entry.encode(field.nats / Double(max(field.count, 1)), forKey: .natsPerToken)
            try entry.encode(field.perplexity, forKey: .perplexity)
            try entry.encode(field.accuracy, forKey: .accuracy)
        }
        list = report.nestedUnkeyedContainer(forKey: .skipped)
        for file in skipped {
            var entry = list.nestedContainer(keyedBy: Key.self)
            try entry.encode(file.path, forKey: .path)
            try entry.encode(file.reason, forKey: .reason)
        }
    }
}
