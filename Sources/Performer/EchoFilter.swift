// REAL-TIME (port): recognises what returns to the input of what went out.

/// Messages that come back within milliseconds of being sent: `midi_out` reaches `midi_in`, through a cable, a Through port or
/// a piano that repeats what it receives. Passing them on would send them round for ever.
///
/// A message equal to the last one sent for the same key or controller changes nothing, so it is dropped at once. One that was
/// sent, but not last (a pedal that trembles and a fast roll look like that too), is dropped only while there is evidence of
/// a loop: several came back after just one cycle, as in JACK, or within 8 ms.
struct EchoFilter {
    private static let capacity = 2048
    /// Evidence within a second that proves a loop: three matches of notes, or a hundred of controllers, which more often come
    /// back to a value by themselves.
    private static let proof = 100
    private static let weightOfNote = 34
    private let sent: UnsafeMutablePointer<UInt32>
    private let frames: UnsafeMutablePointer<Int64>
    private var count = 0
    /// Length of the present cycle, which is what a loop of JACK takes (frames).
    private var cycle: Int64 = 0
    /// The longest that an echo takes beyond a cycle (frames).
    private let margin: Int64
    /// The longest that an echo takes which is evidence, if it does not take just a cycle (frames).
    private let near: Int64
    /// How much of the cycle's output is remembered.
    private var remembered = 0
    /// How long evidence counts (frames).
    private let memory: Int64
    /// How long a proved loop is assumed to last after its last echo (frames).
    private let duration: Int64
    private var evidence = 0
    private var lastMatch: Int64 = .min / 2
    private var loopEnds: Int64 = .min / 2

    init(timebase: Timebase) {
        sent = .allocate(capacity: Self.capacity)
        sent.initialize(repeating: 0, count: Self.capacity)
        frames = .allocate(capacity: Self.capacity)
        frames.initialize(repeating: .min / 2, count: Self.capacity)
        margin = timebase.frames(milliseconds: 10)
        near = timebase.frames(milliseconds: 8)
        memory = timebase.frames(seconds: 1)
        duration = timebase.frames(seconds: 10)
    }

    func deallocate() {
        sent.deallocate()
        frames.deallocate()
    }

    /// A cycle of so many frames begins.
    mutating func begin(cycle: Int64) {
        self.cycle = cycle
        remembered = 0
    }

    /// Remembers what the cycle that begins at `start` has sent so far.
    mutating func remember(_ output: OutputBuffer, from start: Int64) {
        while remembered < output.count {
            let message = output.messages![remembered]
            sent[count & (Self.capacity &- 1)] = Self.word(message)
            frames[count & (Self.capacity &- 1)] = start &+ Int64(message.offset)
            count &+= 1
            remembered &+= 1
        }
    }

    /// Whether the message, received at `frame`, is one that was sent.
    /// - Parameter isNews: it moves the player's pedal, which the stage may just have moved at the output itself. It is no
    ///   echo then, unless a loop is proved.
    mutating func isEcho(_ message: MIDIMessage, at frame: Int64, isNews: Bool) -> Bool {
        let word = Self.word(message)
        var isLatest = true
        var index = count
        while index > max(count &- Self.capacity, 0) {
            index &-= 1
            let place = index & (Self.capacity &- 1)
            let age = frame &- frames[place]
            guard age <= cycle &+ margin else { return false }
            if sent[place] == word {
                let isHarmless = isLatest && !isNews
                guard isHarmless || age <= near || abs(age &- cycle) <= 1 else { return false }
                return accept(word, isHarmless, frame)
            }
            if Self.subject(sent[place]) == Self.subject(word) { isLatest = false }
        }
        return false
    }

    /// - Parameter isHarmless: to drop it changes nothing.
    private mutating func accept(_ word: UInt32, _ isHarmless: Bool, _ frame: Int64) -> Bool {
        let isNote = word >> 20 & 0xF <= 0x9
        // A controller that says the same twice is no evidence.
        if isNote || !isHarmless {
            if frame &- lastMatch > memory { evidence = 0 }
            evidence &+= isNote ? Self.weightOfNote : 1
            lastMatch = frame
            if evidence >= Self.proof { loopEnds = frame &+ duration }
        }
        return isHarmless || frame < loopEnds
    }

    /// Status, two data bytes; a note-off in one form, whatever its velocity.
    private static func word(_ message: MIDIMessage) -> UInt32 {
        let kind = message.status & 0xF0
        if kind == 0x80 || kind == 0x90 && message.data2 == 0 {
            return UInt32(0x80 | message.status & 0x0F) << 16 | UInt32(message.data1) << 8
        }
        let second = message.size > 2 ? UInt32(message.data2) : 0
        return UInt32(message.status) << 16 | UInt32(message.data1) << 8 | second
    }

    /// What the message is about: a key, a controller, or the channel's program, pressure or bend.
    private static func subject(_ word: UInt32) -> UInt32 {
        switch word >> 20 & 0xF {
        case 0x8, 0x9: word & 0x0F_FF00 | 0x90_0000
        case 0xA, 0xB: word & 0xFF_FF00
        default: word & 0xFF_0000
        }
    }
}
