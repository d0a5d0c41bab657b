/// What `continuo top` knows of the instrument, and how it looks: apart from any terminal or socket, so that tests see it.

import OSC
import Score

package struct TopView {
    /// Of the terminal, 1 at least.
    package var columns: Int
    /// How many lines of what stands below the music are above what is shown of it: `lines` sees to its bounds.
    package var scrolled = 0
    /// Nothing has come for two seconds.
    package var isGone = false
    private let colour: Bool

    private var figures: [(name: String, value: OSCMessage.Argument)] = []
    private var parameters: [(name: String, text: String)] = []
    private var histograms: [String: [(upTo: Double, count: Int)]] = [:]
    private var coming: [String: [(upTo: Double, count: Int)]] = [:]
    private var comingFigures: [(name: String, value: OSCMessage.Argument)] = []
    private var comingParameters: [(name: String, text: String)] = []

    /// The keys that sounded in each tenth of a second, the newest first; drawn as wide as the terminal is then.
    private var past: [(human: Set<UInt8>, machine: Set<UInt8>)] = []
    private var human: Set<UInt8> = []
    private var machine: Set<UInt8> = []
    /// Struck since the last line, which may be silent again already.
    private var struckByHuman: Set<UInt8> = []
    private var struckByMachine: Set<UInt8> = []
    /// Key, velocity, tenths of a second from now; nil of what has passed.
    private var plan: [(key: UInt8, velocity: Int, tenths: Double)] = []

    package init(columns: Int, colour: Bool) {
        (self.columns, self.colour) = (columns, colour)
    }

    /// Figures of which histograms are shown: those with percentiles among the status.
    package var timed: [String] {
        figures.compactMap { $0.name.hasSuffix("-p50-us") ? String($0.name.dropLast(7)) : nil }
    }

    // MARK: What comes

    package mutating func take(_ message: OSCMessage) {
        switch message.address {
        case "/continuo/notes": hear(message.arguments)
        case "/continuo/plan":
            plan = stride(from: 0, to: message.arguments.count - 2, by: 3).map { start in
                let numbers = (0..<3).map { Self.number(message.arguments[start + $0]) }
                return (UInt8(clamping: Int(numbers[0])), Int(numbers[1]), numbers[2] * 10)
            }
        case "/continuo/reply":
            guard case .string(let address)? = message.arguments.first else { return }
            answer(address, Array(message.arguments.dropFirst()))
        default: break
        }
    }

    private mutating func hear(_ arguments: [OSCMessage.Argument]) {
        guard arguments.count == 6, case .string(let player) = arguments[0], case .string(let kind) = arguments[1]
        else {
            return
        }
        let key = UInt8(clamping: Int(Self.number(arguments[3])))
        switch (player, kind) {
        case ("human", "on"):
            human.insert(key)
            struckByHuman.insert(key)
        case ("human", "off"): human.remove(key)
        case ("machine", "on"):
            machine.insert(key)
            struckByMachine.insert(key)
        case ("machine", "off"): machine.remove(key)
        default: break
        }
    }

    private mutating func answer(_ address: String, _ rest: [OSCMessage.Argument]) {
        switch (address, rest.first) {
        case ("/continuo/status", .string(let name)?) where rest.count == 2: comingFigures.append((name, rest[1]))
        case ("/continuo/status", nil):
            if !comingFigures.isEmpty { figures = comingFigures }
            comingFigures = []
        case ("/continuo/list", .string(let name)?) where rest.count >= 7:
            comingParameters.append((name, Self.value(rest)))
        case ("/continuo/list", nil):
            if !comingParameters.isEmpty { parameters = comingParameters }
            comingParameters = []
        case ("/continuo/histogram", .string(let name)?) where rest.count == 3:
            coming[name, default: []].append((Self.number(rest[1]), Int(Self.number(rest[2]))))
        case ("/continuo/histogram", nil):
            histograms.merge(coming) { $1 }
            coming = [:]
        default: break
        }
    }

    /// A tenth of a second is over.
    package mutating func step() {
        past.insert((human.union(struckByHuman), machine.union(struckByMachine)), at: 0)
        if past.count > 500 { past.removeLast() }
        (struckByHuman, struckByMachine) = ([], [])
        for index in plan.indices { plan[index].tenths -= 1 }
        plan.removeAll { $0.tenths < 0 }
    }

    // MARK: How it looks

    /// At most so many, none longer than the terminal is wide. What does not fit below the music is scrolled through.
    /// - Parameter rows: nil: as many as it takes.
    package mutating func lines(rows: Int?) -> [String] {
        let settings = table(parameters.map { "\($0.name) \($0.text)" })
        let below = [""] + histogramLines() + [""] + figureLines() + [""] + settings
        guard let rows else {
            return [title, ""] + planLines(5) + [roll.ruler] + pastLines(20) + below
        }
        let above = [title, ""] + planLines(min(5, rows / 4)) + [roll.ruler]
        // The past has what is left, a third at least.
        let room = max(rows - above.count - below.count, rows / 3)
        return Array((above + pastLines(room) + window(below, rows - above.count - room)).prefix(rows))
    }

    /// So many of the lines, the last of which says how many more there are.
    private mutating func window(_ lines: [String], _ count: Int) -> [String] {
        guard count < lines.count else {
            scrolled = 0
            return lines
        }
        guard count > 1 else { return [] }
        scrolled = min(max(scrolled, 0), lines.count - count + 1)
        let rest = lines.count - count + 1 - scrolled
        let note = "\(scrolled) lines above, \(rest) below: arrow keys"
        return lines[scrolled..<scrolled + count - 1] + [paint(clipped(note), "2")]
    }

    private var roll: TerminalRoll { TerminalRoll(columns: min(columns, 88), colour: colour) }

    private var title: String {
        if isGone { return paint(clipped("continuod has gone; waiting"), "1;31") }
        let values = Dictionary(figures.map { ($0.name, Self.text($0.value)) }) { first, _ in first }
        let phase = values["phase"] ?? "waiting"
        let turn = [
            "listening": "your turn", "ready": "your turn; a reply is planned", "replying": "the machine's turn",
        ][phase]
        let port = [values["port"], values["sample-rate"].map { $0 + " Hz" }, values["buffer"].map { $0 + " frames" }]
        // The turn is what is looked for, and the last to be cut off.
        let name = clipped("continuo \(values["preset"] ?? "")  ")
        let said = String((turn ?? phase).prefix(columns - name.count))
        let rest = ("  " + port.compactMap(\.self).joined(separator: " ")).prefix(columns - name.count - said.count)
        return name + paint(said, phase == "replying" ? "1;38;5;208" : "1;94") + rest
    }

    /// So many tenths of the next second, the farthest first.
    private func planLines(_ count: Int) -> [String] {
        (0..<count).reversed().map { row in
            var line = roll
            let keys = plan.filter { $0.velocity > 0 && Int($0.tenths) == row }.map(\.key)
            let label = row == count - 1 && columns >= roll.columns + 5 ? paint(" plan", "2") : ""
            return line.line(human: [], machine: Set(keys)) + label
        }
    }

    private func pastLines(_ count: Int) -> [String] {
        var roll = roll
        // From the oldest on, and one more, since a key is drawn full only where it begins.
        let drawn = past.prefix(count + 1).reversed().map { roll.line(human: $0.human, machine: $0.machine) }
        return drawn.suffix(count).reversed() + Array(repeating: "", count: max(0, count - drawn.count))
    }

    /// A bar for each octave, for instance "step µs  7 ▁ 15 ▃ 31 █".
    private func histogramLines() -> [String] {
        timed.map { name in
            let octaves = histograms[name] ?? []
            let most = octaves.map(\.count).max() ?? 0
            let bars = octaves.map { octave in
                "\(Int(octave.upTo.rounded())) \(bar(octave.count, most))"
            }
            let part = { (end: String) in
                figures.first { $0.name == "\(name)-\(end)-us" }.map { Self.text($0.value) } ?? "?"
            }
            let share = "median \(part("p50")), 99 % \(part("p99")), most \(part("max"))"
            return clipped("\(name) µs: \(share)   \(bars.joined(separator: "  "))")
        }
    }

    private func bar(_ count: Int, _ most: Int) -> String {
        guard count > 0, most > 0 else { return colour ? "·" : "." }
        // The eighth blocks of Unicode; without them a count.
        return colour ? ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"][min(7, count * 8 / most)] : "(\(count))"
    }

    /// Every other figure; what should be 0 and is not is red.
    private func figureLines() -> [String] {
        let known: Set = ["preset", "phase", "port", "sample-rate", "buffer"]
        let bad: Set = ["late", "dropped", "overlong", "silenced", "overflows", "lost", "xruns", "echoes"]
        let shown = figures.filter { !known.contains($0.name) && !$0.name.hasSuffix("-us") }
        return table(shown.map { "\($0.name) \(Self.text($0.value))" }) { cell in
            let words = cell.split(separator: " ")
            return words.count == 2 && bad.contains(String(words[0])) && words[1] != "0" ? "1;31" : nil
        }
    }

    /// Cells in columns of equal width.
    private func table(_ cells: [String], _ colours: (String) -> String? = { _ in nil }) -> [String] {
        let width = min((cells.map(\.count).max() ?? 0) + 2, columns)
        let across = max(1, columns / max(width, 1))
        return stride(from: 0, to: cells.count, by: across).map { start in
            cells[start..<min(start + across, cells.count)].map { cell in
                let padded = clipped(cell) + String(repeating: " ", count: max(0, width - cell.count))
                return colours(cell).map { paint(padded, $0) } ?? padded
            }.joined()
        }
    }

    private func clipped(_ text: String) -> String { String(text.prefix(columns)) }

    private func paint(_ text: String, _ attributes: String) -> String {
        colour ? "\u{1B}[0;\(attributes)m\(text)\u{1B}[0m" : text
    }

    private static func number(_ argument: OSCMessage.Argument) -> Double {
        switch argument {
        case .int(let value): Double(value)
        case .float(let value) where value.isFinite && abs(value) < 1e9: value
        default: 0
        }
    }

    /// Of a parameter by /continuo/list: the name of its value, or the number and its unit.
    private static func value(_ described: [OSCMessage.Argument]) -> String {
        for index in stride(from: 7, to: described.count - 1, by: 2) where described[index + 1] == described[1] {
            return text(described[index])
        }
        return [text(described[1]), text(described[5])].filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// Foreign text too, of which no control characters come through.
    private static func text(_ argument: OSCMessage.Argument) -> String {
        switch argument {
        case .string(let text):
            String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.properties.generalCategory != .control }))
        case .int(let value): "\(value)"
        case .float:
            shown(number(argument))
        case .other: "?"
        }
    }

    /// To a hundredth, without zeros at the end.
    private static func shown(_ number: Double) -> String {
        let hundredths = Int((abs(number) * 100).rounded())
        let fraction = hundredths % 100
        let digits = fraction == 0 ? "" : fraction % 10 == 0 ? ".\(fraction / 10)" : ".\(fraction / 10)\(fraction % 10)"
        return (number < 0 && hundredths > 0 ? "-" : "") + "\(hundredths / 100)" + digits
    }
}
