// REAL-TIME (port): what sounds at the output, and whose it is.

import Representation

/// Channel × key, by owner. The machine has a key on at most one channel.
struct SoundingTable: BitwiseCopyable {
    /// Bit c: the player holds the key on channel c, and the improviser knows.
    private var held = InlineArray<128, UInt16>(repeating: 0)
    /// Bit c: the key is down on channel c, and its note-on went through to the output.
    private var passed = InlineArray<128, UInt16>(repeating: 0)
    /// Bit c: the key is up, but its note-off on channel c is kept back until the pedal comes up.
    private var deferred = InlineArray<128, UInt16>(repeating: 0)
    /// Bit c: the note-off of channel c may never come, since a keyboard has gone.
    private var doubtful = InlineArray<128, UInt16>(repeating: 0)
    private var doubtfulPedals: UInt16 = 0
    /// The player's last stroke of each key.
    private var strokes = InlineArray<128, Stroke>(repeating: Stroke())
    private(set) var machineKeys = KeySet()
    private var machineChannel = InlineArray<128, UInt8>(repeating: 0)
    private var machineOnset = InlineArray<128, Int64>(repeating: 0)
    /// Bit c: the pedal of channel c is down.
    private var pedals: UInt16 = 0

    private struct Stroke: BitwiseCopyable {
        var frame: Int64 = .min / 2
        var channel: UInt8 = 0
        var velocity: UInt8 = 0
    }

    /// Whether a note-on is the same stroke as the last of its key, which has come twice: a keyboard that plays two layers on
    /// two channels, or reaches the input by two ways. On one channel the player may also have struck anew.
    func isDoubled(_ message: MIDIMessage, at frame: Int64, within span: Int64) -> Bool {
        let (key, channel) = (Int(message.data1), message.status & 0x0F)
        guard frame &- strokes[key].frame <= span else { return false }
        return strokes[key].channel != channel || isHeld(key, channel: channel)
            || strokes[key].velocity == message.data2
    }

    /// - Parameters:
    ///   - isHeard: the improviser is told.
    ///   - passes: the note-on goes to the output.
    mutating func press(_ message: MIDIMessage, at frame: Int64, isHeard: Bool, passes: Bool) {
        let (key, channel) = (Int(message.data1), message.status & 0x0F)
        let bit = UInt16(1) << UInt16(channel)
        if isHeard {
            held[key] |= bit
            strokes[key] = Stroke(frame: frame, channel: channel, velocity: message.data2)
        }
        // Once a note-on has passed, its end is owed, also if the key is struck again with `thru` off.
        if passes { passed[key] |= bit }
        doubtful[key] &= ~bit
    }

    /// Whether the player held the key, and whether its note-on had gone to the output.
    mutating func release(_ key: Int, channel: UInt8) -> (held: Bool, passed: Bool) {
        let bit = UInt16(1) << UInt16(channel)
        let result = (held[key] & bit != 0, passed[key] & bit != 0)
        held[key] &= ~bit
        passed[key] &= ~bit
        doubtful[key] &= ~bit
        return result
    }

    /// Whether the key is down on the channel, heard or only passed on.
    func isDown(_ key: Int, channel: UInt8) -> Bool { (held[key] | passed[key]) >> UInt16(channel) & 1 != 0 }

    mutating func `defer`(_ key: Int, channel: UInt8) { deferred[key] |= 1 << UInt16(channel) }
    func isDeferred(_ key: Int, channel: UInt8) -> Bool { deferred[key] >> UInt16(channel) & 1 != 0 }

    /// Whether there was a note-off to send.
    mutating func endDeferred(_ key: Int, channel: UInt8) -> Bool {
        let bit = UInt16(1) << UInt16(channel)
        defer { deferred[key] &= ~bit }
        return deferred[key] & bit != 0
    }

    /// All that is down now may stay down for ever.
    mutating func doubt() {
        for key in 0..<128 { doubtful[key] = held[key] | passed[key] }
        doubtfulPedals = pedals
    }

    func isDoubtful(_ key: Int, channel: UInt8) -> Bool { doubtful[key] >> UInt16(channel) & 1 != 0 }
    func isPedalDoubtful(_ channel: UInt8) -> Bool { doubtfulPedals >> UInt16(channel) & 1 != 0 }

    func isHeld(_ key: Int, channel: UInt8) -> Bool { held[key] >> UInt16(channel) & 1 != 0 }
    func isHeld(_ key: Int) -> Bool { held[key] != 0 }

    /// Whether the pedal moved.
    mutating func pedal(channel: UInt8, isDown: Bool) -> Bool {
        let bit = UInt16(1) << UInt16(channel)
        let moved = (pedals & bit != 0) != isDown
        if isDown { pedals |= bit } else { pedals &= ~bit }
        doubtfulPedals &= ~bit
        return moved
    }

    func isPedalDown(_ channel: UInt8) -> Bool { pedals >> UInt16(channel) & 1 != 0 }

    mutating func begin(_ key: Int, channel: UInt8, at frame: Int64) {
        machineKeys.insert(key)
        machineChannel[key] = channel
        machineOnset[key] = frame
    }

    mutating func end(_ key: Int) { machineKeys.remove(key) }

    func channel(ofMachineKey key: Int) -> UInt8 { machineChannel[key] }

    /// The machine's oldest note and its onset.
    func oldest() -> (key: Int, onset: Int64)? {
        var result: (key: Int, onset: Int64)?
        let keys = machineKeys
        for key in keys {
            if result == nil || machineOnset[key] < result!.onset { result = (key, machineOnset[key]) }
        }
        return result
    }
}
