import Score
import Testing

@Suite struct MIDIFileReadingTests {
    /// Format 0, 480 ticks a quarter, one track.
    static func file(format: UInt8 = 0, division: [UInt8] = [0x01, 0xE0], track: [UInt8]) -> [UInt8] {
        [0x4D, 0x54, 0x68, 0x64, 0, 0, 0, 6, 0, format, 0, 1] + division
            + [0x4D, 0x54, 0x72, 0x6B, 0, 0, 0, UInt8(track.count)] + track
    }

    @Test func runningStatusVelocityZeroAndPedal() throws {
        let bytes = Self.file(track: [
            0x00, 0x90, 60, 100, 0x83, 0x60, 60, 0, 0x00, 0xB0, 64, 127, 0x00, 0xFF, 0x2F, 0x00,
        ])
        let events = try MIDIFile(bytes: bytes).playedEvents()
        #expect(
            events == [
                PlayedEvent(time: 0, kind: .noteOn, channel: 0, key: 60, value: 100),
                PlayedEvent(time: 500_000_000, kind: .noteOff, channel: 0, key: 60, value: 0),
                PlayedEvent(time: 500_000_000, kind: .sustain, channel: 0, key: 0, value: 127),
            ])
    }
}
