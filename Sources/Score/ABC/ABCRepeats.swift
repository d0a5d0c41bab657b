/// The order in which the events of a voice are played: parts, repeats and endings (ABC 2.1, sections 3.1.9 "P: – parts",
/// 4.8 "Repeat/bar symbols", 4.9 "First and second repeats", 4.10 "Variant endings").
///
/// Where a beginning is missing it is taken as players do: the first repeat of a tune goes back to its start, a later
/// one to the last double bar line or the end of the last repeat. A `|:` before the repeat that is open has ended ends it.
struct ABCRepeats {
    /// All that is played, bar lines too.
    private static let mostEvents = 1 << 21
    private let events: [ABCEvent]
    private(set) var order: [Range<Int>] = []
    /// After which events an ending comes next, one for another time than the first.
    private let precedesEnding: [Bool]
    /// Whether a repeat has been met, so that double bar lines divide.
    private var hasRepeated = false
    /// Events of `order`.
    private var count = 0

    /// Ranges of `events`, one after the other.
    static func order(_ events: [ABCEvent], parts: [Character], of tune: ABCTune) throws(ABCError) -> [Range<Int>] {
        var repeats = ABCRepeats(events: events)
        let labels = events.indices.filter { if case .part = events[$0] { true } else { false } }
        guard !parts.isEmpty, !labels.isEmpty else {
            try repeats.play(events.indices)
            return repeats.order
        }
        // What stands before the first label is played first.
        try repeats.play(0..<labels[0])
        var places: [Character: Range<Int>] = [:]
        for (place, end) in zip(labels, labels.dropFirst() + [events.count]) {
            if case .part(let label) = events[place], places[label] == nil { places[label] = place..<end }
        }
        for label in parts {
            guard let place = places[label] else {
                throw ABCError(.part(label), at: tune.fields.first { $0.letter == "P" }?.position ?? tune.position)
            }
            try repeats.play(place)
        }
        return repeats.order
    }

    private init(events: [ABCEvent]) {
        self.events = events
        var (precedes, precedesEnding) = (false, events.map { _ in false })
        for (index, event) in events.enumerated().reversed() {
            precedesEnding[index] = precedes
            switch event {
            case .ending(let ending, _): precedes = !ending.contains(1)
            case .sound, .part, .overlay: precedes = false
            case .barLine, .meter, .tempo: break
            }
        }
        self.precedesEnding = precedesEnding
    }

    private mutating func play(_ part: Range<Int>) throws(ABCError) {
        hasRepeated = false
        var next = Section(range: part.lowerBound..<part.upperBound, isOpen: false)
        while !next.range.isEmpty {
            let section = section(next)
            for time in 1...section.times { try play(section, time) }
            next = Section(range: section.range.upperBound..<part.upperBound, isOpen: section.opensNext)
        }
    }

    /// What is played so often, with its endings.
    private struct Section {
        var range: Range<Int>
        /// Whether `|:` or `::` begins it: then only the end of a repeat, or the last of its endings, ends it.
        var isOpen: Bool
        var times = 1
        /// Where endings begin.
        var endings: [Int] = []
        var opensNext = false
    }

    /// The next section: up to the end of its repeat, to the last of its endings, or to where a repeat begins.
    /// - Parameter rest: its range is all that is left.
    private mutating func section(_ rest: Section) -> Section {
        var section = rest
        for index in rest.range {
            switch events[index] {
            case .ending(let ending, _):
                section.endings.append(index)
                section.times = max(section.times, ending.last)
                hasRepeated = true
            case .barLine(let line):
                if closes(&section, line, at: index) {
                    section.range = rest.range.lowerBound..<index + 1
                    section.opensNext = line.repeatsAfter > 0
                    return section
                }
            default: break
            }
        }
        return section
    }

    /// Whether the section ends at this bar line.
    private mutating func closes(_ section: inout Section, _ line: ABCBarLine, at index: Int) -> Bool {
        let goesOn = precedesEnding[index]
        if line.repeatsBefore > 0 {
            section.times = max(section.times, line.repeatsBefore + 1)
            hasRepeated = true
            return line.repeatsAfter > 0 || !goesOn
        }
        if line.repeatsAfter > 0 {
            // The end of the open repeat is missing.
            if section.isOpen, section.endings.isEmpty { section.times = max(section.times, 2) }
            hasRepeated = true
            return true
        }
        guard line.isDouble else { return false }
        if let last = section.endings.last, case .ending(let ending, _) = events[last] {
            return !ending.contains(1) && !goesOn
        }
        return hasRepeated && !section.isOpen && !goesOn
    }

    /// Plays a section the first time, the second time, …: of its endings only those for this time.
    private mutating func play(_ section: Section, _ time: Int) throws(ABCError) {
        let bounds = section.endings + [section.range.upperBound]
        try add(section.range.lowerBound..<bounds[0])
        for (ending, end) in zip(section.endings, bounds.dropFirst()) {
            if case .ending(let times, _) = events[ending], times.contains(time) { try add(ending..<end) }
        }
    }

    private mutating func add(_ range: Range<Int>) throws(ABCError) {
        if range.isEmpty { return }
        order.append(range)
        count += range.count
        if count > Self.mostEvents, let place = events.lazy.compactMap(\.position).first {
            throw ABCError(.tooManyNotes(ABCPerformance.mostNotes), at: place)
        }
    }
}
