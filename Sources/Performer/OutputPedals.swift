// REAL-TIME (port): the player's sustaining pedals where the machine plays on the same channel.

/// Pedals of the player that sustain the machine's notes at the output, and those that were lifted there to end these notes.
/// Sustain (controller 64, index 0) and hold 2 (69, index 1) go down again by themselves; sostenuto (66) only if the player
/// presses it.
struct OutputPedals: BitwiseCopyable {
    static func controller(_ index: Int) -> UInt8 { index == 0 ? 64 : 69 }
    static func index(of controller: UInt8) -> Int? { controller == 64 ? 0 : controller == 69 ? 1 : nil }
    /// The player's last value of each of the two on each channel.
    private var values = InlineArray<2, InlineArray<16, UInt8>>(repeating: InlineArray(repeating: 0))
    /// Bit c: lifted at the output though the player holds it.
    private var lifted = InlineArray<2, UInt16>(repeating: 0)
    /// When these go down again.
    private var lowers: Int64 = .max
    /// Bit c: a note of the machine on channel c that has ended may still ring.
    private(set) var ringing: UInt16 = 0
    /// Bit c: sostenuto caught a note of the machine on channel c.
    private(set) var caught: UInt16 = 0

    /// The player moved a pedal.
    /// - Returns: whether that must not go out: it is lifted at the output, and still down at the player's foot.
    mutating func move(_ index: Int, _ channel: UInt8, to value: UInt8) -> Bool {
        values[index][Int(channel)] = value
        let bit = UInt16(1) << UInt16(channel)
        guard lifted[index] & bit != 0 else { return false }
        if value < 64 { lifted[index] &= ~bit }
        return value >= 64
    }

    func isLifted(_ index: Int, _ channel: UInt8) -> Bool { lifted[index] >> UInt16(channel) & 1 != 0 }

    mutating func lift(_ index: Int, _ channel: UInt8, until frame: Int64) {
        lifted[index] |= 1 << UInt16(channel)
        lowers = frame
    }

    func value(_ index: Int, _ channel: UInt8) -> UInt8 { values[index][Int(channel)] }

    /// The channels on which pedal `index` goes down again, once it is time.
    mutating func takeLowered(_ index: Int, at frame: Int64) -> UInt16 {
        guard frame >= lowers else { return 0 }
        defer { lifted[index] = 0 }
        return lifted[index]
    }

    mutating func ring(_ channel: UInt8) { ringing |= 1 << UInt16(channel) }
    mutating func `catch`(_ channel: UInt8) { caught |= 1 << UInt16(channel) }
    /// Nothing rings on the channel any more.
    mutating func still(_ channel: UInt8) { ringing &= ~(1 << UInt16(channel)) }
    mutating func stillCaught(_ channel: UInt8) { caught &= ~(1 << UInt16(channel)) }
}
