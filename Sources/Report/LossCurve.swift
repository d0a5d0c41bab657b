import Score
import Training

/// The log of a training as a picture: nats a note over the tokens seen, above the whole, below what each field costs. Each
/// panel spans what is drawn in it, so that a small gain is seen.
struct LossCurve {
    private static let width = 880.0
    private static let height = 560.0
    private static let left = 64.0
    private static let right = 24.0
    private static let bottom = 44.0
    private let fields: [String]
    private let rows: [TrainingLog.Row]
    private let whole: Panel
    private let parts: Panel

    /// A part of the picture with an axis of its own.
    private struct Panel {
        let top: Double
        let height: Double
        let span: ClosedRange<Double>

        init(top: Double, height: Double, _ values: [Double]) {
            (self.top, self.height) = (top, height)
            let (lowest, highest) = (values.min() ?? 0, values.max() ?? 1)
            let margin = max((highest - lowest) * 0.05, 0.01)
            span = max(0, lowest - margin)...(highest + margin)
        }

        func y(_ nats: Double) -> Double {
            let share = (nats - span.lowerBound) / (span.upperBound - span.lowerBound)
            return top + height * (1 - min(max(share, 0), 1))
        }

        /// At most ten, at round values.
        var levels: [Double] {
            let range = span.upperBound - span.lowerBound
            let step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10].first { range / $0 <= 10 } ?? 20
            let first = Int((span.lowerBound / step).rounded(.up))
            let last = Int((span.upperBound / step).rounded(.down))
            return (first...max(first, last)).map { Double($0) * step }
        }
    }

    /// - Parameter fields: their names, in the order of the rows.
    init(_ rows: [TrainingLog.Row], fields: [String]) {
        self.fields = fields
        self.rows = Self.smoothed(rows)
        // The first updates, at many nats, would press the rest flat.
        let later = self.rows.dropFirst(self.rows.count / 20)
        whole = Panel(top: 52, height: 290, later.flatMap { [$0.natsPerNote] + [$0.validation].compactMap(\.self) })
        parts = Panel(top: 376, height: Self.height - Self.bottom - 376, later.flatMap(\.fields))
    }

    /// Means of equally many rows each, 300 of them at most; a validation stays with its row.
    private static func smoothed(_ rows: [TrainingLog.Row]) -> [TrainingLog.Row] {
        let each = max(1, rows.count / 300)
        return stride(from: 0, to: rows.count, by: each).map { first in
            let group = rows[first..<min(first + each, rows.count)]
            func mean(_ value: (TrainingLog.Row) -> Double) -> Double {
                group.reduce(0) { $0 + value($1) } / Double(group.count)
            }
            return TrainingLog.Row(
                tokens: group.last!.tokens, natsPerNote: mean(\.natsPerNote),
                fields: group.first!.fields.indices.map { k in mean { $0.fields[k] } }, rate: mean(\.rate),
                validation: group.compactMap(\.validation).last)
        }
    }

    func svg(title: String) -> String {
        var svg = SVG()
        svg.open(width: Self.width, height: Self.height)
        svg.text(
            SVG.clipped(title, to: 60), x: Self.left, y: 30,
            "font-size=\"17\" font-weight=\"600\" fill=\"#111827\"")
        drawAxes(&svg)
        let colours = ["#94a3b8", "#15803d", "#7e22ce", "#be123c"]
        for (k, _) in fields.enumerated() {
            let colour = "stroke=\"\(colours[k % 4])\" stroke-width=\"1\""
            draw(rows.map { ($0.tokens, $0.fields[k]) }, in: parts, colour, &svg)
        }
        draw(rows.map { ($0.tokens, $0.natsPerNote) }, in: whole, "stroke=\"#1d4ed8\" stroke-width=\"1.6\"", &svg)
        let validations = rows.compactMap { row in row.validation.map { (row.tokens, $0) } }
        draw(validations, in: whole, "stroke=\"#ea6a0c\" stroke-width=\"1.6\"", &svg)
        for point in validations {
            svg.rectangle(x: x(point.0) - 2, y: whole.y(point.1) - 2, width: 4, height: 4, "fill=\"#ea6a0c\"")
        }
        let names =
            [("#1d4ed8", "training"), ("#ea6a0c", "validation")] + fields.enumerated().map { (colours[$0 % 4], $1) }
        svg.legend(
            names.map { (colour: $0.0, name: $0.1) }, x: Self.width - Self.right, y: 30,
            "font-size=\"12\" text-anchor=\"end\" fill=\"#374151\"")
        return svg.close()
    }

    private func x(_ tokens: Int) -> Double {
        Self.left + (Self.width - Self.left - Self.right) * Double(tokens) / Double(max(rows.last?.tokens ?? 1, 1))
    }

    private func draw(
        _ points: [(tokens: Int, nats: Double)], in panel: Panel, _ style: String, _ svg: inout SVG
    ) {
        svg.polyline(points.map { (x($0.tokens), panel.y($0.nats)) }, "fill=\"none\" \(style)")
    }

    private func drawAxes(_ svg: inout SVG) {
        let small = "font-size=\"11\" fill=\"#6b7280\""
        for (panel, title) in [(whole, "nats a note"), (parts, "nats a note, of each field")] {
            for level in panel.levels {
                let y = panel.y(level)
                svg.line(x1: Self.left, y1: y, x2: Self.width - Self.right, y2: y, "stroke=\"#e3e6eb\"")
                svg.text(SVG.decimal(level), x: Self.left - 8, y: y + 4, "text-anchor=\"end\" \(small)")
            }
            svg.text(title, x: Self.left, y: panel.top - 8, small)
        }
        for i in 0...4 {
            let tokens = (rows.last?.tokens ?? 0) * i / 4
            let label = tokens >= 10_000_000 ? "\(tokens / 1_000_000) million" : "\(tokens / 1000) thousand"
            let anchor = i == 4 ? "end" : "middle"
            svg.text(label, x: x(tokens), y: Self.height - Self.bottom + 18, "text-anchor=\"\(anchor)\" \(small)")
        }
        svg.text("tokens", x: Self.width - Self.right, y: Self.height - 8, "text-anchor=\"end\" \(small)")
    }
}
