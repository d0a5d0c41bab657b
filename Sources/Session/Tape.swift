import Files
import Performer
import Time

/// A tape as it was read: the header, and the cycles one after the other.
/// - Thread: control, one at a time
public struct Tape {
    /// How the cycles end.
    public enum Ending: Sendable {
        /// With the last whole cycle; a program that was killed leaves the beginning of another.
        case end, cutOff
        /// Where something is missing.
        case gap
    }

    public let header: TapeHeader
    /// Nil until the last cycle was read.
    public private(set) var ending: Ending?
    private let bytes: [UInt8]
    private var place: Int
    private var template: TapedCycle?
    private var expected: Int64 = 0
    /// Cycles of a run that are still to come.
    private var run: UInt64 = 0

    public static let largestFile = 1 << 30

    public init(path: String) throws {
        try self.init(try readFile(path, limit: Self.largestFile), from: path)
    }

    package init(_ bytes: [UInt8], from path: String) throws(TapeError) {
        self.bytes = bytes
        // The header ends with an empty line, and is short.
        let head = bytes.prefix(1 << 16)
        var end = 0
        while end + 1 < head.count, !(head[end] == 10 && head[end + 1] == 10) { end += 1 }
        header = try TapeHeader(Substring(String(decoding: bytes.prefix(end), as: UTF8.self)), from: path)
        place = end + 2
    }

    /// The next cycle, or nil at the end: see `ending`.
    public mutating func next() throws(TapeError) -> TapedCycle? {
        if ending != nil { return nil }
        if run > 0 { return try finish(begin(nil)) }
        guard place < bytes.count else { return end(.end) }
        let start = place
        switch TapeTag(rawValue: bytes[place]) {
        case .run:
            place += 1
            guard let count = number() else { return end(.cutOff) }
            // More are never written at once.
            guard 1...1 << 24 ~= count, template != nil else { throw .damaged(start, "a run of \(count) cycles") }
            run = count
            return try finish(begin(nil))
        case .cycle:
            place += 1
            guard let gap = number(), let frames = number(), let room = number() else { return end(.cutOff) }
            guard (1...1 << 20).contains(frames), room <= 1 << 16 else {
                throw .damaged(start, "a cycle of \(frames) frames with room for \(room) messages")
            }
            let (first, isTooLate) = expected.addingReportingOverflow(Int64(bitPattern: gap))
            guard !isTooLate, first >= 0, first < 1 << 56, Int64(bitPattern: gap) >= 0 || template == nil else {
                throw .damaged(start, "a cycle that begins before the last one ends")
            }
            return try finish(begin(TapedCycle(start: first, frames: Int(frames), room: Int(room))))
        case .gap: return end(.gap)
        default: throw .damaged(start, "no cycle begins here")
        }
    }

    private mutating func end(_ ending: Ending) -> TapedCycle? {
        self.ending = ending
        return nil
    }

    private mutating func begin(_ fresh: TapedCycle?) -> TapedCycle {
        var cycle = fresh ?? template!
        if fresh == nil {
            run -= 1
            cycle.start = expected
        }
        template = cycle
        expected = cycle.start + Int64(cycle.frames)
        return cycle
    }

    /// The items of a cycle. Only the last one of a run has any.
    private mutating func finish(_ begun: TapedCycle) throws(TapeError) -> TapedCycle? {
        var cycle = begun
        while run == 0, place < bytes.count {
            let start = place
            guard let tag = TapeTag(rawValue: bytes[place]) else { throw .damaged(start, "no item begins here") }
            if tag == .run || tag == .cycle || tag == .gap { break }
            place += 1
            guard let isPossible = item(tag, into: &cycle) else { return end(.cutOff) }
            // As many as the instrument's rings hold.
            guard isPossible, cycle.control.count <= 4096, cycle.plan.count <= 16384, cycle.remarks.count < 64 else {
                throw .damaged(start, "a \(tag) that cannot be")
            }
        }
        return cycle
    }

    /// - Returns: whether its values can be; nil if they are cut off.
    private mutating func item(_ tag: TapeTag, into cycle: inout TapedCycle) -> Bool? {
        switch tag {
        case .input, .output, .refused, .machine:
            guard let offset = number(), let body = take(4) else { return nil }
            guard offset < UInt64(cycle.frames), 1...3 ~= body[0] else { return false }
            // What arrives may be anything, what is sent not.
            guard tag == .input || body[1] >= 0x80 && body[2] < 0x80 && body[3] < 0x80 else { return false }
            let message = MIDIMessage(
                offset: UInt32(offset), status: body[1], data1: body[2], data2: body[3], size: body[0])
            switch tag {
            case .input:
                guard cycle.input.last.map({ $0.offset <= message.offset }) ?? true else { return false }
                cycle.input.append(message)
            case .output: cycle.output.append(message)
            case .machine:
                guard message.status & 0xE0 == 0x80, cycle.machine.last.map({ $0.offset <= message.offset }) ?? true
                else { return false }
                cycle.machine.append(message)
            default: cycle.refused.append(message)
            }
        case .parameter:
            guard let index = number(), let bits = number() else { return nil }
            guard index < UInt64(header.parameters.count), bits <= UInt64(UInt32.max) else { return false }
            guard let parameter = header.parameters[Int(index)] else { return true }
            let value = Float(bitPattern: UInt32(bits))
            guard parameter.declaration.accepts(value) else { return false }
            cycle.control.append(.parameter(Int32(parameter.rawValue), value))
        case .command:
            guard let body = take(1) else { return nil }
            guard let command = Command(rawValue: body[0]) else { return false }
            cycle.control.append(.command(command))
        case .mind:
            guard let fingerprint = number(), let heard = number() else { return nil }
            guard heard < 1 << 56 else { return false }
            cycle.control.append(.mind(fingerprint, heard: Int64(heard)))
        case .releaseLeft: cycle.control.append(.releaseLeft)
        case .letGo: cycle.control.append(.letGo)
        case .doubt: cycle.control.append(.doubt)
        case .plan:
            guard let body = take(3), let epoch = number(), let folded = number() else { return nil }
            guard let kind = PlanMessage.Kind(rawValue: body[0]), body[1] < 128, body[2] < 128, epoch < 1 << 32 else {
                return false
            }
            let ahead = Self.unfolded(folded)
            guard ahead.magnitude < 1 << 56 else { return false }
            cycle.plan.append(
                PlanMessage(
                    kind: kind, epoch: UInt32(epoch), frame: cycle.start + ahead, key: body[1], velocity: body[2]))
        case .transport:
            guard let flags = take(1), let frame = number() else { return nil }
            var transport = Transport(isRolling: flags[0] & 1 != 0, frame: Int64(bitPattern: frame))
            guard flags[0] < 4, cycle.transport == nil else { return false }
            if flags[0] & 2 != 0 {
                guard let units = number(), let tempo = number(), let numerator = number(), let denominator = number()
                else { return nil }
                let beats = Beats(units: Int64(bitPattern: units))
                guard beats.units.magnitude < 1 << 60, numerator < 256, denominator < 1 << 14,
                    let meter = Meter(Int(numerator), Int(denominator)),
                    let tempo = Tempo(picosecondsPerBeat: Int64(bitPattern: tempo))
                else { return false }
                transport.music = Transport.Music(beats: beats, tempo: tempo, meter: meter)
            }
            cycle.transport = transport
        case .lapse:
            guard let question = number() else { return nil }
            guard question < 1 << 31 else { return false }
            cycle.lapses.append(Int32(question))
        case .echo:
            guard let last = cycle.input.indices.last, cycle.echoes.last != last else { return false }
            cycle.echoes.append(last)
        case .beat:
            guard let state = take(1), let numerator = number(), let denominator = number(), let frame = number(),
                let units = number(), let length = number()
            else { return nil }
            let ahead = Self.unfolded(frame)
            guard let state = Beat.State(rawValue: state[0]), numerator < 256, denominator < 1 << 14,
                let meter = Meter(Int(numerator), Int(denominator)), ahead.magnitude < 1 << 57
            else { return false }
            var beat = Beat()
            (beat.state, beat.meter) = (state, meter)
            beat.line = BeatLine(
                from: cycle.start + ahead, at: Beats(units: Self.unfolded(units)),
                framesPerBeat: Double(bitPattern: length))
            guard beat.line.framesPerBeat.isFinite else { return false }
            cycle.beats.append(beat)
        case .remark:
            guard let count = number() else { return nil }
            guard count < 256 else { return false }
            guard let text = take(Int(count)) else { return nil }
            cycle.remarks.append(String(decoding: text, as: UTF8.self))
        case .run, .cycle, .gap: return false
        }
        return true
    }

    private static func unfolded(_ value: UInt64) -> Int64 { Int64(bitPattern: value >> 1) ^ -Int64(value & 1) }

    private mutating func take(_ count: Int) -> [UInt8]? {
        guard bytes.count - place >= count else { return nil }
        defer { place += count }
        return Array(bytes[place..<place + count])
    }

    private mutating func number() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard place < bytes.count else { return nil }
            let byte = bytes[place]
            place += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return UInt64.max
    }
}
