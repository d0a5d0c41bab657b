// REAL-TIME (any): the player is heard in another key (`transpose`).

import Representation

extension ParameterValues {
    /// The key as which the player's is heard, in the octave next to it that there is.
    func heardKey(_ key: Int) -> Int {
        var heard = key &+ Int(self[.transpose])
        while heard > 127 { heard &-= 12 }
        while heard < 0 { heard &+= 12 }
        return heard
    }
}

/// How much higher each key of the player's was heard when it was last struck: so it ends, whatever `transpose` is by then.
///
/// The network's keys are those that the machine sounds. So constraints, and what is learnt and followed, speak of these too.
struct Transposition {
    /// By channel and key.
    private var shifts = InlineArray<2048, Int8>(repeating: 0)

    /// How much higher the event is heard.
    mutating func shift(of event: HeardEvent, _ values: ParameterValues) -> Int8 {
        guard event.player == .human else { return 0 }
        let place = Int(event.channel & 15) &* 128 &+ Int(event.key & 127)
        if event.kind == .noteOn { shifts[place] = Int8(values.heardKey(Int(event.key)) &- Int(event.key)) }
        return event.kind == .noteOn || event.kind == .noteOff ? shifts[place] : 0
    }
}

extension HeardEvent {
    /// The same, so much higher.
    func raised(by semitones: Int8) -> HeardEvent {
        var event = self
        event.key = UInt8(truncatingIfNeeded: Int(key) &+ Int(semitones))
        return event
    }
}
