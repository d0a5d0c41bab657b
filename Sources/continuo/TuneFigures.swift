import Score

/// What tunes in ABC are like, as figures.
struct TuneFigures: Encodable {
    private(set) var tunes = 0
    private(set) var ended = 0
    private(set) var readByContinuo = 0
    /// Nil without abc2midi.
    private(set) var readByABC2MIDI: Int?
    private(set) var bars = 0
    private(set) var fullBars = 0
    private(set) var restBars = 0
    private var music: Set<String> = []
    var distinct: Int { music.count }

    private enum CodingKeys: String, CodingKey {
        case tunes, ended, bars, distinct
        case readByContinuo = "read_by_continuo"
        case readByABC2MIDI = "read_by_abc2midi"
        case fullBars = "full_bars"
        case restBars = "rest_bars"
    }

    func encode(to encoder: any Encoder) throws {
        var entry = encoder.container(keyedBy: CodingKeys.self)
        try entry.encode(tunes, forKey: .tunes)
        try entry.encode(ended, forKey: .ended)
        try entry.encodeIfPresent(readByABC2MIDI, forKey: .readByABC2MIDI)
        try entry.encode(readByContinuo, forKey: .readByContinuo)
        try entry.encode(distinct, forKey: .distinct)
        try entry.encode(bars, forKey: .bars)
        try entry.encode(fullBars, forKey: .fullBars)
        try entry.encode(restBars, forKey: .restBars)
    }

    /// - Parameter abc2midi: whether it reads the tune; nil if it is not there.
    mutating func add(_ text: String, isComplete: Bool, abc2midi: Bool?) {
        tunes += 1
        ended += isComplete ? 1 : 0
        if let abc2midi { readByABC2MIDI = (readByABC2MIDI ?? 0) + (abc2midi ? 1 : 0) }
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("X:") && !$0.hasPrefix("T:") }
        music.insert(lines.joined(separator: "\n"))
        guard let tune = try? ABCCollection(bytes: Array(text.utf8)).tunes.first, let written = try? tune.bars() else {
            return
        }
        readByContinuo += 1
        for (index, bar) in written.enumerated() {
            restBars += bar.sounds ? 0 : 1
            bars += 1
            fullBars += bar.isFull || Self.isPart(written, index) ? 1 : 0
        }
    }

    /// Whether a bar is shorter than its meter for a good reason: it is the first or last of a section, where pickups stand and
    /// repeats divide bars.
    private static func isPart(_ bars: [ABCWrittenBar], _ index: Int) -> Bool {
        guard let whole = bars[index].meter?.bar, bars[index].length < whole else { return false }
        func ends(_ index: Int) -> Bool {
            guard bars.indices.contains(index), let line = bars[index].line else { return true }
            return line.isDouble || line.repeatsBefore > 0 || line.repeatsAfter > 0
        }
        return ends(index) || ends(index - 1)
    }

    var table: String {
        func share(_ count: Int, of all: Int) -> String {
            "\(count) of \(all), \(fixed(100 * Double(count) / Double(max(all, 1)), 1)) %"
        }
        return [
            "ended by the model       \(share(ended, of: tunes))",
            "read by abc2midi         "
                + (readByABC2MIDI.map { share($0, of: tunes) } ?? "unknown: it is not installed"),
            "read by Continuo         \(share(readByContinuo, of: tunes))",
            "distinct                 \(share(distinct, of: tunes))",
            "full bars                \(share(fullBars, of: bars))",
            "bars of rests            \(share(restBars, of: bars))",
        ].joined(separator: "\n")
    }
}
