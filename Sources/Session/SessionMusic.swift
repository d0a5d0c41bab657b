/// What a tape holds as music: who played what, whose turn it was, what was set.

import Performer

/// The music of a session, of its tape alone: no model is needed.
public struct SessionMusic: Sendable {
    /// A channel message at its frame.
    public struct Message: Equatable, Sendable {
        public let frame: Int64
        public let status, data1, data2: UInt8

        var isNoteOn: Bool { status & 0xF0 == 0x90 && data2 > 0 }
        var isNoteOff: Bool { status & 0xF0 == 0x80 || (status & 0xF0 == 0x90 && data2 == 0) }
        var note: Int { Int(status & 0x0F) << 7 | Int(data1) }
    }

    /// Something to be known of a place.
    public struct Mark: Equatable, Sendable {
        public let frame: Int64
        public var text: String
    }

    public let sampleRate: Int
    /// What came in, but for our own messages that came back, and the machine's notes. In order; each note has an end.
    public private(set) var player: [Message] = []
    public private(set) var machine: [Message] = []
    /// Take-overs and yields, presets, parameters, commands.
    public private(set) var marks: [Mark] = []
    /// The beat from each frame on, whenever it became another.
    public private(set) var beats: [(frame: Int64, beat: Beat)] = []
    /// The machine's turns.
    public private(set) var turns = 0
    /// Notes begun.
    public private(set) var notes = (player: 0, machine: 0)
    /// In the order in which they were loaded.
    public private(set) var presets: [String]
    /// Of the first note; nil if nobody played.
    public private(set) var start: Int64?
    /// Of the last message.
    public private(set) var end: Int64 = 0
    /// Why the tape could not be read to its end.
    public private(set) var fault: TapeError?

    public var seconds: Double { Double(end - (start ?? end)) / Double(sampleRate) }

    /// Reads the tape; of a damaged one, what stands before the damage.
    public init(_ tape: Tape) {
        var tape = tape
        sampleRate = tape.header.sampleRate
        presets = [tape.header.preset]
        var reader = Reader(values: tape.header.values, rate: Int64(sampleRate))
        do throws(TapeError) {
            while let cycle = try tape.next() { take(cycle, &reader) }
        } catch { fault = error }
        endHeld(at: end, &reader)
        for note in reader.sounding.sorted() { machine.append(Self.end(of: note, at: end)) }
        for channel in reader.pedals.sorted() {
            player.append(Message(frame: end, status: 0xB0 | channel, data1: 64, data2: 0))
        }
    }

    /// What is known while the tape is read.
    private struct Reader {
        var values: ParameterValues
        let rate: Int64
        /// Notes of the player's and of the machine's that sound, as channel × 128 + key.
        var held: Set<Int> = []
        var sounding: Set<Int> = []
        /// The player's channels whose pedal is down.
        var pedals: Set<UInt8> = []
        var isMachinesTurn = false
        var lastOfMachine = Int64.min / 2
        /// Of each parameter, the place of its last mark.
        var marked: [Parameter: Int] = [:]
    }

    // MARK: A cycle

    private mutating func take(_ cycle: TapedCycle, _ reader: inout Reader) {
        for item in cycle.control { note(item, at: cycle.start, &reader) }
        for beat in cycle.beats { beats.append((cycle.start, beat)) }
        for remark in cycle.remarks {
            marks.append(Mark(frame: cycle.start, text: remark))
            if remark.hasPrefix(Self.presetRemark) { presets.append(String(remark.dropFirst(Self.presetRemark.count))) }
        }
        var machine = cycle.machine[...]
        for (index, message) in cycle.input.enumerated() where Self.isMusic(message) && !cycle.echoes.contains(index) {
            while let next = machine.first, next.offset < message.offset {
                takeMachine(Message(next, cycle.start), &reader)
                machine.removeFirst()
            }
            takeInput(Message(message, cycle.start), &reader)
        }
        for message in machine { takeMachine(Message(message, cycle.start), &reader) }
    }

    /// A whole message of a channel.
    private static func isMusic(_ message: MIDIMessage) -> Bool {
        (0x80..<0xF0).contains(message.status) && message.size == MIDIMessage.size(ofStatus: message.status)
            && (message.data1 | message.data2) < 0x80
    }

    private mutating func takeInput(_ message: Message, _ reader: inout Reader) {
        player.append(message)
        end = max(end, message.frame)
        let channel = message.status & 0x0F
        if message.isNoteOn {
            start = start ?? message.frame
            notes.player += 1
            reader.held.insert(message.note)
            guard reader.isMachinesTurn && reader.values[.yield] != 0 && ![2, 3].contains(reader.values[.mode]) else {
                return
            }
            if !reader.sounding.isEmpty { marks.append(Mark(frame: message.frame, text: "yield")) }
            reader.isMachinesTurn = false
        } else if message.isNoteOff {
            reader.held.remove(message.note)
        } else if message.status & 0xF0 == 0xB0 && message.data1 == 64 {
            if message.data2 >= 64 { reader.pedals.insert(channel) } else { reader.pedals.remove(channel) }
        }
    }

    private mutating func takeMachine(_ message: Message, _ reader: inout Reader) {
        if message.isNoteOn {
            // A reply may rest, but not for so long.
            if !reader.isMachinesTurn
                || (reader.sounding.isEmpty && message.frame - reader.lastOfMachine > 2 * reader.rate)
            {
                marks.append(Mark(frame: message.frame, text: "take-over"))
                turns += 1
                reader.isMachinesTurn = true
            }
            start = start ?? message.frame
            notes.machine += 1
            reader.sounding.insert(message.note)
        } else {
            reader.sounding.remove(message.note)
        }
        machine.append(message)
        reader.lastOfMachine = message.frame
        end = max(end, message.frame)
    }

    /// The keys that the player holds come up: their keyboard has gone, or all is silenced.
    private mutating func endHeld(at frame: Int64, _ reader: inout Reader) {
        for note in reader.held.sorted() { player.append(Self.end(of: note, at: frame)) }
        reader.held.removeAll()
    }

    private static func end(of note: Int, at frame: Int64) -> Message {
        Message(frame: frame, status: 0x80 | UInt8(note >> 7), data1: UInt8(note & 127), data2: 64)
    }

    // MARK: Marks

    /// How a remark begins that names the preset which plays from there on.
    static let presetRemark = "preset "

    private mutating func note(_ item: TapeItem, at frame: Int64, _ reader: inout Reader) {
        switch item {
        case .parameter(let index, let value):
            guard let parameter = Parameter(rawValue: Int(index)) else { return }
            reader.values[parameter] = value
            let text = "\(parameter.declaration.name) \(parameter.declaration.shown(value))"
            // A knob that is turned sends hundreds of values: one mark.
            if let last = reader.marked[parameter], frame - marks[last].frame < reader.rate / 2 {
                marks[last].text = text
            } else {
                reader.marked[parameter] = marks.count
                marks.append(Mark(frame: frame, text: text))
            }
        case .command(let command) where command != .tap:
            marks.append(Mark(frame: frame, text: "\(command)"))
            if command.isSilencing { reader.isMachinesTurn = false }
            if command == .panic || command == .stop { endHeld(at: frame, &reader) }
        case .letGo: endHeld(at: frame, &reader)
        default: break
        }
    }
}

extension SessionMusic.Message {
    fileprivate init(_ message: MIDIMessage, _ start: Int64) {
        self.init(
            frame: start + Int64(message.offset), status: message.status, data1: message.data1, data2: message.data2)
    }
}
