// REAL-TIME (any): the default representation, one token per MIDI event, in the true order of playing.

/// Fields: *shift*, ticks since the token before (0…100); *key*, note-on of key k is k, note-off is 128 + k, 256 is
/// `wait`; *velocity*, 32 bins, of note-ons only.
///
/// - The tick is rounded from absolute time, a shift is a difference of ticks, so nothing drifts.
/// - A silence of more than 100 ticks is told by `wait`s (shift 100); after eight the stream is asleep and time
///   stands still, so a long rest costs nothing.
/// - A note lasts at least a tick: a note-off in the tick of its note-on is held back to the next tick.
/// - A re-struck key gets its note-off first; struck again within the tick of its onset, it just goes on.
/// - The sustain pedal is folded into the note-offs, per channel.
public struct Performance: Representation {
    public static let name = "performance"
    public static let ticksPerSecond = 100
    public static let longestShift = 100
    public static let wait = 256
    public static let longestSleep = 8
    public static let velocityBins = 32
    public static let fields = [
        TokenField("shift", classes: longestShift + 1, role: .time), TokenField("key", classes: 257, role: .pitch),
        TokenField("velocity", classes: velocityBins, role: .dynamics),
    ]

    public private(set) var tick: Int64 = 0
    public private(set) var machineKeys = KeySet()
    /// All keys that sound, whoever plays them, pedalled ones included.
    public private(set) var soundingKeys = KeySet()
    /// The tick in which each of those was struck.
    private var onsets = InlineArray<128, Int64>(repeating: 0)
    /// Of those struck in the present tick, the ones that end in the next.
    private var heldBackOffs = KeySet()
    /// Successive `wait`s up to now.
    private var waits = 0
    private var isOpening = true
    private var pedals = PedalFold()

    public init() {}

    public var isAsleep: Bool { waits >= Self.longestSleep }

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
            if pedals.release(key, channel: event.channel) { end(key, at: event.tick, certain) }
        case (.noteOff, .machine):
            if machineKeys.contains(key) { end(key, at: event.tick, certain) }
        case (.pedalDown, _):
            pedals.pedalDown(channel: event.channel)
        case (.pedalUp, _):
            for key in pedals.pedalUp(channel: event.channel) { end(key, at: event.tick, certain) }
        }
    }

    public mutating func advance(to newTick: Int64, certain: (Token) -> Void) {
        // The stream begins with its first event, which has shift 0.
        if isOpening { tick = max(tick, newTick) }
        if !heldBackOffs.isEmpty && newTick > tick {
            let offs = heldBackOffs
            let next = tick &+ 1
            for key in offs { certain(off(key, at: next)) }
        }
        while newTick &- tick > Int64(Self.longestShift) && !isAsleep {
            certain(waitToken())
        }
        // Asleep, time stands still: the next event comes with the longest shift.
        if isAsleep { tick = max(tick, newTick &- Int64(Self.longestShift)) }
    }

    /// A player who stops now changes nothing that is not said by time passing.
    public mutating func assumeRest(at tick: Int64, assumed: (Token) -> Void, released: (KeyEvent) -> Void) {
        advance(to: tick, certain: assumed)
    }

    private mutating func strike(_ event: HeardEvent, _ certain: (Token) -> Void) {
        let key = Int(event.key)
        if soundingKeys.contains(key) {
            if isStruck(key, at: event.tick) {
                heldBackOffs.remove(key)
                return
            }
            certain(off(key, at: event.tick))
        }
        let shift = moved(to: event.tick)
        sound(key)
        certain(Token(shift, Int16(key), Int16(Self.bin(event.velocity)), -1))
    }

    private mutating func end(_ key: Int, at tick: Int64, _ certain: (Token) -> Void) {
        guard soundingKeys.contains(key) else { return }
        if isStruck(key, at: tick) {
            heldBackOffs.insert(key)
        } else {
            certain(off(key, at: tick))
        }
    }

    // MARK: Playing

    public static func has(_ field: Int, given row: Token) -> Bool { field < 2 || row[1] < 128 }

    public func mask(_ field: Int, given row: Token, within bounds: Bounds, into mask: Mask) {
        switch field {
        case 0: insertShifts(bounds, into: mask)
        case 1: insertKeys(shift: Int(row[0]), bounds, into: mask)
        default: mask.insertAll()
        }
    }

    private func insertShifts(_ bounds: Bounds, into mask: Mask) {
        // After a wait, shift 0 would be another spelling of shift 100.
        let first = max(waits > 0 ? 1 : 0, shift(to: bounds.earliest))
        let last = min(shift(to: bounds.latest), Self.longestShift)
        if mayBegin(bounds) {
            let (from, through) = (
                max(first, shift(to: bounds.firstOnset)), min(last, shift(to: bounds.lastOnset) &- 1)
            )
            if let grid = bounds.grid {
                grid.onsets(from: tick &+ Int64(from), through: tick &+ Int64(through)) { mask.insert(Int($0 &- tick)) }
            } else {
                mask.insert(from, through: through)
            }
        }
        if !bounds.beginsNote {
            var end = Int64.max
            for key in bounds.ownsAllKeys ? soundingKeys : machineKeys {
                end = min(end, onsets[key] &+ bounds.shortestNote)
            }
            let from = max(first, shift(to: end))
            if let grid = bounds.grid {
                grid.ends(from: tick &+ Int64(from), through: tick &+ Int64(last)) { mask.insert(Int($0 &- tick)) }
            } else {
                mask.insert(from, through: last)
            }
        }
        if !bounds.beginsNote || mask.isEmpty { mask.insert(Self.longestShift) }
    }

    /// −1 for the past, one more than the longest for what is out of reach.
    private func shift(to target: Int64) -> Int {
        Int(min(max(target, tick &- 1), tick &+ Int64(Self.longestShift) &+ 1) &- tick)
    }

    private func insertKeys(shift: Int, _ bounds: Bounds, into mask: Mask) {
        let target = tick &+ Int64(shift)
        if mayBegin(bounds) && target >= bounds.firstOnset && target < bounds.lastOnset
            && bounds.grid?.isOnset(target) ?? true
        {
            mask.insert(soundingKeys.union(bounds.barred).inverted, at: 0)
        }
        if !bounds.beginsNote && bounds.grid?.isEnd(target) ?? true {
            var own = bounds.ownsAllKeys ? soundingKeys : machineKeys
            for key in own where target < onsets[key] &+ bounds.shortestNote { own.remove(key) }
            mask.insert(own, at: 128)
        }
        // Beyond the bounds only the way out is left.
        if target < bounds.earliest || target > bounds.latest { mask.removeAll() }
        if shift == Self.longestShift && (!bounds.beginsNote || mask.isEmpty) { mask.insert(Self.wait) }
    }

    private func mayBegin(_ bounds: Bounds) -> Bool {
        !soundingKeys.union(bounds.barred).isFull && (bounds.ownsAllKeys || machineKeys.count < bounds.polyphony)
    }

    public static func meaning(of value: Int, in field: Int) -> Meaning {
        switch (field, value) {
        case (0, _): .shift(Int16(value))
        case (1, ..<128): .strike(UInt8(value))
        case (1, ..<256): .release(UInt8(value - 128))
        case (2, _): .velocity(velocity(value))
        default: .nothing
        }
    }

    public mutating func emit(_ token: Token, _ sounding: (KeyEvent) -> Void) {
        let target = tick &+ Int64(token[0])
        let value = Int(token[1])
        if value == Self.wait {
            _ = waitToken()
        } else if value >= 128 {
            _ = off(value &- 128, at: target)
            sounding(KeyEvent(tick: target, isOn: false, key: UInt8(value &- 128)))
        } else {
            _ = moved(to: target)
            sound(value)
            machineKeys.insert(value)
            sounding(KeyEvent(tick: target, isOn: true, key: UInt8(value), velocity: Self.velocity(Int(token[2]))))
        }
    }

    public mutating func releaseAll(at newTick: Int64, certain: (Token) -> Void, _ sounding: (KeyEvent) -> Void) {
        var target = newTick
        for key in machineKeys { target = max(target, onsets[key] &+ 1) }
        advance(to: target, certain: certain)
        for key in machineKeys {
            certain(off(key, at: target))
            sounding(KeyEvent(tick: target, isOn: false, key: UInt8(key)))
        }
    }

    // MARK: The stream

    private func isStruck(_ key: Int, at newTick: Int64) -> Bool {
        newTick == tick && onsets[key] == tick && soundingKeys.contains(key)
    }

    private mutating func sound(_ key: Int) {
        soundingKeys.insert(key)
        onsets[key] = tick
    }

    /// Moves to `newTick`; the shift that this takes.
    private mutating func moved(to newTick: Int64) -> Int16 {
        let shift = newTick &- tick
        tick = newTick
        waits = 0
        isOpening = false
        return Int16(clamping: shift)
    }

    private mutating func off(_ key: Int, at newTick: Int64) -> Token {
        let shift = moved(to: newTick)
        soundingKeys.remove(key)
        heldBackOffs.remove(key)
        machineKeys.remove(key)
        return Token(shift, Int16(128 &+ key), -1, -1)
    }

    private mutating func waitToken() -> Token {
        let waited = waits
        _ = moved(to: tick &+ Int64(Self.longestShift))
        waits = waited &+ 1
        return Token(Int16(Self.longestShift), Int16(Self.wait), -1, -1)
    }

    /// Velocity 1…127 in bins of four.
    public static func bin(_ velocity: UInt8) -> Int { Int(velocity) >> 2 }
    /// The middle of a bin.
    public static func velocity(_ bin: Int) -> UInt8 { UInt8(bin &<< 2 &+ 2) }
}
