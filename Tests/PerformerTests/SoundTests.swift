import Foundation
import Performer
import Ports
import TestSupport
import Testing

/// What FluidSynth makes of the output: silence is measured as sound.
@Suite(.enabled(if: Sound.canRender, "needs fluidsynth and a soundfont")) struct SoundTests {
    /// The machine replies on the player's channel, with the pedal up or down; then the player strikes a key.
    @Test(arguments: [false, true]) func theReplyFallsSilentAndThePlayersNotesRingOn(pedal: Bool) throws {
        let rig = SilenceTests.replying(pedal: pedal)
        let strike = rig.port.now + 9
        // Softly and briefly, so that what is heard after it is what was there before.
        let touch = [
            TimedMessage(frame: strike, status: 0x90, data1: 108, data2: 1), rig.off(frame: strike + 480, 108),
        ]
        rig.play(touch, until: strike + 480)
        try rig.performer.set(.auto, to: 0)
        rig.play(until: strike + 96_000)
        let together = try Sound(rig.output, lasting: strike + 96_000)
        let players = try Sound(rig.output.filter { isPlayers($0) }, lasting: strike + 96_000)
        let before = together.loudness(strike - 24_000..<strike)
        #expect(before > 2 * players.loudness(strike - 24_000..<strike), "nothing was to be silenced")
        for after in [24_000, 48_000] as [Int64] {
            let window = strike + after..<strike + after + 24_000
            let (rest, own) = (together.loudness(window), players.loudness(window))
            #expect(rest < 1.1 * own + before / 20, "\(after) frames later: \(rest) of \(before), the player's \(own)")
            if pedal { #expect(own > 1 && rest > 0.8 * own, "the player's notes ring on: \(rest) of \(own)") }
        }
    }

    /// Keys of the call and the touch; the pedal as the player moves it, without what the stage does for the machine.
    private func isPlayers(_ message: TimedMessage) -> Bool {
        if message.status & 0xF0 == 0xB0 { return message.frame < 48_000 }
        return [40, 44, 108].contains(message.data1) && (message.frame < 48_000 || message.data1 == 108)
    }
}

/// Samples of one channel, rendered by FluidSynth at 48 kHz.
struct Sound {
    private static let font = ["TimGM6mb.sf2", "default-GM.sf2"].map { "/usr/share/sounds/sf2/\($0)" }
        .first { FileManager.default.isReadableFile(atPath: $0) }
    private static let program = ["/usr/bin/fluidsynth", "/usr/local/bin/fluidsynth"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    /// Where everything must be there nothing is left out.
    static var canRender: Bool {
        font != nil && program != nil || ProcessInfo.processInfo.environment["CI"] != nil
    }

    private let samples: [Double]

    init(_ messages: [TimedMessage], lasting end: Int64) throws {
        let folder = try TemporaryFolder()
        let wave = URL(fileURLWithPath: folder.path + "/a.wav")
        let piece = try folder.write(Self.file(messages, end), "a.mid")
        let synth = Process()
        synth.executableURL = URL(fileURLWithPath: try #require(Self.program))
        synth.arguments = [
            "-ni", "-q", "-R", "0", "-C", "0", "-r", "48000", "-g", "0.8", "-O", "s16", "-F", wave.path,
            try #require(Self.font), piece,
        ]
        try synth.run()
        synth.waitUntilExit()
        let bytes = [UInt8](try Data(contentsOf: wave).dropFirst(44))
        samples = stride(from: 0, to: bytes.count - 3, by: 4).map {
            Double(Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8))
        }
    }

    /// Root of the mean square.
    func loudness(_ frames: Range<Int64>) -> Double {
        let part = samples[min(Int(frames.lowerBound), samples.count)..<min(Int(frames.upperBound), samples.count)]
        return (part.reduce(0) { $0 + $1 * $1 } / Double(max(part.count, 1))).squareRoot()
    }

    /// A MIDI file of one track with a tick for each 48 frames.
    private static func file(_ messages: [TimedMessage], _ end: Int64) -> [UInt8] {
        func number(_ value: Int64) -> [UInt8] {
            var bytes = [UInt8(value & 0x7F)]
            var rest = value >> 7
            while rest > 0 {
                bytes.insert(UInt8(rest & 0x7F) | 0x80, at: 0)
                rest >>= 7
            }
            return bytes
        }
        // A quarter note of 500 ticks lasts 500 ms.
        var track: [UInt8] = [0, 0xFF, 0x51, 3, 0x07, 0xA1, 0x20]
        var tick: Int64 = 0
        for message in messages {
            track += number(message.frame / 48 - tick)
            tick = message.frame / 48
            track += [message.status, message.data1, message.data2].prefix(Int(message.size))
        }
        track += number(end / 48 - tick) + [0xFF, 0x2F, 0]
        return midiFile(track, division: 500)
    }
}
