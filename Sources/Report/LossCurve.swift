import Score
import Training

/// The log of a training as a picture: nats a note over the tokens seen.
struct LossCurve {
    private let width = 880.0
    private let height = 420.0
    private let left = 64.0
    private let right = 24.0
    private let top = 52.0
    private let bottom = 44.0
    private let fields: [String]
    private let rows: [TrainingLog.Row]
    private let highest: Double

    /// - Parameter fields: their names, in the order of the rows.
    init(_ rows: [TrainingLog.Row], fields: [String]) {
        self.fields = fields
        self.rows = Self.smoothed(rows)
        // The first updates, at many nats, would press the rest flat.
        let later = self.rows.dropFirst(self.rows.count / 20)
        highest = (later.map(\.natsPerNote).max() ?? 1) * 1.05
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
        svg.open(width: width, height: height)
        svg.text(SVG.clipped(title, to: 60), x: left, y: 30, "font-size=\"17\" font-weight=\"600\" fill=\"#111827\"")
        drawAxes(&svg)
        let colours = ["#94a3b8", "#15803d", "#7e22ce", "#be123c"]
        for (k, _) in fields.enumerated() {
            draw(rows.map { ($0.tokens, $0.fields[k]) }, "stroke=\"\(colours[k % 4])\" stroke-width=\"1\"", &svg)
        }
        draw(rows.map { ($0.tokens, $0.natsPerNote) }, "stroke=\"#1d4ed8\" stroke-width=\"1.6\"", &svg)
        let validations = rows.compactMap { row in row.validation.map { (row.tokens, $0) } }
        draw(validations, "stroke=\"#ea6a0c\" stroke-width=\"1.6\"", &svg)
        for point in validations {
            svg.rectangle(x: x(point.0) - 2, y: y(point.1) - 2, width: 4, height: 4, "fill=\"#ea6a0c\"")
        }
        let names =
            [("#1d4ed8", "training"), ("#ea6a0c", "validation")] + fields.enumerated().map { (colours[$0 % 4], $1) }
        svg.legend(
            names.map { (colour: $0.0, name: $0.1) }, x: width - right, y: 30,
            "font-size=\"12\" text-anchor=\"end\" fill=\"#374151\"")
        return svg.close()
    }

    private func x(_ tokens: Int) -> Double {
        left + (width - left - right) * Double(tokens) / Double(max(rows.last?.tokens ?? 1, 1))
    }

    private func y(_ nats: Double) -> Double {
        height - bottom - (height - top - bottom) * min(nats / highest, 1)
    }

    private func draw(_ points: [(tokens: Int, nats: Double)], _ style: String, _ svg: inout SVG) {
        svg.polyline(points.map { (x($0.tokens), y($0.nats)) }, "fill=\"none\" \(style)")
    }

    private func drawAxes(_ svg: inout SVG) {
        let small = "font-size=\"11\" fill=\"#6b7280\""
        let step = [0.1, 0.2, 0.5, 1, 2, 5, 10].first { highest / $0 <= 10 } ?? 20
        for i in 0...Int(highest / step) {
            let level = Double(i) * step
            svg.line(x1: left, y1: y(level), x2: width - right, y2: y(level), "stroke=\"#e3e6eb\"")
            svg.text(SVG.decimal(level), x: left - 8, y: y(level) + 4, "text-anchor=\"end\" \(small)")
        }
        for i in 0...4 {
            let tokens = (rows.last?.tokens ?? 0) * i / 4
            let label = tokens >= 10_000_000 ? "\(tokens / 1_000_000) million" : "\(tokens / 1000) thousand"
            let anchor = i == 4 ? "end" : "middle"
            svg.text(label, x: x(tokens), y: height - bottom + 18, "text-anchor=\"\(anchor)\" \(small)")
        }
        svg.text("nats a note", x: left, y: top - 8, small)
        svg.text("tokens", x: width - right, y: height - 8, "text-anchor=\"end\" \(small)")
    }
}
