import Files
import Representation
import Score

/// A toy on which performer and training are tested: tokens that are delayed, that sound two keys, and that last.

/// Fields: *shift*, ticks since the onset before (0…31), 32 is a rest of 32 ticks; *low* key; *interval* to a second
/// key struck in the same tick (0: none); *length*, 4…64 ticks in steps of 4.
///
/// A dyad is certain only when its keys have ended, and its note-offs sound long after its onset: what `performance`
/// never asks of the performer, and what chord and notation representations will.
public struct Dyads: Representation {
    public static let name = "dyads"
    public static let ticksPerSecond = 100
    public static let rest = 32
    public static let longestSleep = 25
    public static let ticksPerLength: Int64 = 4
    public static let lengths = 16
    public static let widest = 12
    public static let fields = [
        TokenField("shift", classes: rest + 1, role: .time), TokenField("low", classes: 128, role: .pitch),
        TokenField("interval", classes: widest + 1, role: .pitch),
        TokenField("length", classes: lengths, role: .time),
    ]
    private static let longest = ticksPerLength * Int64(lengths)
    private static var restToken: Token { Token(Int16(rest), -1, -1, -1) }

    public private(set) var tick: Int64 = 0
    public private(set) var machineKeys = KeySet()
    private var soundingKeys = KeySet()
    private var pedals = PedalFold()
    private var rests = 0
    private var isOpening = true
    /// The lower key if the last token is a single key: what joins it is told by `interval`, never by another token.
    private var openSingle = -1

    /// Heard, not certain, by onset.
    private var pending = InlineArray<32, Chord>(repeating: Chord())
    private var pendingCount = 0
    /// When each of the machine's planned notes ends.
    private var ends = InlineArray<128, Int64>(repeating: .max)

    private struct Chord: BitwiseCopyable {
        var onset: Int64 = 0
        var low = -1
        var high = -1
        /// `Int64.max` while the key sounds.
        var lowEnd = Int64.max
        var highEnd = Int64.max

        var isOver: Bool { lowEnd != .max && (high < 0 || highEnd != .max) }
    }

    public init() {}

    public var isAsleep: Bool { rests >= Self.longestSleep }

    // MARK: Hearing

    public mutating func hear(_ event: HeardEvent, certain: (Token) -> Void) {
        advance(to: event.tick, certain: certain)
        let key = Int(event.key)
        switch (event.kind, event.player) {
        case (.noteOn, let player):
            if player == .human { pedals.press(key, channel: event.channel) }
            close(key, at: event.tick)
            open(key, at: event.tick, certain)
            if player == .machine { machineKeys.insert(key) } else { machineKeys.remove(key) }
        case (.noteOff, .human):
            if pedals.release(key, channel: event.channel) { close(key, at: event.tick) }
        case (.noteOff, .machine):
            if machineKeys.contains(key) { close(key, at: event.tick) }
        case (.pedalDown, _):
            pedals.pedalDown(channel: event.channel)
        case (.pedalUp, _):
            for key in pedals.pedalUp(channel: event.channel) { close(key, at: event.tick) }
        }
    }

    public mutating func advance(to newTick: Int64, certain: (Token) -> Void) {
        if isOpening { tick = max(tick, newTick) }
        while pendingCount > 0 {
            let first = pending[0]
            guard newTick > first.onset && (first.isOver || newTick >= first.onset &+ Self.longest) else { return }
            emitFirst(certain)
        }
        rest(until: newTick, certain)
        if isAsleep { tick = max(tick, newTick &- Int64(Self.rest &- 1)) }
    }

    public mutating func assumeRest(at newTick: Int64, assumed: (Token) -> Void, released: (KeyEvent) -> Void) {
        while pendingCount > 0 {
            let end = max(newTick, pending[0].onset &+ 1)
            pending[0].lowEnd = min(pending[0].lowEnd, end)
            pending[0].highEnd = min(pending[0].highEnd, end)
            emitFirst(assumed)
        }
        releaseAll(at: newTick, certain: { _ in }, released)
        advance(to: newTick, certain: assumed)
    }

    private mutating func open(_ key: Int, at onset: Int64, _ certain: (Token) -> Void) {
        soundingKeys.insert(key)
        if pendingCount > 0 {
            let last = pending[pendingCount &- 1]
            if last.onset == onset && last.high < 0 && key > last.low && key &- last.low <= Self.widest {
                pending[pendingCount &- 1].high = key
                return
            }
        }
        if pendingCount == 32 { emitFirst(certain) }
        pending[pendingCount] = Chord(onset: onset, low: key)
        pendingCount &+= 1
        isOpening = false
    }

    private mutating func close(_ key: Int, at end: Int64) {
        soundingKeys.remove(key)
        machineKeys.remove(key)
        for i in 0..<pendingCount {
            if pending[i].low == key { pending[i].lowEnd = min(pending[i].lowEnd, end) }
            if pending[i].high == key { pending[i].highEnd = min(pending[i].highEnd, end) }
        }
    }

    private mutating func emitFirst(_ certain: (Token) -> Void) {
        let chord = pending[0]
        for i in 1..<max(pendingCount, 1) { pending[i &- 1] = pending[i] }
        pendingCount &-= 1
        rest(until: chord.onset, certain)
        let shift = chord.onset &- tick
        let highEnd = chord.high < 0 ? chord.onset : chord.highEnd
        let end = min(max(chord.lowEnd, highEnd), chord.onset &+ Self.longest)
        let length = max((end &- chord.onset &+ Self.ticksPerLength &- 1) / Self.ticksPerLength, 1)
        let interval = chord.high < 0 ? 0 : chord.high &- chord.low
        moved(to: chord.onset, single: interval == 0 ? chord.low : -1)
        certain(Token(Int16(clamping: shift), Int16(chord.low), Int16(interval), Int16(length &- 1)))
    }

    private mutating func rest(until newTick: Int64, _ certain: (Token) -> Void) {
        while newTick &- tick >= Int64(Self.rest) {
            if isAsleep {
                tick = newTick &- Int64(Self.rest &- 1)
                return
            }
            passRest()
            certain(Self.restToken)
        }
    }

    // MARK: Playing

    public static func has(_ field: Int, given row: Token) -> Bool { field == 0 || row[0] != Int16(rest) }

    public func mask(_ field: Int, given row: Token, within bounds: Bounds, into mask: Mask) {
        switch field {
        case 0: insertShifts(bounds, into: mask)
        case 1: mask.insert(lowKeys(shift: Int(row[0]), bounds), at: 0)
        case 2: insertIntervals(shift: Int(row[0]), low: Int(row[1]), bounds, into: mask)
        default: insertLengths(bounds, into: mask)
        }
    }

    private func insertShifts(_ bounds: Bounds, into mask: Mask) {
        if bounds.ownsAllKeys || machineKeys.count < bounds.polyphony {
            for shift in 0..<Self.rest {
                let target = tick &+ Int64(shift)
                guard target >= max(bounds.earliest, bounds.firstOnset) && target <= bounds.latest,
                    target < bounds.lastOnset
                else { continue }
                if !lowKeys(shift: shift, bounds).isEmpty { mask.insert(shift) }
            }
        }
        if !bounds.beginsNote || mask.isEmpty { mask.insert(Self.rest) }
    }

    private func isSilent(_ key: Int, at target: Int64, _ bounds: Bounds) -> Bool {
        guard !bounds.barred.contains(key) else { return false }
        return !soundingKeys.contains(key) || (machineKeys.contains(key) && ends[key] <= target)
    }

    private func lowKeys(shift: Int, _ bounds: Bounds) -> KeySet {
        var keys = KeySet()
        for key in 0..<128 where isSilent(key, at: tick &+ Int64(shift), bounds) {
            let joins = shift == 0 && openSingle >= 0 && key > openSingle && key &- openSingle <= Self.widest
            if !joins { keys.insert(key) }
        }
        return keys
    }

    private func insertIntervals(shift: Int, low: Int, _ bounds: Bounds, into mask: Mask) {
        mask.insert(0)
        guard bounds.ownsAllKeys || machineKeys.count &+ 1 < bounds.polyphony else { return }
        guard tick &+ Int64(shift) >= bounds.firstPair else { return }
        for interval in 1..<(Self.widest &+ 1) where low &+ interval < 128 {
            if isSilent(low &+ interval, at: tick &+ Int64(shift), bounds) { mask.insert(interval) }
        }
    }

    private func insertLengths(_ bounds: Bounds, into mask: Mask) {
        let shortest = (bounds.shortestNote &- 1) / Self.ticksPerLength
        mask.insert(Int(min(shortest, Int64(Self.lengths &- 1))), through: Self.lengths &- 1)
    }

    public mutating func emit(_ token: Token, _ sounding: (KeyEvent) -> Void) {
        let target = tick &+ Int64(token[0])
        endNotes(through: target, sounding)
        guard token[0] != Int16(Self.rest) else { return passRest() }
        let low = Int(token[1])
        let interval = Int(token[2])
        moved(to: target, single: interval == 0 ? low : -1)
        let end = target &+ (Int64(token[3]) &+ 1) &* Self.ticksPerLength
        begin(low, until: end, sounding)
        if interval > 0 { begin(low &+ interval, until: end, sounding) }
    }

    public mutating func releaseAll(at newTick: Int64, certain: (Token) -> Void, _ sounding: (KeyEvent) -> Void) {
        endNotes(through: newTick, sounding)
        for key in machineKeys {
            soundingKeys.remove(key)
            sounding(KeyEvent(tick: newTick, isOn: false, key: UInt8(key)))
        }
        machineKeys = KeySet()
    }

    private mutating func begin(_ key: Int, until end: Int64, _ sounding: (KeyEvent) -> Void) {
        soundingKeys.insert(key)
        machineKeys.insert(key)
        ends[key] = end
        sounding(KeyEvent(tick: tick, isOn: true, key: UInt8(key), velocity: 80))
    }

    /// The planned ends up to `last`, earliest first, ties ascending.
    private mutating func endNotes(through last: Int64, _ sounding: (KeyEvent) -> Void) {
        while true {
            var next = -1
            for key in machineKeys {
                if ends[key] <= last && (next < 0 || ends[key] < ends[next]) { next = key }
            }
            guard next >= 0 else { return }
            machineKeys.remove(next)
            soundingKeys.remove(next)
            sounding(KeyEvent(tick: ends[next], isOn: false, key: UInt8(next)))
            ends[next] = .max
        }
    }

    private mutating func moved(to newTick: Int64, single: Int) {
        tick = newTick
        rests = 0
        isOpening = false
        openSingle = single
    }

    private mutating func passRest() {
        tick &+= Int64(Self.rest)
        rests &+= 1
        isOpening = false
        openSingle = -1
    }

    // MARK: Training

    public static let fileSuffixes = MIDIFile.suffixes + [".dyads"]

    /// A file of its own kind has a token a line: its four fields, −1 for none.
    public static func tokens(ofFile path: String, order: EventOrder) throws -> [Token] {
        guard path.hasSuffix(".dyads") else { return encode(try MIDIFile(path: path).playedEvents(), order: order) }
        let text = String(decoding: try readFile(path, limit: 1 << 20), as: UTF8.self)
        return text.split(separator: "\n").map { line in
            let numbers = line.split(separator: " ").map { Int16($0)! }
            return Token(numbers[0], numbers[1], numbers[2], numbers[3])
        }
    }

    public static func notesBegun(by token: Token) -> Int { (token[1] >= 0 ? 1 : 0) + (token[2] > 0 ? 1 : 0) }

    public static func keys(of token: Token) -> KeySet {
        var keys = KeySet()
        guard token[1] >= 0 else { return keys }
        keys.insert(Int(token[1]))
        keys.insert(Int(token[1] + token[2]))
        return keys
    }

    public static var recalled: (field: Int, classes: Int) { (1, 128) }

    /// There is no loudness.
    public static func augmented(_ tokens: some Sequence<Token>, _ change: Augmentation.Draw) -> [Token] {
        let moved = tokens.map { token in
            token[1] < 0 ? token : Token(token[0], token[1] + Int16(change.transposition), token[2], token[3])
        }
        return change.stretch == 1 ? moved : stretched(moved, by: change.stretch)
    }
}
