// REAL-TIME (any): what may come next in a tune, so that its bars are full and it can be read.

/// Follows a tune as `ABC` writes it, character by character. It allows less than ABC has: what a model draws within it is read
/// without error, and every bar lasts as long as its meter, but for pickups and the bars that these complete.
struct ABCGrammar: BitwiseCopyable, Sendable {
    /// Parts of a whole note: divisible by tuplets of 3 and by 1/32 in eighths.
    static let whole = 3 * 1024
    /// A tune ends at the first end of a line after so many bars.
    static let mostBars = 96
    static let leastBars = 4
    private static let longestTitle = 60

    private enum Place: UInt8 {
        /// At the start of a line of the header, or of music.
        case headerLine, musicLine
        /// In a field, before its colon and after it.
        case colon, field
        case music, quote
        /// After `[` and after `(`, which may mean two things.
        case bracket, parenthesis
        case over
    }

    private var place = Place.headerLine
    private var header = ABCHeaderGrammar()
    /// Letter of the field.
    private var letter: UInt8 = 0
    private var textLength = 0
    /// Whether text came that is no tune of this grammar: from there on all is allowed.
    private(set) var isLost = false
    private var bars = ABCBarGrammar()
    private var last: UInt8 = 0

    /// Whether `character` may come, of which 0 is the boundary; if so it has come.
    mutating func take(_ character: UInt8) -> Bool {
        if isLost { return true }
        var next = self
        guard next.follow(character) else { return false }
        next.last = character
        self = next
        return true
    }

    /// It has come, whatever it is.
    mutating func force(_ character: UInt8) {
        if !take(character) { isLost = true }
    }

    private mutating func follow(_ c: UInt8) -> Bool {
        switch place {
        case .headerLine: return headerLine(c)
        case .musicLine: return musicLine(c)
        case .colon:
            place = .field
            textLength = 0
            header.begin(letter)
            return c == UInt8(ascii: ":")
        case .field: return field(c)
        case .quote: return quote(c)
        case .music: return music(c)
        case .bracket: return bracket(c)
        case .parenthesis: return parenthesis(c)
        case .over: return false
        }
    }

    // MARK: Header

    private mutating func headerLine(_ c: UInt8) -> Bool {
        place = .colon
        let order: InlineArray<4, UInt8> = [UInt8(ascii: "T"), UInt8(ascii: "M"), UInt8(ascii: "L"), UInt8(ascii: "K")]
        for i in 0..<4 where order[i] == c {
            let isNext = i == 0 ? letter == 0 : letter == order[i &- 1] || (i == 1 && letter == 0)
            letter = c
            return isNext
        }
        return false
    }

    private mutating func field(_ c: UInt8) -> Bool {
        if c == UInt8(ascii: "\n") {
            guard textLength > 0, header.isComplete(letter) else { return false }
            bars.take(unit: header.unit, bar: header.bar)
            let isHeader = !bars.hasBegun && letter != UInt8(ascii: "K") && letter != UInt8(ascii: "P")
            place = isHeader ? .headerLine : .musicLine
            if !isHeader { bars.hasBegun = true }
            return true
        }
        textLength &+= 1
        switch letter {
        case UInt8(ascii: "T"): return 32...126 ~= c && textLength <= Self.longestTitle && c != UInt8(ascii: "%")
        case UInt8(ascii: "P"): return textLength == 1 && UInt8(ascii: "A")...UInt8(ascii: "H") ~= c
        default: return header.take(c, letter)
        }
    }

    // MARK: Music

    private mutating func musicLine(_ c: UInt8) -> Bool {
        if c == 0 {
            place = .over
            return bars.mayEnd
        }
        if bars.count >= Self.mostBars, bars.mayEnd { return false }
        switch c {
        case UInt8(ascii: "\n"), UInt8(ascii: " "): return false
        case UInt8(ascii: "K"), UInt8(ascii: "M"), UInt8(ascii: "L"), UInt8(ascii: "P"):
            (place, letter) = (.colon, c)
            return bars.isAtBarLine
        default:
            place = .music
            return music(c)
        }
    }

    private mutating func music(_ c: UInt8) -> Bool {
        if bars.takesLength(c) { return true }
        guard bars.commit() else { return false }
        if bars.count >= Self.mostBars, bars.isSettled, !Self.goesOnWithLine(c) { return false }
        switch c {
        case UInt8(ascii: "\n"):
            place = .musicLine
            return bars.takesLineEnd()
        case UInt8(ascii: " "): return last != c && bars.takesSpace()
        case UInt8(ascii: "\""):
            (place, textLength) = (.quote, 0)
            return bars.takesSymbol()
        case UInt8(ascii: "["):
            if bars.isInGrace || bars.isInChord { return false }
            place = .bracket
            return bars.mayBeginChord || bars.mayBeginEnding
        case UInt8(ascii: "("):
            place = .parenthesis
            return bars.mayBeginSlur
        default: return bars.take(c)
        }
    }

    private static func goesOnWithLine(_ c: UInt8) -> Bool {
        c == UInt8(ascii: "\n") || c == UInt8(ascii: "|") || c == UInt8(ascii: ":") || c == UInt8(ascii: "]")
    }

    /// A chord symbol: root, kind and bass.
    private mutating func quote(_ c: UInt8) -> Bool {
        let isRoot = UInt8(ascii: "A")...UInt8(ascii: "G") ~= c
        let isMark = c == UInt8(ascii: "#") || c == UInt8(ascii: "b")
        switch (textLength, c) {
        case (1...4, UInt8(ascii: "\"")), (6...7, UInt8(ascii: "\"")), (10, UInt8(ascii: "\"")): place = .music
        // Root and accidental.
        case (0, _) where isRoot: textLength = 1
        case (1, _) where isMark: textLength = 2
        // m or dim, and a number.
        case (1...2, UInt8(ascii: "m")): textLength = 3
        case (1...2, UInt8(ascii: "d")): textLength = 8
        case (8, UInt8(ascii: "i")): textLength = 9
        case (9, UInt8(ascii: "m")): textLength = 10
        case (10, UInt8(ascii: "7")): textLength = 4
        case (1...3, UInt8(ascii: "6")), (1...3, UInt8(ascii: "7")): textLength = 4
        case (1...4, UInt8(ascii: "/")): textLength = 5
        case (5, _) where isRoot: textLength = 6
        case (6, _) where isMark: textLength = 7
        default: return false
        }
        return true
    }

    private mutating func bracket(_ c: UInt8) -> Bool {
        place = .music
        if c == UInt8(ascii: "1") || c == UInt8(ascii: "2") { return bars.takesEnding(c) }
        return bars.beginsChord() && bars.take(c)
    }

    private mutating func parenthesis(_ c: UInt8) -> Bool {
        place = .music
        if 48...57 ~= c { return bars.beginsTuplet(Int(c) &- 48) }
        return bars.beginsSlur() && bars.take(c)
    }
}
