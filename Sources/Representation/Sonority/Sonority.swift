// REAL-TIME (any): chords with offsets and durations, one token per chord.

/// Fields: *offset* from the chord before, 40 ms to 2 s in steps of 10 ms or a thirty-second part, or a rest of 2 s;
/// *chord*, a set of keys out of a table; *duration*, 10 ms to 4 s in steps of 10 ms or a sixteenth part; *velocity*, 32 bins.
///
/// - Keys struck within 30 ms of the first are a chord: players do not strike together, trills are slower.
/// - A chord that the table does not hold is heard as the nearest one that it does (`ChordTables.chord(nearest:)`).
/// - Offsets count from where the stream stands, not from the onset before: what rounding lost is made good by the next.
/// - A chord is certain when its highest key has ended, or after 4 s; until then it is pending, and what follows waits.
/// - A key that is struck again ends first.
/// - After five rests the stream is asleep, and time stands still.
/// - The sustain pedal is folded into the note-offs, per channel.
public struct Sonority: Representation {
    public static let name = "sonority"
    public static let ticksPerSecond = 100
    /// Ticks in which the keys of a chord are struck, after the first.
    public static let window: Int64 = 3
    public static let shortestOffset: Int64 = 4
    public static let longestDuration: Int64 = 400
    /// The class of an offset that is a rest.
    public static let rest = 90
    public static let restTicks: Int64 = 200
    public static let longestSleep = 5
    public static let velocityBins = 32
    public static let fields = [
        TokenField("offset", classes: rest + 1, role: .time),
        TokenField("chord", classes: ChordTables.shared.count, role: .pitch),
        TokenField("duration", classes: ChordTables.shared.durationCount, role: .time),
        TokenField("velocity", classes: velocityBins, role: .dynamics),
    ]

    public internal(set) var tick: Int64 = 0
    public internal(set) var machineKeys = KeySet()
    /// All keys that sound, whoever plays them, pedalled ones included.
    var soundingKeys = KeySet()
    /// When each of those was struck.
    var onsets = InlineArray<128, Int64>(repeating: 0)
    /// When each of the machine's planned notes ends.
    var ends = InlineArray<128, Int64>(repeating: .max)
    private var pending = PendingChords()
    private var pedals = PedalFold()
    /// Successive rests up to now.
    private var rests = 0
    private var isOpening = true
    let tables = ChordTables.shared

    public init() {}

    public var isAsleep: Bool { rests >= Self.longestSleep }

    // MARK: Hearing

    public mutating func hear(_ event: HeardEvent, certain: (Token) -> Void) {
        advance(to: event.tick, certain: certain)
        let key = Int(event.key)
        switch (event.kind, event.player) {
        case (.noteOn, .human):
            pedals.press(key, channel: event.channel)
            strike(event, certain)
            machineKeys.remove(key)
        case (.noteOn, .machine):
            strike(event, certain)
            machineKeys.insert(key)
        case (.noteOff, .human):
            if pedals.release(key, channel: event.channel) { end(key, at: event.tick) }
        case (.noteOff, .machine):
            if machineKeys.contains(key) { end(key, at: event.tick) }
        case (.pedalDown, _):
            pedals.pedalDown(channel: event.channel)
        case (.pedalUp, _):
            for key in pedals.pedalUp(channel: event.channel) { end(key, at: event.tick) }
        }
    }

    public mutating func advance(to newTick: Int64, certain: (Token) -> Void) {
        if isOpening { tick = max(tick, newTick) }
        while !pending.isEmpty {
            let first = pending.first
            let isOver = first.end != .max || newTick >= first.onset &+ Self.longestDuration
            guard newTick > first.onset &+ Self.window && isOver else { return }
            sayFirst(certain)
        }
        passRests(until: newTick, certain)
    }

    public mutating func assumeRest(at newTick: Int64, assumed: (Token) -> Void, released: (KeyEvent) -> Void) {
        while !pending.isEmpty {
            pending.endFirst(at: newTick)
            sayFirst(assumed)
        }
        endPlanned(through: newTick, released)
        release(machineKeys, at: newTick, released)
        if isOpening { tick = max(tick, newTick) }
        passRests(until: newTick, assumed)
    }

    private mutating func strike(_ event: HeardEvent, _ certain: (Token) -> Void) {
        let key = Int(event.key)
        if !pending.isEmpty && event.tick <= pending.last.onset &+ Self.window {
            var chord = pending.last
            if chord.keys.contains(key) {
                // Struck twice in a chord, it just goes on.
                if key == chord.highest { chord.end = .max }
            } else {
                end(key, at: event.tick)
                chord.strike(key, velocity: event.velocity)
            }
            pending.replaceLast(chord)
        } else {
            end(key, at: event.tick)
            if pending.isFull { sayFirst(certain) }
            if isOpening { tick = event.tick &- Self.shortestOffset }
            isOpening = false
            var chord = PendingChord(at: event.tick)
            chord.strike(key, velocity: event.velocity)
            pending.append(chord)
        }
        soundingKeys.insert(key)
        onsets[key] = event.tick
        ends[key] = .max
    }

    private mutating func end(_ key: Int, at tick: Int64) {
        soundingKeys.remove(key)
        machineKeys.remove(key)
        pending.end(key, at: tick)
    }

    private mutating func sayFirst(_ certain: (Token) -> Void) {
        let chord = pending.removeFirst()
        passRests(until: chord.onset, certain)
        let offset = tables.offset(nearest: chord.onset &- tick)
        moved(to: tick &+ tables.offset(offset))
        let end = min(chord.end, chord.onset &+ Self.longestDuration)
        certain(
            Token(
                Int16(truncatingIfNeeded: offset), Int16(truncatingIfNeeded: tables.chord(nearest: chord.keys)),
                Int16(truncatingIfNeeded: tables.duration(nearest: end &- chord.onset)),
                Int16(truncatingIfNeeded: Performance.bin(chord.velocity))))
    }

    /// As many rests as leave room for the shortest offset. Asleep, time stands still: the next chord comes with the longest.
    private mutating func passRests(until newTick: Int64, _ certain: (Token) -> Void) {
        while !isAsleep && newTick &- tick >= Self.restTicks &+ Self.shortestOffset {
            passRest()
            certain(Token(Int16(Self.rest), -1, -1, -1))
        }
        if isAsleep { tick = max(tick, newTick &- tables.longestOffset) }
    }

    // MARK: Playing

    public static func has(_ field: Int, given row: Token) -> Bool { field == 0 || row[0] != Int16(rest) }

    public mutating func emit(_ token: Token, _ sounding: (KeyEvent) -> Void) {
        guard token[0] != Int16(Self.rest) else {
            endPlanned(through: tick &+ Self.restTicks, sounding)
            return passRest()
        }
        let target = tick &+ tables.offset(Int(token[0]))
        let keys = tables.keys(Int(token[1]))
        let velocity = Performance.velocity(Int(token[3]))
        endPlanned(through: target, sounding)
        release(keys.intersection(machineKeys), at: target, sounding)
        moved(to: target)
        for key in keys {
            soundingKeys.insert(key)
            machineKeys.insert(key)
            onsets[key] = target
            ends[key] = target &+ tables.duration(Int(token[2]))
            sounding(KeyEvent(tick: target, isOn: true, key: UInt8(key), velocity: velocity))
        }
    }

    public mutating func releaseAll(at newTick: Int64, certain: (Token) -> Void, _ sounding: (KeyEvent) -> Void) {
        endPlanned(through: newTick, sounding)
        guard !machineKeys.isEmpty else { return }
        var target = newTick
        for key in machineKeys { target = max(target, onsets[key] &+ 1) }
        release(machineKeys, at: target, sounding)
        if target > newTick { tick = max(tick, target) }
    }

    public mutating func finish(_ sounding: (KeyEvent) -> Void) {
        endPlanned(through: .max &- 1, sounding)
        releaseAll(at: tick, certain: { _ in }, sounding)
    }

    /// The planned ends up to `last`, earliest first, ties ascending.
    private mutating func endPlanned(through last: Int64, _ sounding: (KeyEvent) -> Void) {
        while true {
            var next = -1
            for key in machineKeys where ends[key] <= last && (next < 0 || ends[key] < ends[next]) { next = key }
            guard next >= 0 else { return }
            sounding(KeyEvent(tick: ends[next], isOn: false, key: UInt8(next)))
            end(next, at: ends[next])
            ends[next] = .max
        }
    }

    private mutating func release(_ keys: KeySet, at tick: Int64, _ sounding: (KeyEvent) -> Void) {
        for key in keys {
            end(key, at: tick)
            sounding(KeyEvent(tick: tick, isOn: false, key: UInt8(key)))
        }
    }

    private mutating func moved(to newTick: Int64) {
        tick = newTick
        rests = 0
        isOpening = false
    }

    private mutating func passRest() {
        tick &+= Self.restTicks
        rests &+= 1
        isOpening = false
    }
}
