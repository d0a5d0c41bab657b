import Files
import Glibc
import Score
import TestSupport
import Testing

@Suite struct MIDIFileWritingTests {
    static let recording: [(name: String, messages: [ChannelMessage])] = [
        (
            "human",
            [
                ChannelMessage(time: 0, status: 0xC0, data1: 5, data2: 0),
                ChannelMessage(time: 149_999, status: 0x90, data1: 60, data2: 100),
                ChannelMessage(time: 150_000, status: 0x90, data1: 64, data2: 90),
                ChannelMessage(time: 20_000_000_000, status: 0x80, data1: 60, data2: 64),
            ]
        ),
        (
            "machine",
            [ChannelMessage(PlayedEvent(time: 1_000_000, kind: .sustain, channel: 3, key: 0, value: 127))]
        ),
    ]

    @Test func aRecordingComesBackToTheTenthOfAMillisecond() throws {
        let file = MIDIFile(recording: Self.recording)
        let read = try MIDIFile(bytes: file.serialized())
        #expect(read == file)
        #expect(read.tracks.map(\.name) == ["human", "machine"])
        #expect(read.playedEvents().map(\.time) == [100_000, 200_000, 1_000_000, 20_000_000_000])
        #expect(read.playedEvents()[2].channel == 3)
    }

    @Test func knownBytes() {
        let file = MIDIFile(recording: [("h", Array(Self.recording[0].messages[1...2]))])
        let track: [UInt8] = [
            0, 0xFF, 0x03, 1, 0x68, 0, 0xFF, 0x51, 3, 0x07, 0xA1, 0x20, 1, 0x90, 60, 100, 1, 64, 90, 0, 0xFF, 0x2F, 0,
        ]
        #expect(file.serialized() == midiFile(track, format: 1, division: 0x1388))
    }

    /// A delta time has 28 bits; a night's silence has more.
    @Test func longSilence() throws {
        let day: Int64 = 86_400_000_000_000
        let file = MIDIFile(recording: [
            (
                "night",
                [
                    ChannelMessage(time: 5, status: 0x90, data1: 60, data2: 1),
                    ChannelMessage(time: day, status: 0x90, data1: 62, data2: 1),
                ]
            )
        ])
        #expect(try MIDIFile(bytes: file.serialized()).playedEvents().map(\.time) == [0, day])
    }

    @Test(arguments: Fixture.names) func writtenAndReadAgainIsTheSame(_ name: String) throws {
        let file = try MIDIFile(bytes: Fixture.bytes(name))
        #expect(try MIDIFile(bytes: file.serialized()) == file)
    }

    @Test func replacesAFileWholeAndLeavesNothingBeside() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path
        let path = folder + "/piece.mid"
        let file = MIDIFile(recording: Self.recording)
        try writeAtomically(Array("old".utf8), to: path)
        try file.write(to: path)
        #expect(try MIDIFile(path: path) == file)

        // A file that cannot be replaced (a folder stands there) stays, with nothing left beside it.
        mkdir(folder + "/taken", 0o755)
        let error = #expect(throws: FileError.self) { try file.write(to: folder + "/taken") }
        #expect(error?.description == "cannot replace \(folder)/taken: Is a directory")
        rmdir(folder + "/taken")
        unlink(path)
        #expect(folderEntries(folder) == [])
    }

    @Test func saysWhatTheSystemRefused() {
        let error = #expect(throws: FileError.self) { try writeAtomically([1], to: "/nowhere/at/all") }
        #expect(error?.description == "cannot write /nowhere/at/all: No such file or directory")
    }
}
