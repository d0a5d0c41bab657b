/// A piano roll that scrolls down a terminal: a line of text is a moment, low keys are left, high keys right.
public struct TerminalRoll: Sendable {
    /// 1…; 88 gives each key of a piano its own.
    public let columns: Int
    /// Whether ANSI colours tell the players apart (blue and orange); if not, the glyphs do.
    public let colour: Bool
    private var human = Set<UInt8>()
    private var machine = Set<UInt8>()

    public init(columns: Int = 88, colour: Bool) {
        self.columns = max(columns, 1)
        self.colour = colour
    }

    /// The names of the octaves above their C's.
    public var ruler: String {
        var ruler = [Character](repeating: " ", count: columns)
        var free = 0
        for octave in 1...8 {
            let name = "C\(octave)"
            let start = column(UInt8(12 * (octave + 1)))
            guard start >= free, start + name.count <= columns else { continue }
            ruler.replaceSubrange(start..<start + name.count, with: name)
            free = start + name.count + 1
        }
        return String(ruler)
    }

    /// The next moment. A key that was silent in the last one is drawn full, one that sounds on is drawn thin.
    /// - Parameters:
    ///   - human: the keys (0…127) which the player sounds.
    ///   - machine: the keys which Continuo sounds; where both share a column the player is seen.
    public mutating func line(human: Set<UInt8>, machine: Set<UInt8>) -> String {
        var cells = [Cell](repeating: .empty, count: columns)
        for octave in 1...8 { cells[column(UInt8(12 * (octave + 1)))] = .guide }
        for key in machine { cells[column(key)].show(.machine, isNew: !self.machine.contains(key)) }
        for key in human { cells[column(key)].show(.human, isNew: !self.human.contains(key)) }
        (self.human, self.machine) = (human, machine)
        return render(cells)
    }

    private func column(_ key: UInt8) -> Int {
        (min(max(Int(key), 21), 108) - 21) * columns / 88
    }

    private func render(_ cells: [Cell]) -> String {
        var line = ""
        var current = Cell.empty.ansi
        for cell in cells {
            if colour, cell != .empty, cell.ansi != current {
                line += cell.ansi
                current = cell.ansi
            }
            line.append(colour ? cell.glyph : cell.plainGlyph)
        }
        return current == Cell.empty.ansi ? line : line + Cell.empty.ansi
    }
}

private enum Cell: Equatable {
    enum Player { case human, machine }

    case empty
    /// A faint mark at each C.
    case guide
    case sounding(Player, isNew: Bool)

    /// A new note is seen among those of the same column that sound on.
    mutating func show(_ player: Player, isNew: Bool) {
        if case .sounding(player, isNew: true) = self { return }
        self = .sounding(player, isNew: isNew)
    }

    var glyph: Character {
        switch self {
        case .empty: " "
        case .guide: "·"
        case .sounding(_, let isNew): isNew ? "█" : "┃"
        }
    }

    var plainGlyph: Character {
        switch self {
        case .empty: " "
        case .guide: "."
        case .sounding(.human, let isNew): isNew ? "#" : "|"
        case .sounding(.machine, let isNew): isNew ? "O" : ":"
        }
    }

    /// Select Graphic Rendition (ECMA-48, 8.3.117).
    var ansi: String {
        switch self {
        case .empty: "\u{1B}[0m"
        case .guide: "\u{1B}[0;2m"
        case .sounding(.human, _): "\u{1B}[0;94m"
        case .sounding(.machine, _): "\u{1B}[0;38;5;208m"
        }
    }
}
