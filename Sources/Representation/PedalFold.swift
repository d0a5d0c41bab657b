// REAL-TIME (any): the sustain pedal, folded into note ends.

/// Which channels hold each key by finger and by pedal: a key whose finger is up sounds on while its channel's pedal is down.
/// Bit c of a key's word is channel c.
public struct PedalFold: BitwiseCopyable, Sendable {
    private var pressed = InlineArray<128, UInt16>(repeating: 0)
    private var sustained = InlineArray<128, UInt16>(repeating: 0)
    /// Bit c: the pedal of channel c is down.
    private var pedals: UInt16 = 0

    @_noAllocation @_noLocks public init() {}

    @_noAllocation @_noLocks public mutating func press(_ key: Int, channel: UInt8) {
        pressed[key] |= 1 << UInt16(channel)
        sustained[key] &= ~(1 << UInt16(channel))
    }

    /// Whether the key falls silent.
    @_noAllocation @_noLocks public mutating func release(_ key: Int, channel: UInt8) -> Bool {
        let bit = UInt16(1) << UInt16(channel)
        guard pressed[key] & bit != 0 else { return false }
        pressed[key] &= ~bit
        if pedals & bit != 0 { sustained[key] |= bit }
        return pressed[key] | sustained[key] == 0
    }

    @_noAllocation @_noLocks public mutating func pedalDown(channel: UInt8) { pedals |= 1 << UInt16(channel) }

    /// The keys that fall silent.
    @_noAllocation @_noLocks public mutating func pedalUp(channel: UInt8) -> KeySet {
        let bit = UInt16(1) << UInt16(channel)
        pedals &= ~bit
        var silent = KeySet()
        for key in 0..<128 where sustained[key] & bit != 0 {
            sustained[key] &= ~bit
            if pressed[key] | sustained[key] == 0 { silent.insert(key) }
        }
        return silent
    }
}
