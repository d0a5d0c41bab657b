/// The form of a tape in a file: a header in text, an empty line, then the items in bytes, so that a file that was cut off
/// is whole up to its last whole cycle.
///
/// An item is a tag and its values: numbers in LEB128, MIDI messages as offset, size and three bytes. Cycles that follow one
/// another without anything else are counted.

import Performer

/// Why a tape cannot be read.
public enum TapeError: Error, Equatable, CustomStringConvertible {
    case notATape(String)
    case otherVersion(String)
    /// What stands in the header and cannot be.
    case header(String)
    /// The byte at which nothing makes sense any more.
    case damaged(Int, String)

    public var description: String {
        switch self {
        case .notATape(let path): "\(path) is no tape: its first line is not '\(TapeHeader.firstLine)'"
        case .otherVersion(let line):
            "the tape begins with '\(line)'; this version reads '\(TapeHeader.firstLine)' only"
        case .header(let line): "the tape's header has '\(line)', which cannot be"
        case .damaged(let offset, let reason): "the tape is damaged at byte \(offset): \(reason)"
        }
    }
}

/// What a tape was made with.
public struct TapeHeader: Sendable {
    /// What a tape of this version begins with.
    public static let firstLine = "continuo tape 2"
    /// Version of the program.
    public var version: String
    /// The preset at the start, by its name or folder.
    public var preset: String
    /// `Network.fingerprint` of the model at the start.
    public var model: UInt64
    /// Name of the kernel variant.
    public var kernels: String
    /// Name of the weights' precision.
    public var precision: String
    /// Frames a second.
    public var sampleRate: Int
    /// The parameters at the start.
    public var values: ParameterValues
    /// Which parameter an item means by its index: nil for one that this version does not know.
    var parameters: [Parameter?] = Parameter.allCases
    /// Words of the list of what an earlier performer left sounding.
    public var left: [UInt64]
    /// Whether the tape begins with its performer. One that begins later, as recording was turned on, tells what was played, but
    /// not what the machine had heard before: it cannot be replayed.
    public var isWhole = true

    /// - Parameters:
    ///   - version: of the program.
    ///   - preset: that the performer plays.
    public init(of performer: Performer, version: String, preset: String) {
        let opening = performer.opening
        (self.version, self.preset) = (version, preset)
        (model, kernels, precision) = (opening.model, opening.kernels, opening.precision)
        (sampleRate, values, left) = (performer.sampleRate, opening.values, opening.left)
    }

    package var bytes: [UInt8] {
        var lines = [
            Self.firstLine, "version = \(version)", "preset = \(preset)", "model = \(String(model, radix: 16))",
            "kernels = \(kernels)", "precision = \(precision)", "rate = \(sampleRate)",
        ]
        if !isWhole { lines.append("begins = later") }
        if left.contains(where: { $0 != 0 }) {
            lines.append("left = \(left.map { String($0, radix: 16) }.joined(separator: " "))")
        }
        // The bits, since every one counts.
        lines += Parameter.allCases.map { "\(Self.set)\($0.declaration.name) = \(values[$0])" }
        // A line break within a name would end it.
        return Array((lines.map { $0.replacing("\n", with: " ") }.joined(separator: "\n") + "\n\n").utf8)
    }

    /// Begins the line of a parameter. Their order is that of the items' indices.
    private static let set = "set "

    init(_ text: Substring, from path: String) throws(TapeError) {
        var lines = text.split(separator: "\n")
        let first = lines.isEmpty ? "" : String(lines.removeFirst())
        guard first == Self.firstLine else {
            throw first.hasPrefix("continuo tape ") ? .otherVersion(first) : .notATape(path)
        }
        (version, preset, model, kernels, precision) = ("", "", 0, "", "")
        (sampleRate, values, left, parameters) = (0, ParameterValues(), [], [])
        for line in lines {
            guard let middle = line.firstRange(of: " = ") else { throw .header(String(line)) }
            guard take(String(line[..<middle.lowerBound]), String(line[middle.upperBound...])) else {
                throw .header(String(line))
            }
        }
        guard sampleRate > 0 else { throw .header("no rate") }
    }

    private mutating func take(_ key: String, _ value: String) -> Bool {
        switch key {
        case "version": version = value
        case "preset": preset = value
        case "kernels": kernels = value
        case "precision": precision = value
        case "begins": isWhole = value != "later"
        case "model":
            guard let number = UInt64(value, radix: 16) else { return false }
            model = number
        case "rate":
            guard let rate = Int(value), (4_000...1_000_000).contains(rate) else { return false }
            sampleRate = rate
        case "left":
            let words = value.split(separator: " ").compactMap { UInt64($0, radix: 16) }
            guard words.count == NoteList.byteCount / 8 else { return false }
            left = words
        default:
            // What a newer version may add is not what this one's instrument depends on.
            guard key.hasPrefix(Self.set) else { return true }
            let parameter = Parameter(named: String(key.dropFirst(Self.set.count)))
            parameters.append(parameter)
            guard let parameter else { return true }
            guard let number = Float(value), parameter.declaration.accepts(number) else { return false }
            values[parameter] = number
        }
        return true
    }
}

enum TapeTag: UInt8 {
    case run, cycle, input, output, refused, parameter, command, mind, releaseLeft, letGo, doubt, plan, lapse, gap,
        transport, beat, echo, remark, machine
}

/// Turns items into bytes.
/// - Thread: control, one at a time
package struct TapeEncoder {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    private var next: Int64 = 0
    private var (frames, room): (Int32, Int32) = (0, 0)
    private var start: Int64 = 0
    /// Cycles that follow one another, not written yet.
    private var run: UInt64 = 0

    package mutating func append(_ item: TapeItem) {
        if case .cycle(let start, let frames, let room) = item {
            defer { (self.start, next) = (start, start &+ Int64(frames)) }
            if start == next && frames == self.frames && room == self.room {
                run += 1
                // As many as a reader takes for possible.
                if run == 1 << 23 { endRun() }
                return
            }
            endRun()
            tag(.cycle)
            number(UInt64(bitPattern: start &- next))
            number(UInt64(UInt32(bitPattern: frames)))
            number(UInt64(UInt32(bitPattern: room)))
            (self.frames, self.room) = (frames, room)
            return
        }
        endRun()
        write(item)
    }

    /// The bytes so far; they are forgotten.
    package mutating func take() -> [UInt8] {
        endRun()
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }

    private mutating func write(_ item: TapeItem) {
        switch item {
        case .cycle: break
        case .input(let sent): message(.input, sent)
        case .output(let sent): message(.output, sent)
        case .refused(let sent): message(.refused, sent)
        case .parameter(let index, let value):
            tag(.parameter)
            number(UInt64(index))
            number(UInt64(value.bitPattern))
        case .command(let command):
            tag(.command)
            bytes.append(command.rawValue)
        case .mind(let fingerprint, let heard):
            tag(.mind)
            number(fingerprint)
            number(UInt64(heard))
        case .releaseLeft: tag(.releaseLeft)
        case .letGo: tag(.letGo)
        case .doubt: tag(.doubt)
        case .plan(let plan):
            tag(.plan)
            bytes += [plan.kind.rawValue, plan.key, plan.velocity]
            number(UInt64(plan.epoch))
            signed(plan.frame &- start)
        case .lapse(let question):
            tag(.lapse)
            number(UInt64(question))
        case .gap: tag(.gap)
        case .echo: tag(.echo)
        case .machine(let sounded): message(.machine, sounded)
        case .beat(let beat):
            tag(.beat)
            bytes.append(beat.state.rawValue)
            number(UInt64(beat.meter.numerator))
            number(UInt64(beat.meter.denominator))
            signed(beat.line.frame &- start)
            signed(beat.line.beats.units)
            number(beat.line.framesPerBeat.bitPattern)
        case .transport(let transport):
            tag(.transport)
            bytes.append((transport.isRolling ? 1 : 0) | (transport.music == nil ? 0 : 2))
            number(UInt64(bitPattern: transport.frame))
            guard let music = transport.music else { break }
            number(UInt64(bitPattern: music.beats.units))
            number(UInt64(music.tempo.picosecondsPerBeat))
            number(UInt64(music.meter.numerator))
            number(UInt64(music.meter.denominator))
        }
    }

    /// A word to those who read the tape, in the last cycle. Without one it is left out.
    package mutating func append(remark: String) {
        guard frames > 0 else { return }
        endRun()
        let text = Array(remark.utf8.prefix(255))
        tag(.remark)
        number(UInt64(text.count))
        bytes += text
    }

    /// Small numbers of either sign take few bytes.
    private mutating func signed(_ value: Int64) { number(UInt64(bitPattern: value << 1 ^ value >> 63)) }

    private mutating func endRun() {
        guard run > 0 else { return }
        tag(.run)
        number(run)
        run = 0
    }

    private mutating func tag(_ tag: TapeTag) { bytes.append(tag.rawValue) }

    private mutating func message(_ kind: TapeTag, _ message: MIDIMessage) {
        tag(kind)
        number(UInt64(message.offset))
        bytes += [message.size, message.status, message.data1, message.data2]
    }

    /// Seven bits a byte, the least first (LEB128).
    private mutating func number(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
