// REAL-TIME: what sounds at the output, and whose it is.

import Representation

/// Channel × key, by owner. The machine has a key on at most one channel.
struct SoundingTable: BitwiseCopyable {
    /// Bit c: the player holds the key on channel c.
    private var held = InlineArray<128, UInt16>(repeating: 0)
    /// Of those, the ones whose note-on went through to the output.
    private var passed = InlineArray<128, UInt16>(repeating: 0)
    private(set) var machineKeys = KeySet()
    private var machineChannel = InlineArray<128, UInt8>(repeating: 0)
    private var machineOnset = InlineArray<128, Int64>(repeating: 0)
    /// Bit c: the pedal of channel c is down.
    private var pedals: UInt16 = 0
    /// Bit c: the player has used channel c.
    private(set) var humanChannels: UInt16 = 0

    mutating func press(_ key: Int, channel: UInt8, passes: Bool) {
        let bit = UInt16(1) << UInt16(channel)
        held[key] |= bit
        // Once a note-on has passed, its end is owed, also if the key is struck again with `thru` off.
        if passes { passed[key] |= bit }
        humanChannels |= bit
    }

    /// Whether the player held the key, and whether its note-on had gone to the output.
    mutating func release(_ key: Int, channel: UInt8) -> (held: Bool, passed: Bool) {
        let bit = UInt16(1) << UInt16(channel)
        let result = (held[key] & bit != 0, passed[key] & bit != 0)
        held[key] &= ~bit
        passed[key] &= ~bit
        return result
    }

    func isHeld(_ key: Int, channel: UInt8) -> Bool { held[key] >> UInt16(channel) & 1 != 0 }
    func isHeld(_ key: Int) -> Bool { held[key] != 0 }

    /// Whether the pedal moved.
    mutating func pedal(channel: UInt8, isDown: Bool) -> Bool {
        let bit = UInt16(1) << UInt16(channel)
        let moved = (pedals & bit != 0) != isDown
        if isDown { pedals |= bit } else { pedals &= ~bit }
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
