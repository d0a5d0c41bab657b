import Time

/// One voice to be written as ABC: notes in a meter and a key.
public struct ABCMelody: Equatable, Sendable {
    /// T:; empty for none.
    public var title = ""
    public var meter: Meter
    public var key: ABCKey
    /// Q:, in whole beats a minute; nil leaves it out.
    public var tempo: Tempo?
    /// Length of the incomplete bar before the first; less than a bar.
    public var pickup = Beats.zero
    /// By onset, one at a time.
    public var notes: [BeatNote]

    public init(
        title: String = "", meter: Meter, key: ABCKey, tempo: Tempo? = nil, pickup: Beats = .zero, notes: [BeatNote]
    ) {
        self.title = title
        self.meter = meter
        self.key = key
        self.tempo = tempo
        self.pickup = pickup
        self.notes = notes
    }
}

/// Why notes cannot be written as one voice.
public enum ABCWritingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The note of this index begins before 0, lasts no time, or too long.
    case time(note: Int)
    /// The note of this index begins before the one before it ends.
    case overlap(note: Int)
    /// The note of this index begins or ends between the fractions that are written.
    case grid(note: Int)
    case pickup

    public var description: String {
        switch self {
        case .time(let note): "note \(note + 1) begins before the tune, lasts no time, or lies beyond any tune's end"
        case .overlap(let note): "note \(note + 1) begins before note \(note) ends; one voice has one note at a time"
        case .grid(let note): "note \(note + 1) lies between fractions of a beat; move the notes to a grid first"
        case .pickup: "the bar before the first is longer than a bar, or negative"
        }
    }
}

extension ABCMelody {
    /// Finest parts of a quarter: sixteenths of it, and nonuplets, quintuplets and septuplets of these.
    private static let mostParts = 16 * 9 * 5 * 7
    /// Longer notes are tied together, so that no number is too large to be read.
    private static let longestPart = Beats(12)
    private static let longest = Beats(1 << 15)
    private static let mostBars = 1 << 16

    /// The tune as text. Read again, it gives the same notes. Lengths are in eighths, spaces part beats, a line has four
    /// bars; bars are filled with rests.
    public func text() throws(ABCWritingError) -> String {
        try check()
        var lines = ["X:1"]
        if !plainTitle.isEmpty { lines.append("T:" + plainTitle) }
        lines += ["M:\(meter.numerator)/\(meter.denominator)", "L:1/8"]
        if let field = tempoField { lines.append(field) }
        lines.append("K:" + key.field)
        var writer = ABCBarWriter(key: key, meter: meter)
        var line = ""
        let bars = self.bars
        for (index, bar) in bars.enumerated() {
            line += writer.text(bar) + (index == bars.count - 1 ? "|]" : "|")
            let number = index + (pickup > .zero ? 0 : 1)
            if index == bars.count - 1 || (number > 0 && number % 4 == 0) {
                lines.append(line)
                line = ""
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func check() throws(ABCWritingError) {
        guard pickup >= .zero, pickup < meter.bar else { throw .pickup }
        guard Self.isOnGrid(pickup) else { throw .grid(note: 0) }
        for (index, note) in notes.enumerated() {
            guard note.onset >= .zero, note.duration > .zero, note.onset < Self.longest, note.duration < Self.longest,
                note.end.units / meter.bar.units < Int64(Self.mostBars)
            else { throw .time(note: index) }
            if index > 0, notes[index - 1].end > note.onset { throw .overlap(note: index) }
            guard Self.isOnGrid(note.onset), Self.isOnGrid(note.end) else { throw .grid(note: index) }
        }
    }

    private static func isOnGrid(_ beats: Beats) -> Bool {
        beats.units % (Beats.unitsPerBeat / Int64(mostParts)) == 0
    }

    /// On one line, and without what would begin a comment.
    private var plainTitle: String {
        let scalars = title.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
        return String(Array(scalars)[...].trimmed).split(separator: "%", omittingEmptySubsequences: false)
            .joined(separator: "\\%")
    }

    /// A beat is a dotted quarter in compound meters, else a quarter.
    private var tempoField: String? {
        guard let tempo else { return nil }
        let isCompound = meter.denominator == 8 && meter.numerator % 3 == 0
        let beats = tempo.beatsPerMinute * (isCompound ? 2.0 / 3 : 1)
        guard beats.isFinite else { return nil }
        return "Q:\(isCompound ? "3/8" : "1/4")=\(min(max(Int(beats.rounded()), 1), 9_999))"
    }

    // MARK: Bars

    /// Notes and rests, divided at the bar lines.
    private var bars: [ABCBarWriter.Bar] {
        var bars = [ABCBarWriter.Bar(start: pickup > .zero ? pickup - meter.bar : .zero, elements: [])]
        var now = Beats.zero
        func fill(_ end: Beats, _ key: UInt8?) {
            while now < end {
                var bar = bars.removeLast()
                let part = min(end, bar.start + meter.bar, now + Self.longestPart)
                bar.elements.append(.init(onset: now - bar.start, length: part - now, key: key, isTied: part < end))
                bars.append(bar)
                now = part
                if now == bar.start + meter.bar { bars.append(.init(start: now, elements: [])) }
            }
        }
        for note in notes {
            fill(note.onset, nil)
            fill(note.end, note.key)
        }
        if bars.count > 1, bars.last!.elements.isEmpty { bars.removeLast() }
        // The bar before the first and the last one make a bar together.
        let last = bars.last!
        let end = last.start + meter.bar - (bars.count > 1 ? pickup : .zero)
        fill(max(end, now), nil)
        if bars.last!.elements.isEmpty { bars.removeLast() }
        return bars
    }
}
