// REAL-TIME (any): the MIDI channels of the player, and the one to reply on.

/// Follows the player's channel. Channel 10 is percussion (General MIDI 1), so it is never followed. In MPE each note has a
/// channel of its own, a *member*, that bends; a reply comes on the zone's manager channel (MIDI Polyphonic Expression 1.1).
struct PlayerChannels: BitwiseCopyable {
    static let percussion: UInt8 = 9
    private var last: UInt8 = 0
    /// Bit c: pitch bend of channel c is off its centre.
    private var bent: UInt16 = 0
    /// The registered parameter that each channel has selected; 0x3FFF: none.
    private var selected = InlineArray<16, UInt16>(repeating: 0x3FFF)
    /// Member channels of the lower zone, from channel 2 up, and of the upper, from channel 15 down.
    private var lower: UInt8 = 0
    private var upper: UInt8 = 0

    /// The player struck a key that is heard.
    mutating func follow(_ channel: UInt8) {
        if channel != Self.percussion { last = channel }
    }

    /// Where the machine's next note sounds if no parameter says so.
    var reply: UInt8 {
        let channel = manager(of: last)
        guard isBent(channel) else { return channel }
        for other in UInt8(0)..<16 where other != Self.percussion && !isBent(other) { return manager(of: other) }
        return channel
    }

    private func isBent(_ channel: UInt8) -> Bool { bent >> UInt16(channel) & 1 != 0 }

    /// The channel that holds pedal and programs for notes on `channel`: the zone's manager in MPE, else itself.
    func manager(of channel: UInt8) -> UInt8 {
        if channel > 0 && channel <= lower { return 0 }
        if channel < 15 && channel >= 15 &- upper { return 15 }
        return channel
    }

    mutating func bend(_ message: MIDIMessage, _ channel: UInt8) {
        let bit = UInt16(1) << UInt16(channel)
        if message.data1 == 0 && message.data2 == 64 { bent &= ~bit } else { bent |= bit }
    }

    /// Reset-all-controllers centres the bend and deselects parameters (RP-015).
    mutating func reset(_ channel: UInt8) {
        bent &= ~(UInt16(1) << UInt16(channel))
        selected[Int(channel)] = 0x3FFF
    }

    /// The MPE configuration message: registered parameter 6 on channel 1 or 16, whose value is a count of members.
    mutating func control(_ controller: UInt8, _ value: UInt8, _ channel: UInt8) {
        let index = Int(channel)
        switch controller {
        case 98, 99: selected[index] = 0x3FFF
        case 100: selected[index] = selected[index] & 0x3F80 | UInt16(value)
        case 101: selected[index] = selected[index] & 0x7F | UInt16(value) << 7
        case 6 where selected[index] == 6 && channel == 0:
            lower = min(value, 15)
            upper = min(upper, lower >= 14 ? 0 : 14 &- lower)
        case 6 where selected[index] == 6 && channel == 15:
            upper = min(value, 15)
            lower = min(lower, upper >= 14 ? 0 : 14 &- upper)
        default: break
        }
    }
}
