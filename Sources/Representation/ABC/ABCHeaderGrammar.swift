// REAL-TIME (any): the values of a tune's M:, L: and K: fields.

/// Reads the value of a field while it is written, and refuses what cannot become one.
struct ABCHeaderGrammar: BitwiseCopyable, Sendable {
    /// Length of the unit note and of a bar, in parts of `ABCGrammar.whole`; a bar has two wholes at most, or of free meter no
    /// end.
    private(set) var unit = ABCGrammar.whole / 8
    private(set) var bar = ABCGrammar.whole
    private var numerator = 0
    private var denominator = 0
    private var hasSlash = false
    /// Characters of `none`, or of a key.
    private var text: UInt64 = 0
    private var length = 0

    mutating func begin(_ letter: UInt8) { (numerator, denominator, hasSlash, text, length) = (0, 0, false, 0, 0) }

    mutating func take(_ c: UInt8, _ letter: UInt8) -> Bool {
        if letter == UInt8(ascii: "K")
            || (letter == UInt8(ascii: "M") && numerator == 0 && (length > 0 || !(48...57 ~= c)))
        {
            guard length < 8 else { return false }
            text = text << 8 | UInt64(c)
            length &+= 1
            return letter == UInt8(ascii: "K") ? isKey(orBeginning: true) : Self.begins(Self.none, text, length)
        }
        if c == UInt8(ascii: "/") {
            defer { hasSlash = true }
            return numerator > 0 && !hasSlash
        }
        guard 48...57 ~= c else { return false }
        let digit = Int(c) &- 48
        if hasSlash {
            denominator = denominator &* 10 &+ digit
            // 1 may become 16.
            if letter == UInt8(ascii: "M"), denominator > 1, numerator > 2 &* denominator { return false }
            // 3 may become 32.
            return denominator == 3 && letter == UInt8(ascii: "L") || isDenominator(letter)
        }
        numerator = numerator &* 10 &+ digit
        return letter == UInt8(ascii: "L") ? numerator == 1 : 1...24 ~= numerator
    }

    /// Whether the field's value may end here; if so, it counts.
    mutating func isComplete(_ letter: UInt8) -> Bool {
        switch letter {
        case UInt8(ascii: "K"): return isKey(orBeginning: false)
        case UInt8(ascii: "M"):
            if length > 0 {
                bar = .max
                return length == 4
            }
            guard isDenominator(letter), numerator <= 2 &* denominator else { return false }
            bar = numerator &* (ABCGrammar.whole / denominator)
            return true
        case UInt8(ascii: "L"):
            // So that an eighth of it divides all bars.
            guard isDenominator(letter), denominator > 1 else { return false }
            unit = ABCGrammar.whole / denominator
            return true
        default: return true
        }
    }

    private func isDenominator(_ letter: UInt8) -> Bool {
        denominator > 0 && denominator & (denominator &- 1) == 0
            && denominator <= (letter == UInt8(ascii: "L") ? 32 : 16)
    }

    private static let none: UInt64 = 0x6E6F_6E65

    private static func begins(_ whole: UInt64, _ text: UInt64, _ length: Int) -> Bool {
        length <= 4 && whole >> UInt64(8 &* (4 &- length)) == text
    }

    /// A note, an accidental and a mode, of at most seven sharps or flats.
    private func isKey(orBeginning: Bool) -> Bool {
        if text == 0x48 { return orBeginning }
        if text == 0x4850 { return true }
        func byte(_ index: Int) -> UInt8 { UInt8(truncatingIfNeeded: text >> UInt64(8 &* (length &- 1 &- index))) }
        guard length > 0, 65...71 ~= byte(0) else {
            return Self.begins(Self.none, text, length) && (orBeginning || length == 4)
        }
        // Fifths from C, of A to G.
        let fifths: InlineArray<7, Int> = [3, 5, 0, 2, 4, -1, 1]
        var tonic = fifths[Int(byte(0)) &- 65]
        var index = 1
        if length > 1, byte(1) == UInt8(ascii: "#") || byte(1) == UInt8(ascii: "b") {
            tonic &+= byte(1) == UInt8(ascii: "#") ? 7 : -7
            index = 2
        }
        let rest = length &- index
        let mode = rest == 0 ? 0 : text & (1 << UInt64(8 &* rest) &- 1)
        // "", m, mix, dor, lyd, phr, loc with how many fifths they lie from major.
        let modes: InlineArray<7, UInt64> = [0, 0x6D, 0x6D6978, 0x646F72, 0x6C7964, 0x706872, 0x6C6F63]
        let moves: InlineArray<7, Int> = [0, -3, -1, -2, 1, -4, -5]
        for i in 0..<7 {
            let size = i == 0 ? 0 : i == 1 ? 1 : 3
            guard rest <= size, orBeginning || rest == size, -7...7 ~= tonic &+ moves[i] else { continue }
            if modes[i] >> UInt64(8 &* (size &- rest)) == mode { return true }
        }
        // An accidental may still bring it within reach.
        return orBeginning && length == 1
    }
}
