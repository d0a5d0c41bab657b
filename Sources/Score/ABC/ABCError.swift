/// Place in an ABC text, as editors count it: both from 1, columns in characters (Unicode scalars).
public struct ABCPosition: Hashable, Sendable {
    public var line: Int
    public var column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// Why a text is not ABC, and where.
public struct ABCError: Error, Equatable, Sendable {
    public enum Problem: Equatable, Sendable {
        case noTune
        case noKey
        case headerLine
        case field(Character, String, wanted: String)
        case character(Unicode.Scalar)
        case unclosed(Character, what: String)
        case unopened(Character, what: String)
        case nested(what: String)
        case emptyChord
        case noteExpected(after: String)
        case number(most: Int)
        case zero(what: String)
        case ending
        case brokenRhythm(Broken)
        case tuplet(Tuplet)
        case pitch(Int)
        case part(Character)
        case tooLong(quarters: Int)
        case tooManyNotes(Int)
        case tooManyVoices(Int)
    }

    public enum Broken: Equatable, Sendable { case tooMany, noNoteBefore, noNoteAfter, inGrace }
    public enum Tuplet: Equatable, Sendable {
        case size(Int)
        case nested, inGrace
        case unfinished(missing: Int)
    }

    public var problem: Problem
    public var position: ABCPosition
    /// Where the text came from, if from a file.
    public var path: String?

    init(_ problem: Problem, at position: ABCPosition) {
        self.problem = problem
        self.position = position
    }
}

extension ABCError: CustomStringConvertible {
    public var description: String {
        "\(path ?? "ABC"): line \(position.line), column \(position.column): \(explanation)"
    }

    private var explanation: String {
        switch problem {
        case .noTune:
            "no tune: a tune starts with a line 'X:1', ends its header with 'K:' and a key, and its notes follow"
        case .noKey:
            "the tune has no K: field, with which its header ends; add one, such as 'K:G'"
        case .headerLine:
            "a line of a header is a letter, a colon and a value; write 'N:' before a remark, or 'K:' before the notes"
        case .field(let letter, let text, let wanted):
            "\(letter):\(Self.plain(text)) – \(wanted)"
        case .character(let scalar):
            "'\(Self.plain(String(Character(scalar))))' has no meaning here; remove it, or put text between quotes"
        case .unclosed(let mark, let what):
            "\(what) that begins here is not closed on this line; add '\(mark)'"
        case .unopened(let mark, let what):
            "'\(mark)' closes \(what) that was not opened; remove it"
        case .nested(let what):
            "\(what) inside another; close the first one before"
        case .emptyChord:
            "a chord without notes; write them between '[' and ']'"
        case .noteExpected(let before):
            "a note, A to G or a to g, must follow '\(Self.plain(before))'"
        case .number(let most):
            "a number beyond \(most); it is damaged"
        case .zero(let what):
            "\(what) of 0; write at least 1"
        case .ending:
            "an ending has the numbers of the times it is played in, such as [1 or [1,3 or [1-2, of at most \(ABCEnding.most)"
        case .brokenRhythm(let problem):
            switch problem {
            case .tooMany: "more than three '>' or '<'; write the lengths as fractions instead"
            case .noNoteBefore: "'>' or '<' without a note before it; it stands between two notes"
            case .noNoteAfter: "'>' or '<' without a note after it; it stands between two notes"
            case .inGrace: "'>' or '<' among grace notes; write the lengths as numbers instead"
            }
        case .tuplet(let problem):
            switch problem {
            case .size(let notes): "a tuplet of \(notes) notes needs its length too, as in (\(notes):2; 2 to 9 do not"
            case .nested: "a tuplet inside another; end the first one, or write the lengths as fractions"
            case .inGrace: "a tuplet among grace notes; write the lengths as numbers instead"
            case .unfinished(let missing): "the tuplet that begins here lacks \(counted(missing, "note"))"
            }
        case .pitch(let key):
            "key \(key) of MIDI, which has 0 to 127; take away some of the commas or apostrophes"
        case .part(let label):
            "the order of parts has '\(label)', but no part has this label; add 'P:\(label)' before its notes"
        case .tooLong(let quarters):
            "the tune lasts more than \(quarters) quarter notes; a length or a number of repeats is damaged"
        case .tooManyNotes(let notes):
            "the tune has more than \(notes) notes and rests, with its repeats; a number of repeats is damaged"
        case .tooManyVoices(let voices):
            "the tune has more than \(voices) voices"
        }
    }

    /// For a terminal: short, and without control characters.
    static func plain(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(40).map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .privateUse, .surrogate, .unassigned, .lineSeparator, .paragraphSeparator:
                Unicode.Scalar("?")
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(scalars)) + (text.unicodeScalars.count > 40 ? "…" : "")
    }
}
