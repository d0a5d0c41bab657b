import Score

extension Evaluation {
    /// An evaluation for people, as a table, and for programs, encoded.
    public struct Report {
        private let evaluation: Evaluation
        private let eachPiece: Bool
        private var total: Score { evaluation.total }

        /// - Parameter eachPiece: with the figures of every piece.
        public init(_ evaluation: Evaluation, eachPiece: Bool = false) {
            self.evaluation = evaluation
            self.eachPiece = eachPiece
        }
    }
}

extension Evaluation.Report {
    /// Lines of figures.
    public var table: String {
        let files = evaluation.skipped.count { !$0.isFolder }
        let skipped = files == 0 ? "" : "; \(counted(files, "file")) skipped"
        let counts =
            [(evaluation.pieces, "piece"), (total.notes, evaluation.unit)]
            + (evaluation.areTunes ? [] : [(total.tokens, "event")])
        var lines = [
            counts.map { counted($0, $1) }.joined(separator: ", ")
                + " in \(evaluation.order.rawValue) order\(skipped)", "",
        ]
        if eachPiece { lines += pieceLines + [""] }
        lines.append(row("", ["nats/\(evaluation.unit)", "nats/event", "perplexity", "accuracy"]))
        for field in total.fields {
            let perNote = field.nats / Double(max(total.notes, 1))
            lines.append(figures(field.name, perNote, field.natsPerToken, field.perplexity, field.accuracy))
        }
        lines.append(
            figures("event", total.natsPerNote, total.natsPerToken, total.perplexity, total.accuracy))
        if evaluation.areTunes {
            lines += ["", "\(fixed(total.nats / Double(max(evaluation.pieces, 1)), 2)) nats a tune"]
        }
        if let events = total.performanceRNNEvents, let nats = total.natsPerPerformanceRNNEvent {
            lines += [
                "", "\(fixed(nats, 4)) nats an event of the 388-event vocabulary (\(counted(events, "event")))",
            ]
        }
        if let plain = evaluation.withoutLearning {
            let gains = zip(plain.fields, total.fields).map {
                "\($0.name) \(fixed(($0.nats - $1.nats) / Double(max(total.notes, 1)), 4))"
            }
            lines.append(
                "without learning \(fixed(plain.natsPerNote, 4)) nats a \(evaluation.unit); learning saves "
                    + "\(fixed(plain.natsPerNote - total.natsPerNote, 4)): " + gains.joined(separator: ", "))
        }
        return lines.joined(separator: "\n")
    }

    private var pieceLines: [String] {
        let fields = total.fields.map(\.name)
        let isLearning = evaluation.withoutLearning != nil
        let titles =
            (isLearning ? ["learning"] : []) + [evaluation.unit + "s", "nats/\(evaluation.unit)"] + fields
            + (total.performanceRNNEvents == nil ? [] : ["nats/388"]) + ["perplexity", "accuracy"]
            + fields.map { "of " + $0 }
        return [cells(titles, width: 12) + "  piece"]
            + evaluation.list.map { piece in
                let score = piece.score
                let nats = [score.nats] + score.fields.map(\.nats)
                let figures =
                    nats.map { fixed($0 / Double(max(score.notes, 1)), 4) }
                    + (score.natsPerPerformanceRNNEvent.map { [fixed($0, 4)] } ?? [])
                    + [fixed(score.perplexity, 2), percent(score.accuracy)]
                    + score.fields.map { percent($0.accuracy) }
                let gain = piece.withoutLearning.map { fixed($0.natsPerNote - score.natsPerNote, 4) } ?? ""
                return cells((isLearning ? [gain] : []) + ["\(score.notes)"] + figures, width: 12) + "  " + piece.name
            }
    }

    private func figures(
        _ name: String, _ perNote: Double, _ perToken: Double, _ perplexity: Double, _ accuracy: Double
    ) -> String {
        row(name, [fixed(perNote, 4), fixed(perToken, 4), fixed(perplexity, 2), percent(accuracy)])
    }

    private func row(_ name: String, _ texts: [String]) -> String {
        name + spaces(10 - name.count) + cells(texts, width: 12)
    }

    private func cells(_ texts: [String], width: Int) -> String {
        texts.map { spaces(width - $0.count) + $0 }.joined()
    }

    private func spaces(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }

    private func percent(_ share: Double) -> String { fixed(100 * share, 1) + " %" }
}

// MARK: For programs

extension Evaluation.Report: Encodable {
    private enum Key: String, CodingKey {
        case order, kernels, pieces, skipped, path, reason
        case byPiece = "by_piece"
        case natsPerPiece = "nats_per_piece"
        case withoutLearning = "without_learning"
    }

    public func encode(to encoder: any Encoder) throws {
        try total.encode(to: encoder)
        var report = encoder.container(keyedBy: Key.self)
        try report.encode(evaluation.order.rawValue, forKey: .order)
        try report.encode(evaluation.kernels, forKey: .kernels)
        try report.encode(evaluation.pieces, forKey: .pieces)
        if evaluation.areTunes {
            try report.encode(total.nats / Double(max(evaluation.pieces, 1)), forKey: .natsPerPiece)
        }
        var list = report.nestedUnkeyedContainer(forKey: .skipped)
        for file in evaluation.skipped {
            var entry = list.nestedContainer(keyedBy: Key.self)
            try entry.encode(file.path, forKey: .path)
            try entry.encode(file.reason, forKey: .reason)
        }
        try report.encodeIfPresent(evaluation.withoutLearning, forKey: .withoutLearning)
        if eachPiece { try report.encode(evaluation.list, forKey: .byPiece) }
    }
}

extension Evaluation.Piece: Encodable {
    private enum Key: String, CodingKey {
        case path
        case withoutLearning = "without_learning"
    }

    public func encode(to encoder: any Encoder) throws {
        try score.encode(to: encoder)
        var entry = encoder.container(keyedBy: Key.self)
        try entry.encodeIfPresent(withoutLearning, forKey: .withoutLearning)
        try entry.encode(name, forKey: .path)
    }
}

extension Evaluation.Score: Encodable {
    private enum Key: String, CodingKey {
        case notes, tokens, nats, perplexity, accuracy, fields, name, count
        case events388 = "events_388"
        case natsPerNote = "nats_per_note"
        case natsPerToken = "nats_per_token"
        case natsPerEvent388 = "nats_per_event_388"
    }

    public func encode(to encoder: any Encoder) throws {
        var entry = encoder.container(keyedBy: Key.self)
        try entry.encode(notes, forKey: .notes)
        try entry.encode(tokens, forKey: .tokens)
        try entry.encodeIfPresent(performanceRNNEvents, forKey: .events388)
        try entry.encode(nats, forKey: .nats)
        try entry.encode(natsPerNote, forKey: .natsPerNote)
        try entry.encode(natsPerToken, forKey: .natsPerToken)
        try entry.encodeIfPresent(natsPerPerformanceRNNEvent, forKey: .natsPerEvent388)
        try entry.encode(perplexity, forKey: .perplexity)
        try entry.encode(accuracy, forKey: .accuracy)
        var list = entry.nestedUnkeyedContainer(forKey: .fields)
        for field in fields {
            var entry = list.nestedContainer(keyedBy: Key.self)
            try entry.encode(field.name, forKey: .name)
            try entry.encode(field.count, forKey: .count)
            try entry.encode(field.nats, forKey: .nats)
            try entry.encode(field.nats / Double(max(notes, 1)), forKey: .natsPerNote)
            try entry.encode(field.natsPerToken, forKey: .natsPerToken)
            try entry.encode(field.perplexity, forKey: .perplexity)
            try entry.encode(field.accuracy, forKey: .accuracy)
        }
    }
}
