import Files

/// A tune with the lines that it was read from.
public struct ABCTuneText: Sendable {
    public let tune: ABCTune
    private let lines: ArraySlice<[Unicode.Scalar]>

    /// The tunes of a file that can be played, in order.
    /// - Throws: `FileError`; if there is none, what is wrong with the first one, an `ABCError`.
    public static func playable(path: String) throws -> [ABCTuneText] {
        let tunes = playable(in: try readFile(path, limit: 1 << 24))
        if tunes.isEmpty { _ = try ABCCollection(path: path) }
        return tunes
    }

    /// A file's characters as they are.
    public static func characters(path: String) throws(FileError) -> String {
        String(decoding: try readFile(path, limit: 1 << 24), as: UTF8.self)
    }

    /// The tunes of a text that can be played, in order.
    public static func playable(in bytes: [UInt8]) -> [ABCTuneText] {
        let text = ABCText(bytes)
        let (header, tunes) = ABCCollection.parts(of: text)
        let defaults = ABCCollection.defaults(text, header)
        return tunes.compactMap { lines in
            guard let tune = try? ABCTuneParser.tune(text, lines, defaults: defaults),
                (try? tune.performance()) != nil
            else { return nil }
            return ABCTuneText(tune: tune, lines: text.lines[lines])
        }
    }

    /// The first tune, of which there may be no more than its header yet. Its X: may be missing.
    public static func first(in bytes: [UInt8]) throws(ABCError) -> ABCTuneText {
        let text = ABCText(bytes)
        let (header, tunes) = ABCCollection.parts(of: text)
        let start = text.lines.firstIndex { !$0.allSatisfy(\.isABCSpace) }
        guard let start else { throw ABCError(.noTune, at: ABCPosition(line: 1, column: 1)) }
        let whole = start..<(text.lines[start...].firstIndex { $0.allSatisfy(\.isABCSpace) } ?? text.lines.count)
        let lines = tunes.first ?? whole
        let tune = try ABCTuneParser.tune(
            text, lines, defaults: tunes.isEmpty ? [] : ABCCollection.defaults(text, header))
        return ABCTuneText(tune: tune, lines: text.lines[lines])
    }

    private init(tune: ABCTune, lines: ArraySlice<[Unicode.Scalar]>) { (self.tune, self.lines) = (tune, lines) }

    /// The tune in ASCII, as short as it can be written: first title, order of parts, meter, unit note length and key, then its
    /// music; no words, no remarks, no comments and no spaces at the ends of lines. A beginning ends with the last
    /// character of its music, a whole tune with a line's end.
    public var plain: String {
        var result = ""
        if !tune.title.isEmpty { result += "T:\(Self.ascii(tune.title.unicodeScalars))\n" }
        if let parts = tune.text("P") { result += "P:\(Self.ascii(parts.unicodeScalars))\n" }
        result += "M:\(tune.meter.map { "\($0.numerator)/\($0.denominator)" } ?? "none")\n"
        result += "L:\(tune.unitLength.numerator)/\(tune.unitLength.denominator)\n"
        result += "K:\(tune.key.field)\n"
        let music = lines.drop { ABCField($0[...].withoutComment.trimmed, line: 1)?.letter != "K" }.dropFirst()
        for line in music {
            let text = Self.plain(line[...].withoutComment.trimmed)
            if !text.isEmpty { result += text + "\n" }
        }
        return result
    }

    /// A tune as `plain` writes it, or as a collection has it, as a file: with X:, and one line's end at its end.
    public static func file(_ text: String) -> String {
        var text = text
        while text.last == "\n" { text.removeLast() }
        return (text.hasPrefix("X:") ? "" : "X:1\n") + text + "\n"
    }

    /// A line of the tune's body; empty if it says nothing of what is played.
    private static func plain(_ line: ArraySlice<Unicode.Scalar>) -> String {
        var line = line
        while let last = line.last, last == "\\" || last.isABCSpace { line.removeLast() }
        if line.starts(with: "+:".unicodeScalars) { return "" }
        guard let field = ABCField(line, line: 1), !ABCMusicParser.isMusic(line) else { return ascii(line) }
        return "KLMP".contains(field.letter) ? "\(field.letter):\(ascii(field.text.unicodeScalars))" : ""
    }

    /// Letters of Latin-1 without their marks, runs of spaces as one; what else is not ASCII is left out.
    private static func ascii(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var result = String.UnicodeScalarView()
        for scalar in scalars {
            switch scalar.value {
            // A back quote between notes means nothing (ABC 2.1, section 4.7 "Beams").
            case 0x60: break
            case 33...126: result.append(scalar)
            case 9, 32, 0xA0: if let last = result.last, last != " " { result.append(" ") }
            case 0xC0...0xFF: result.append(letters[Int(scalar.value) - 0xC0])
            default: break
            }
        }
        return String(result)
    }

    private static let letters = Array(
        "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty".unicodeScalars)
}
