// REAL-TIME (any): notes and pedals as bits.

import Synchronization

/// A set of notes and of pedals that are down, by channel: 128 bits for each of the 16 channels, then a bit for each
/// channel's sustain pedal, sostenuto, and hold 2 (MIDI 1.0, controllers 64, 66 and 69: what keeps a note from its end).
struct NoteMap: BitwiseCopyable {
    static let wordCount = 35
    private(set) var words = InlineArray<35, UInt64>(repeating: 0)

    subscript(word index: Int) -> UInt64 {
        get { words[index] }
        set { words[index] = index < 32 ? newValue : newValue & 0xFFFF }
    }

    var isEmpty: Bool {
        for index in 0..<Self.wordCount where words[index] != 0 { return false }
        return true
    }

    /// The word of a controller's pedal; nil if it is none.
    private static func word(ofPedal controller: UInt8) -> Int? {
        switch controller {
        case 64: 32
        case 66: 33
        case 69: 34
        default: nil
        }
    }

    /// The place of a note-on, note-off or movement of a pedal; nil of every other message.
    private static func place(of message: MIDIMessage) -> (word: Int, bit: UInt64)? {
        let channel = Int(message.status & 0x0F)
        switch message.status & 0xF0 {
        case 0x80, 0x90: return (channel &* 2 &+ Int(message.data1 >> 6), 1 &<< UInt64(message.data1 & 63))
        case 0xB0: return word(ofPedal: message.data1).map { ($0, 1 &<< UInt64(channel)) }
        default: return nil
        }
    }

    /// Whether the message ends a note or lifts a pedal.
    static func isEnd(_ message: MIDIMessage) -> Bool {
        switch message.status & 0xF0 {
        case 0x80: true
        case 0x90: message.data2 == 0
        case 0xB0: message.data2 < 64 && word(ofPedal: message.data1) != nil
        default: false
        }
    }

    /// The index of the word that the message changes.
    static func word(of message: MIDIMessage) -> Int? { place(of: message)?.word }

    func contains(_ message: MIDIMessage) -> Bool {
        guard let (word, bit) = Self.place(of: message) else { return false }
        return words[word] & bit != 0
    }

    mutating func insert(_ message: MIDIMessage) {
        if let (word, bit) = Self.place(of: message) { words[word] |= bit }
    }

    mutating func remove(_ message: MIDIMessage) {
        if let (word, bit) = Self.place(of: message) { words[word] &= ~bit }
    }

    /// The message, at the cycle's first frame, that ends a note or pedal of word `index`.
    func end(inWord index: Int) -> MIDIMessage? {
        guard words[index] != 0 else { return nil }
        let bit = UInt8(truncatingIfNeeded: words[index].trailingZeroBitCount)
        if index >= 32 {
            let controller: UInt8 = index == 32 ? 64 : index == 33 ? 66 : 69
            return MIDIMessage(offset: 0, status: 0xB0 | bit, data1: controller, data2: 0)
        }
        let (channel, half) = (UInt8(truncatingIfNeeded: index / 2), UInt8(truncatingIfNeeded: index & 1))
        return MIDIMessage(offset: 0, status: 0x80 | channel, data1: half << 6 | bit, data2: 64)
    }
}
