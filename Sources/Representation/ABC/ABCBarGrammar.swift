// REAL-TIME (any): notes and bar lines, with what fills a bar.

/// Counts what is in the bar, and refuses what does not fit. Lengths are in parts of `ABCGrammar.whole`.
struct ABCBarGrammar: BitwiseCopyable, Sendable {
    /// Of a bar line that is being written.
    private enum Line: UInt8 {
        case none
        /// `|`, which may go on.
        case single
        /// `||` and `|]`.
        case double
        /// `:`, which must go on.
        case colon
        /// `:|` and `::`.
        case repeated
        /// `|:`.
        case opening
    }

    /// Whether the header is over.
    var hasBegun = false
    /// Bars so far.
    private(set) var count = 0
    private var unit = ABCGrammar.whole / 8
    private var bar = ABCGrammar.whole
    /// In the bar, of notes whose length is known.
    private var position = 0
    /// Length of the pickup of this section, 0 for none; −1 while its first bar is written.
    private var pickup = -1
    /// What the next section's pickup must last, as the last bar before lacks as much; 0: it has none, −1: anything.
    private var wanted = -1

    private var line = Line.none
    /// Whether the bar line must become one that ends or begins a section.
    private var mustEndSection = false
    /// The last bar line, when it is over.
    private var before = Line.none
    /// Whether a first ending waits for its second.
    private var awaitsSecond = false
    /// Between `|:` and `:|`.
    private var isRepeating = false
    private var hasRepeated = false
    /// The note that was written last, and the one that a tie goes on from; 0 for none.
    private var lastNote: UInt8 = 0
    private var tied: UInt8 = 0

    /// A note, rest or chord whose length may still be written, and how far it is: number, slash, denominator.
    private var isOpen = false
    private var isRest = false
    private var stage = 0
    private var numerator = 1
    private var denominator = 1
    private var octaves = -1
    /// Whether the note is a capital letter.
    private var isLow = false
    /// Length of the last note, if what comes may depend on it: `>`.
    private var lastLength = 0
    private var isAfterNote = false
    private var isDecorated = false
    /// What the next note must last; 0 for anything.
    private var equal = 0
    /// Notes of a tuplet that are to come, and the time of how many notes it has.
    private var tuplet = 0
    private var tupletTime = 0
    private var tupletLength = 0
    private var mustSound = false
    private var hasAccidental = false
    private(set) var isInChord = false
    private(set) var isInGrace = false
    private var inside = 0
    private var slurs = 0
    private var slurredNotes = 0

    // MARK: What the line asks

    mutating func take(unit: Int, bar: Int) { (self.unit, self.bar) = (unit, bar) }

    private var isFree: Bool { bar == .max }
    private var room: Int { isFree ? 64 * unit : bar - position }
    var isInBarLine: Bool { line != .none }
    var isAtBarLine: Bool {
        position == 0 && tied == 0 && !isOpen && tuplet == 0 && !isInGrace && !isInChord && slurs == 0
    }
    private var isIdle: Bool { !mustSound && !hasAccidental && equal == 0 && tuplet == 0 && !isInGrace && !isInChord }

    var mayEnd: Bool { isSettled && line == .none && count >= ABCGrammar.leastBars }

    /// Then it may also end without a second ending.
    private var isLong: Bool { count >= ABCGrammar.mostBars }

    /// Whether it may end after this bar line and the end of the line.
    var isSettled: Bool {
        guard isAtBarLine, isIdle, !awaitsSecond || isLong, !mustEndSection, !isRepeating else { return false }
        switch line == .none ? before : line {
        case .single, .double, .repeated: return true
        case .none, .colon, .opening: return false
        }
    }

    mutating func takesLineEnd() -> Bool {
        // What is in the line, and a bar that is full wants its bar line first.
        guard isIdle, endLine(), isFree || position < bar else { return false }
        isAfterNote = false
        return true
    }

    mutating func takesSpace() -> Bool {
        guard !mustSound, !hasAccidental, equal == 0, !isInGrace, !isInChord, endLine() else { return false }
        isAfterNote = false
        return true
    }

    mutating func takesSymbol() -> Bool {
        guard isIdle, endLine(), canSound else { return false }
        isAfterNote = false
        return true
    }

    // MARK: Notes

    /// Whether some length of a note fits.
    private var canSound: Bool { line != .colon && !mustEndSection && canFinish(stage: 0, 1, 1) }

    /// Whether the length may be what it is, or become what fits.
    /// - Parameter stage: 0 if nothing of it is written, 1 after a number, 2 after a slash, 3 after a denominator.
    private func canFinish(stage: Int, _ numerator: Int, _ denominator: Int) -> Bool {
        switch stage {
        case 0:
            for number in 1...24 where canDivide(number) { return true }
            return false
        case 1:
            if canDivide(numerator) { return true }
            for digit in 0...9 where numerator &* 10 &+ digit <= 24 {
                if canDivide(numerator &* 10 &+ digit) { return true }
            }
            return false
        case 2: return canDivide(numerator, from: denominator)
        default: return fits(numerator, denominator)
        }
    }

    /// Whether so many unit lengths fit, or a half of them, a quarter or an eighth.
    private func canDivide(_ numerator: Int, from denominator: Int = 1) -> Bool {
        var divisor = denominator
        while divisor <= 8 {
            if fits(numerator, divisor) { return true }
            divisor &*= 2
        }
        return false
    }

    private func fits(_ numerator: Int, _ denominator: Int) -> Bool {
        let length = unit &* numerator / denominator
        if equal > 0 { return length == equal }
        guard tuplet > 0 else { return length <= room }
        return tupletLength > 0 ? length == tupletLength : length &* tupletTime <= room
    }

    /// An octave mark or a part of a length, of the note before.
    mutating func takesLength(_ c: UInt8) -> Bool {
        guard isOpen else { return takesOctave(c) }
        var (stage, numerator, denominator) = (stage, numerator, denominator)
        switch c {
        case UInt8(ascii: "/"):
            if stage == 3 || denominator >= 8 { return false }
            denominator &*= 2
            // After `//` there is no number.
            stage = 2
        case 48...57:
            let digit = Int(c) &- 48
            switch stage {
            case 0:
                if digit == 0 { return false }
                (numerator, stage) = (digit, 1)
            case 1:
                numerator = numerator &* 10 &+ digit
                if numerator > 24 { return false }
            case 2 where denominator == 2 && (digit == 2 || digit == 4 || digit == 8):
                (denominator, stage) = (digit, 3)
            default: return false
            }
        default: return stage == 0 && takesOctave(c)
        }
        guard canFinish(stage: stage, numerator, denominator) else { return false }
        (self.stage, self.numerator, self.denominator) = (stage, numerator, denominator)
        return true
    }

    private mutating func takesOctave(_ c: UInt8) -> Bool {
        guard c == (isLow ? UInt8(ascii: ",") : UInt8(ascii: "'")), 0...1 ~= octaves, tied == 0 else { return false }
        octaves &+= 1
        // It is not tied: what follows would have to have the marks too.
        lastNote = 0
        return true
    }

    private mutating func open(rest: Bool) {
        (isOpen, isRest, stage, numerator, denominator) = (true, rest, 0, 1, 1)
    }

    /// The note that is open has its length, if that fits.
    mutating func commit() -> Bool {
        octaves = -1
        if isOpen { tied = 0 }
        guard isOpen else { return true }
        guard fits(numerator, denominator) else { return false }
        let length = unit &* numerator / denominator
        isOpen = false
        isAfterNote = !isRest
        slurredNotes &+= 1
        lastLength = 0
        if tuplet > 0 {
            tupletLength = length
            tuplet &-= 1
            if tuplet == 0 { advance(length &* tupletTime) }
        } else {
            advance(length)
            lastLength = equal > 0 || isRest || isDecorated ? 0 : length
        }
        // A tie joins plain notes only, as abc2midi has it.
        if isDecorated { lastNote = 0 }
        isDecorated = false
        equal = 0
        return true
    }

    private mutating func advance(_ length: Int) {
        position = isFree ? 1 : position &+ length
    }

    // MARK: Everything else

    mutating func take(_ c: UInt8) -> Bool {
        switch c {
        case UInt8(ascii: "A")...UInt8(ascii: "G"), UInt8(ascii: "a")...UInt8(ascii: "g"): return takesNote(c)
        case UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "="):
            guard tied == 0, !hasAccidental, isInGrace || isInChord ? inside < 4 : canSound, endLine() else {
                return false
            }
            (hasAccidental, mustSound, isAfterNote) = (true, true, false)
            return true
        case UInt8(ascii: "z"):
            guard tied == 0, isIdle, slurs == 0, endLine(), canSound else { return false }
            open(rest: true)
            return true
        case UInt8(ascii: "{"):
            guard tied == 0, isIdle, endLine(), canSound else { return false }
            (isInGrace, inside, isAfterNote) = (true, 0, false)
            return true
        case UInt8(ascii: "}"):
            guard isInGrace, inside > 0, !hasAccidental else { return false }
            (isInGrace, mustSound) = (false, true)
            return true
        case UInt8(ascii: "~"), UInt8(ascii: "."), UInt8(ascii: "T"), UInt8(ascii: "H"), UInt8(ascii: "u"),
            UInt8(ascii: "v"):
            guard tied == 0, !mustSound, !isInGrace, !isInChord, endLine(), canSound else { return false }
            (mustSound, isAfterNote, isDecorated) = (true, false, true)
            return true
        case UInt8(ascii: ")"):
            guard slurs > 0, slurredNotes > 0, !mustSound, equal == 0, !isInGrace, !isInChord, tuplet == 0 else {
                return false
            }
            slurs &-= 1
            return true
        case UInt8(ascii: "-"):
            guard isAfterNote, equal == 0, lastNote != 0, !isLong, tuplet > 0 || isFree || position < bar || pickup <= 0
            else {
                return false
            }
            (isAfterNote, lastLength, tied) = (false, 0, lastNote)
            return true
        case UInt8(ascii: ">"), UInt8(ascii: "<"):
            guard isAfterNote, lastLength > 0, isIdle, lastLength <= room, lastLength % 4 == 0 else { return false }
            (equal, mustSound, isAfterNote) = (lastLength, true, false)
            return true
        case UInt8(ascii: "]") where isInChord:
            guard inside >= 2, !hasAccidental else { return false }
            isInChord = false
            mustSound = false
            open(rest: false)
            return true
        case UInt8(ascii: "1"), UInt8(ascii: "2"):
            return line == .single && !mustEndSection && takesEnding(c)
                || line == .repeated && c == UInt8(ascii: "2") && takesEnding(c)
        case UInt8(ascii: "|"), UInt8(ascii: ":"), UInt8(ascii: "]"): return takesLine(c)
        default: return false
        }
    }

    private mutating func takesNote(_ c: UInt8) -> Bool {
        isLow = c <= UInt8(ascii: "G")
        if isInGrace || isInChord {
            guard inside < 4 else { return false }
            inside &+= 1
            (hasAccidental, octaves) = (false, 0)
            return true
        }
        guard tied == 0 || tied == c, endLine(), canSound else { return false }
        lastNote = c
        (hasAccidental, mustSound, octaves) = (false, false, 0)
        open(rest: false)
        return true
    }

    var mayBeginChord: Bool { tied == 0 && !mustSound && canSound }

    mutating func beginsChord() -> Bool {
        guard mayBeginChord, endLine() else { return false }
        (isInChord, inside, isAfterNote, mustSound) = (true, 0, false, true)
        lastNote = 0
        return true
    }

    /// Or a tuplet, which may not stand in a slur.
    var mayBeginSlur: Bool { tied == 0 && slurs == 0 && isIdle && canSound }

    mutating func beginsSlur() -> Bool {
        guard mayBeginSlur, endLine() else { return false }
        (slurs, slurredNotes, isAfterNote, mustSound) = (1, 0, false, true)
        return true
    }

    /// ABC 2.1, section 4.13: 3 and 6 in the time of 2, 2 and 4 in that of 3.
    mutating func beginsTuplet(_ size: Int) -> Bool {
        guard mayBeginSlur, endLine(), size == 2 || size == 3 || size == 4 || size == 6 else { return false }
        (tuplet, tupletTime, tupletLength) = (size, size % 3 == 0 ? 2 : 3, 0)
        (isAfterNote, mustSound) = (false, true)
        return canSound
    }

    // MARK: Bar lines

    var mayBeginEnding: Bool {
        isAtBarLine && isIdle
            && (line == .single && !mustEndSection || line == .repeated || line == .none && before != .none)
    }

    mutating func takesEnding(_ c: UInt8) -> Bool {
        guard mayBeginEnding else { return false }
        let isSecond = c == UInt8(ascii: "2")
        // Without `|:` it is the first repeat that begins at the beginning.
        guard isSecond || isRepeating || !hasRepeated else { return false }
        guard isSecond == awaitsSecond,
            isSecond ? (before == .repeated || line == .repeated) : (before == .single || line == .single)
        else { return false }
        awaitsSecond = !isSecond
        // It ends as the first one did.
        if isSecond { pickup = wanted }
        if line != .none { before = line }
        line = .none
        return true
    }

    private mutating func takesLine(_ c: UInt8) -> Bool {
        switch (line, c) {
        case (.single, UInt8(ascii: "|")), (.single, UInt8(ascii: "]")): return become(.double)
        case (.single, UInt8(ascii: ":")): return become(.opening)
        case (.colon, UInt8(ascii: "|")):
            isRepeating = false
            return become(.repeated)
        case (.colon, UInt8(ascii: ":")): return isRepeating && become(.repeated)
        case (.none, UInt8(ascii: "|")): return closeBar(.single)
        case (.none, UInt8(ascii: ":")): return position > 0 && closeBar(.colon)
        default: return false
        }
    }

    private mutating func become(_ new: Line) -> Bool {
        // After a first ending comes the end of a repeat.
        if awaitsSecond && new != .repeated && !isLong || tied != 0 { return false }
        if new == .opening && isRepeating { return false }
        (line, mustEndSection) = (new, false)
        isRepeating = isRepeating || new == .opening
        hasRepeated = hasRepeated || new == .repeated || new == .opening
        // What stands before `|:` at the beginning is the pickup of all that is repeated.
        if pickup >= 0, new != .opening || count > 1 { (wanted, pickup) = (pickup, -1) }
        return true
    }

    private mutating func closeBar(_ new: Line) -> Bool {
        guard isIdle, slurs == 0 else { return false }
        if tied != 0 && new != .single || isLong && isRepeating && new == .single { return false }
        if position == 0 {
            // `|:` after what ended a section, or at the beginning.
            guard new == .single, tied == 0, !isRepeating, before != .opening, before != .single, !awaitsSecond else {
                return false
            }
            (line, mustEndSection) = (.single, true)
            return true
        }
        let isFull = isFree || position == bar
        let isRemainder = pickup > 0 && position == bar &- pickup
        let isPickup = pickup < 0 && position < bar && (wanted < 0 ? count == 0 : position == wanted)
        guard isFull || isRemainder || isPickup, tied == 0 || isFull else { return false }
        if isRemainder && !isFull && awaitsSecond && new == .single && !isLong { return false }
        if pickup < 0 { pickup = isFull ? 0 : position }
        mustEndSection = !isFull && isRemainder && !isPickup
        count &+= 1
        (line, position, isAfterNote, lastLength) = (new, 0, false, 0)
        return true
    }

    /// Something else follows a bar line.
    private mutating func endLine() -> Bool {
        guard line != .none else { return true }
        if line == .colon || mustEndSection { return false }
        (before, line) = (line, .none)
        return true
    }
}
