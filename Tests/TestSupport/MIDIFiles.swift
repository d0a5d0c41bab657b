/// Standard MIDI Files, byte by byte and as music.
import Score

private func bigEndian(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

/// A header chunk.
/// - Parameter length: what it says of itself.
public func header(length: Int = 6, format: Int = 1, tracks: Int = 1, division: Int = 480) -> [UInt8] {
    Array("MThd".utf8) + bigEndian(length, 4) + bigEndian(format, 2) + bigEndian(tracks, 2) + bigEndian(division, 2)
}

/// A chunk, by default a track.
/// - Parameter length: what it says of itself; by default the truth.
public func chunk(type: String = "MTrk", _ data: [UInt8], claiming length: Int? = nil) -> [UInt8] {
    Array(type.utf8) + bigEndian(length ?? data.count, 4) + data
}

/// A file of one track.
public func midiFile(_ track: [UInt8], format: Int = 1, division: Int = 480) -> [UInt8] {
    header(format: format, division: division) + chunk(track)
}

/// Writes a scale, five notes a second.
/// - Parameter steps: semitones above `key`, again and again; by default a major scale, up and down.
public func writeScale(
    from key: UInt8, notes: Int, steps: [UInt8] = [0, 2, 4, 5, 7, 9, 11, 12, 11, 9, 7, 5, 4, 2], to path: String
) throws {
    var messages: [ChannelMessage] = []
    for i in 0..<notes {
        let note = key + steps[i % steps.count]
        let start = Int64(i) * 200_000_000
        messages.append(ChannelMessage(time: start, status: 0x90, data1: note, data2: 64))
        messages.append(ChannelMessage(time: start + 150_000_000, status: 0x80, data1: note, data2: 0))
    }
    try MIDIFile(recording: [(name: "piano", messages: messages)]).write(to: path)
}
