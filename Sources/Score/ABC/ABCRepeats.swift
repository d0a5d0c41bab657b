/// The order in which the events of a voice are played: parts, repeats and endings (ABC 2.1, sections 3.1.9 "P: – parts",
/// 4.8 "Repeat/bar symbols", 4.9 "First and second repeats", 4.10 "Variant endings").
///
/// Where a beginning is missing it is taken as players do: the first repeat of a tune goes back to its start, a later
/// one to the last double bar line or the end of the last repeat. A `|:` before the repeat that is open has ended ends it.
struct ABCRepeats {
    private let events: [ABCEvent]
    private(set) var order: [Range<Int>] = []
    /// Whether a repeat has been met, so that double bar lines divide.
    private var hasRepeated = false

    /// Ranges of `events`, one after the other.
    static func order(_ events: [ABCEvent], parts: [Character], of tune: ABCTune) throws(ABCError) -> [Range<Int>] {
        var repeats = ABCRepeats(events: events)
        let labels = events.indices.filter { if case .part = events[$0] { true } else { false } }
        guard !parts.isEmpty, !labels.isEmpty else {
            repeats.play(events.indices)
            return repeats.order
        }
        // What stands before the first label is played first.
        repeats.play(0..<labels[0])
        var places: [Character: Range<Int>] = [:]
        for (place, end) in zip(labels, labels.dropFirst() + [events.count]) {
            if case .part(let label) = events[place], places[label] == nil { places[label] = place..<end }
        }
        for label in parts {
            guard let place = places[label] else {
                throw ABCError(.part(label), at: tune.fields.first { $0.letter == "P" }?.position ?? tune.position)
            }
            repeats.play(place)
        }
        return repeats.order
    }

    private init(events: [ABCEvent]) { self.events = events }

    private mutating func play(_ part: Range<Int>) {
        hasRepeated = false
        var start = part.lowerBound
        while start < part.upperBound {
            let section = section(from: start, to: part.upperBound)
            for time in 1...section.times { play(section, time) }
            start = section.range.upperBound
        }
    }

    /// What is played so often, with its endings.
    private struct Section {
        var range: Range<Int>
        var times = 1
        /// Where endings begin.
        var endings: [Int] = []
    }

    /// The next section: up to the end of its repeat, to the last of its endings, or to where a repeat begins.
    private mutating func section(from start: Int, to end: Int) -> Section {
        var section = Section(range: start..<end)
        var index = start
        while index < end {
            switch events[index] {
            case .ending(let ending, _):
                section.endings.append(index)
                section.times = max(section.times, ending.last)
                hasRepeated = true
            case .barLine(let line):
                if closes(&section, line, at: index, to: end) {
                    section.range = start..<index + 1
                    return section
                }
            default: break
            }
            index += 1
        }
        return section
    }

    /// Whether the section ends at this bar line.
    private mutating func closes(_ section: inout Section, _ line: ABCBarLine, at index: Int, to end: Int) -> Bool {
        let isEmpty = !events[section.range.lowerBound..<index].contains { event in
            if case .sound = event { true } else { false }
        }
        if line.repeatsBefore > 0 {
            if !isEmpty { section.times = max(section.times, line.repeatsBefore + 1) }
            hasRepeated = true
            // Another ending follows: the section goes on.
            return line.repeatsAfter > 0 || !beginsEnding(after: index, to: end)
        }
        if line.repeatsAfter > 0 {
            hasRepeated = true
            return true
        }
        guard line.isDouble, hasRepeated else { return false }
        return !beginsEnding(after: index, to: end)
    }

    private func beginsEnding(after index: Int, to end: Int) -> Bool {
        for event in events[index + 1..<end] {
            switch event {
            case .ending(let ending, _): return !ending.contains(1)
            case .barLine, .meter, .tempo: continue
            case .sound, .part, .overlay: return false
            }
        }
        return false
    }

    /// Plays a section the first time, the second time, …: of its endings only those for this time.
    private mutating func play(_ section: Section, _ time: Int) {
        var index = section.range.lowerBound
        let bounds = section.endings + [section.range.upperBound]
        if index < bounds[0] { order.append(index..<bounds[0]) }
        for (ending, end) in zip(section.endings, bounds.dropFirst()) {
            index = ending
            if case .ending(let ending, _) = events[index], ending.contains(time) { order.append(index..<end) }
        }
    }
}
