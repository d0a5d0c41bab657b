import Time

/// A picture of notes: time to the right, pitch upwards, a colour for each voice, velocity as depth of colour.
public struct PianoRoll: Sendable {
    /// May be empty.
    public var title: String
    /// Where bars begin; nil draws no bar lines.
    public var bars: TempoMap?

    public init(title: String, bars: TempoMap? = nil) {
        self.title = title
        self.bars = bars
    }

    /// An SVG document. Long pieces are squeezed into a bounded width.
    /// - Parameter voices: the first is drawn first, in blue, the second in orange, then green, purple, red and teal.
    public func svg(voices: [Voice]) -> String {
        let layout = PianoRollLayout(voices: voices)
        var svg = SVG()
        svg.open(width: layout.width, height: layout.height)
        drawHeading(voices, layout, &svg)
        drawPitchAxis(layout, &svg)
        drawTimeAxis(layout, &svg)
        if let bars { drawBarLines(bars, layout, &svg) }
        for (index, voice) in voices.enumerated() { drawNotes(voice, colour(index), layout, &svg) }
        return svg.close()
    }

    private func colour(_ voice: Int) -> String {
        let colours = ["#1d4ed8", "#ea6a0c", "#15803d", "#7e22ce", "#be123c", "#0f766e"]
        return colours[voice % colours.count]
    }

    // MARK: Parts

    private func drawHeading(_ voices: [Voice], _ layout: PianoRollLayout, _ svg: inout SVG) {
        let names = voices.map { SVG.clipped($0.name, to: 24) }
        // A guess of the width of the legend; its true width is the viewer's font's.
        let legend = names.reduce(0) { $0 + 8 * Double($1.count) + 36 }
        let room = Int((layout.right - layout.left - legend) / 11)
        svg.text(
            SVG.clipped(title, to: max(room, 8)), x: layout.left, y: 32,
            "font-size=\"19\" font-weight=\"600\" fill=\"#111827\"")
        let entries = names.enumerated().map { index, name in (colour: colour(index), name: name) }
        svg.legend(entries, x: layout.right, y: 31, "font-size=\"13\" text-anchor=\"end\" fill=\"#374151\"")
    }

    /// Stripes where the black keys are, a line below each C, and a small keyboard.
    private func drawPitchAxis(_ layout: PianoRollLayout, _ svg: inout SVG) {
        let height = layout.keyHeight
        for key in layout.keys {
            let y = layout.y(key: key)
            let black = [1, 3, 6, 8, 10].contains(key % 12)
            if black {
                svg.rectangle(
                    x: layout.left, y: y, width: layout.right - layout.left, height: height, "fill=\"#f5f6f8\"")
            }
            svg.rectangle(
                x: layout.left - 24, y: y, width: black ? 14 : 22, height: height - 0.6,
                "fill=\"\(black ? "#4b5563" : "#e5e7eb")\"")
            guard key % 12 == 0 else { continue }
            svg.line(x1: layout.left, y1: y + height, x2: layout.right, y2: y + height, "stroke=\"#cbd0d8\"")
            svg.text(
                "C\(key / 12 - 1)", x: layout.left - 30, y: y + height / 2 + 4,
                "font-size=\"11\" text-anchor=\"end\" fill=\"#6b7280\"")
        }
    }

    private func drawTimeAxis(_ layout: PianoRollLayout, _ svg: inout SVG) {
        let step = layout.secondsPerGridLine
        for index in 0...Int(layout.seconds / Double(step)) {
            let second = index * step
            let x = layout.x(time: Int64(second) * 1_000_000_000)
            svg.line(x1: x, y1: layout.top, x2: x, y2: layout.bottom, "stroke=\"#e3e6eb\"")
            svg.text(
                label(second: second, layout), x: x, y: layout.bottom + 20,
                "font-size=\"11\" text-anchor=\"middle\" fill=\"#6b7280\"")
        }
        svg.rectangle(
            x: layout.left, y: layout.top, width: layout.right - layout.left, height: layout.bottom - layout.top,
            "fill=\"none\" stroke=\"#cbd0d8\"")
    }

    /// Lines of all bars; where they would be too many, of every second, fourth and so on.
    private func drawBarLines(_ map: TempoMap, _ layout: PianoRollLayout, _ svg: inout SVG) {
        let end = layout.seconds * 1e9
        let last = map.position(at: map.beats(atNanoseconds: Int64(end))).bar
        let room = Int((layout.right - layout.left) / 6)
        var step = 1
        while last / step > room { step *= 2 }
        svg.openGroup("stroke=\"#8b93a1\" stroke-width=\"0.6\" class=\"bars\"")
        var drawn = -Double.infinity
        for bar in stride(from: 0, through: last, by: step) {
            let x = layout.x(time: map.nanoseconds(at: map.beats(at: BarPosition(bar: bar))))
            guard x >= drawn + 3, x <= layout.right else { continue }
            svg.line(x1: x, y1: layout.top, x2: x, y2: layout.bottom, "")
            drawn = x
        }
        svg.closeGroup()
    }

    private func label(second: Int, _ layout: PianoRollLayout) -> String {
        guard layout.seconds >= 120 else { return "\(second) s" }
        let seconds = second % 60
        return "\(second / 60):\(seconds < 10 ? "0" : "")\(seconds)"
    }

    private func drawNotes(_ voice: Voice, _ colour: String, _ layout: PianoRollLayout, _ svg: inout SVG) {
        svg.openGroup("fill=\"\(colour)\"")
        for note in voice.notes {
            let x = layout.x(time: note.onset)
            // A hair of light between repeated notes; the shortest stay visible.
            let width = max(layout.x(time: note.end) - x - 0.6, 1.6)
            svg.rectangle(
                x: x, y: layout.y(key: Int(note.key)) + 0.3, width: width, height: layout.keyHeight - 0.6,
                "rx=\"1.5\" fill-opacity=\"\(SVG.decimal(0.4 + 0.6 * Double(note.velocity) / 127))\"")
        }
        svg.closeGroup()
    }
}

/// Where things are, in pixels.
private struct PianoRollLayout {
    let left = 72.0
    let top = 52.0
    let keys: ClosedRange<Int>
    let keyHeight: Double
    let seconds: Double
    let pixelsPerSecond: Double

    init(voices: [Voice]) {
        let notes = voices.lazy.flatMap(\.notes)
        // A second above and below, and two octaves at least, so that few notes do not fill the picture.
        let lowest = max(min(Int(notes.map(\.key).min() ?? 60), 103) - 2, 0)
        let highest = min(max(Int(notes.map(\.key).max() ?? 60) + 2, lowest + 24), 127)
        keys = lowest...highest
        keyHeight = min(max(420 / Double(keys.count), 5), 11)
        seconds = max(Double(notes.map(\.end).max() ?? 0) / 1e9, 1)
        pixelsPerSecond = min(max(seconds * 48, 760), 1_480) / seconds
    }

    var right: Double { left + seconds * pixelsPerSecond }
    var bottom: Double { top + Double(keys.count) * keyHeight }
    var width: Double { right + 28 }
    var height: Double { bottom + 36 }

    func x(time: Int64) -> Double { left + Double(time) / 1e9 * pixelsPerSecond }
    func y(key: Int) -> Double { top + Double(keys.upperBound - key) * keyHeight }

    /// A round number that leaves a label its room.
    var secondsPerGridLine: Int {
        let wanted = 64 / pixelsPerSecond
        let round = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600]
        return round.first { Double($0) >= wanted } ?? Int(wanted / 3_600 + 1) * 3_600
    }
}
