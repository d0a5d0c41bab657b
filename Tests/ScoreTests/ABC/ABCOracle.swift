import Files
import Glibc
import Score
import Time

/// What abc2midi plays of the tunes of a file: the oracle of `ABCPerformance`.
///
/// It is given plain notes: text that it would play – grace notes, ornaments, accents, chord symbols, the swing of
/// hornpipes, %%MIDI – is taken out of the tunes, so that both play what is written. The tunes are numbered anew.
struct ABCOracle {
    /// Division of abc2midi's files.
    static let ticksPerQuarter = 480

    struct Note: Hashable, Comparable {
        var onset: Int
        var end: Int
        var key: UInt8

        static func < (a: Note, b: Note) -> Bool { (a.onset, a.key, a.end) < (b.onset, b.key, b.end) }
    }

    /// Lines, from 1, with the X: of each tune.
    private(set) var starts: [Int] = []
    private(set) var plain: [UInt8] = []

    /// - Parameter repeating: whether repeats, endings and parts stay; without them both play each bar once.
    init(_ bytes: [UInt8], repeating: Bool = true) {
        var isBody = false
        let lines = bytes.filter { $0 != 13 }.split(separator: 10, omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let start = line.firstIndex { $0 != 32 && $0 != 9 }
            let letter = start.map { line[$0] } ?? 0
            let mark = start.map { line[($0 + 1)...].drop { $0 == 32 }.prefix(2) } ?? []
            let isField = (isLetter(letter) || letter == UInt8(ascii: "+")) && mark.first == UInt8(ascii: ":")
            let isMusic = isBody && !(isField && mark.last != UInt8(ascii: "|"))
            if start == nil { isBody = false }
            switch letter {
            case UInt8(ascii: "X") where isField:
                isBody = false
                starts.append(index + 1)
                plain += "X:\(starts.count)\n%%MIDI chordattack 0\n".utf8
            case UInt8(ascii: "R") where isField, UInt8(ascii: "%"): break
            case UInt8(ascii: "P") where isField && !repeating: break
            case UInt8(ascii: "K") where isField:
                isBody = true
                plain += line + [10]
            default:
                // An empty line would end the tune.
                let content = isMusic ? Self.plain(line, repeating: repeating) : Array(line)
                if start == nil || content.contains(where: { $0 != 32 }) { plain += content + [10] }
            }
        }
    }

    /// A line of music without what sounds otherwise than it is written.
    private static func plain(_ line: ArraySlice<UInt8>, repeating: Bool) -> [UInt8] {
        var result: [UInt8] = []
        var rest = line.prefix { $0 != UInt8(ascii: "%") }
        func end(_ mark: UInt8, from start: Int) -> Int? { rest.dropFirst(start).firstIndex(of: mark) }
        func digits(after start: Int) -> Int {
            rest.dropFirst(start).prefix { 48...57 ~= $0 || $0 == UInt8(ascii: ",") }.count
        }
        while let byte = rest.first {
            var length = 1
            switch byte {
            case UInt8(ascii: "\""): length = end(byte, from: 1).map { $0 + 1 - rest.startIndex } ?? 1
            case UInt8(ascii: "!"), UInt8(ascii: "+"):
                length = end(byte, from: 1).map { $0 + 1 - rest.startIndex } ?? 1
                if rest.prefix(length).contains(where: { $0 == 32 || $0 == UInt8(ascii: "|") }) { length = 1 }
            case UInt8(ascii: "[") where !repeating && digits(after: 1) > 0: length += digits(after: 1)
            case UInt8(ascii: "["):
                if rest.dropFirst(2).first == UInt8(ascii: ":") {
                    length = end(UInt8(ascii: "]"), from: 1).map { $0 + 1 - rest.startIndex } ?? 1
                }
                result += rest.prefix(length)
            case UInt8(ascii: "{"): length = end(UInt8(ascii: "}"), from: 1).map { $0 + 1 - rest.startIndex } ?? 1
            case UInt8(ascii: "."), UInt8(ascii: "~"), UInt8(ascii: "H")...UInt8(ascii: "W"),
                UInt8(ascii: "h")...UInt8(ascii: "w"):
                break
            case UInt8(ascii: ":") where !repeating:
                if rest.dropFirst().first == UInt8(ascii: "]") {
                    length = 2
                    result.append(UInt8(ascii: "|"))
                }
            case UInt8(ascii: "|") where !repeating:
                length += digits(after: 1)
                result.append(byte)
            default: result.append(byte)
            }
            rest = rest.dropFirst(length)
        }
        return result
    }

    /// What a file of abc2midi's plays. It strikes each note a tick late, but for the ends.
    static func notes(_ file: MIDIFile) -> [Note] {
        var notes: [Note] = []
        for track in file.tracks {
            var open: [Int: Int] = [:]
            for event in track.events {
                let place = Int(event.channel) << 7 | Int(event.data1)
                switch event.status & 0xF0 {
                case 0x90 where event.data2 > 0:
                    open[place] = notes.count
                    notes.append(Note(onset: event.tick - 1, end: event.tick, key: event.data1))
                case 0x80, 0x90:
                    if let note = open.removeValue(forKey: place) { notes[note].end = event.tick }
                default: break
                }
            }
        }
        return notes.sorted()
    }

    /// What we play, in ticks of abc2midi's.
    static func notes(_ performance: ABCPerformance) -> [Note] {
        performance.notes.map { note in
            Note(onset: tick(note.onset), end: tick(note.end), key: note.key)
        }.sorted()
    }

    private static func tick(_ beats: Beats) -> Int {
        Int((beats + Beats(units: Beats.unitsPerBeat / 960)).ticks(perBeat: Int64(ticksPerQuarter)))
    }

    /// Whether they are the same but for how ticks are rounded.
    static func agree(_ ours: [Note], _ theirs: [Note]) -> Bool {
        ours.count == theirs.count
            && zip(ours, theirs).allSatisfy {
                $0.key == $1.key && abs($0.onset - $1.onset) <= 1 && abs($0.end - $1.end) <= 1
            }
    }

    private func isLetter(_ byte: UInt8) -> Bool { 65...90 ~= byte || 97...122 ~= byte }
}
