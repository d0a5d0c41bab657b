// REAL-TIME (port): silence for a synth of which nobody knows what it still sounds.

/// All that can end a sound, once: on each channel pedals up, all-sound-off and all-notes-off (MIDI 1.0, controllers 64, 66,
/// 69, 120 and 123), then a note-off of each key for what knows no mode messages.
struct Sweep: BitwiseCopyable {
    private static let controls = 16 * 5
    private static let count = controls + 16 * 128
    private var next = Self.count

    var isDone: Bool { next == Self.count }

    mutating func start() { next = 0 }

    /// The next message, at the cycle's first frame; nil if there is none.
    mutating func takeNext() -> MIDIMessage? {
        guard next < Self.count else { return nil }
        defer { next &+= 1 }
        if next < Self.controls {
            return MIDIMessage(offset: 0, status: 0xB0 | UInt8(next / 5), data1: Self.controller(next % 5))
        }
        let note = next &- Self.controls
        return .noteOff(note & 127, UInt8(note >> 7))
    }

    private static func controller(_ index: Int) -> UInt8 {
        switch index {
        case 0: 64
        case 1: 66
        case 2: 69
        case 3: 120
        default: 123
        }
    }
}
