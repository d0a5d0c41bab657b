import Duet
import Performer
import Testing

/// What judges the instrument must see its faults.
@Suite struct TakeTests {
    private func take(_ messages: [(frame: Int64, status: UInt8, key: UInt8)]) -> Take {
        var take = Take(machineChannel: 1)
        for (frame, status, key) in messages {
            take.append(
                FrameMessage(frame: frame, message: MIDIMessage(offset: 0, status: status, data1: key, data2: 64)))
        }
        return take
    }

    @Test func releasesBeforeThePlayersNoteOnItsFrameAreInTime() {
        let take = take([
            (0, 0x90, 60), (10, 0x80, 60), (100, 0x91, 64), (100, 0x91, 67), (150, 0x91, 70), (160, 0x81, 70),
            (200, 0x81, 64), (200, 0x81, 67), (200, 0x90, 62),
        ])
        #expect(take.replies.map(\.frame) == [100] && take.replies.map(\.delay) == [90])
        #expect(take.yields.map(\.notes) == [2] && take.yields.map(\.latency) == [0])
        #expect(take.human == [62] && take.machine.isEmpty && take.humanNotes == 2 && take.machineNotes == 3)
    }

    @Test func lateReleasesAreLate() {
        let take = take([
            (0, 0x90, 60), (100, 0x91, 64), (100, 0x91, 67), (200, 0x81, 64), (200, 0x90, 62), (456, 0x81, 67),
        ])
        #expect(take.yields.map(\.notes) == [2] && take.yields.map(\.latency) == [256])
    }

    @Test func aNoteAfterTheInterruptionIsAReply() {
        let take = take([(100, 0x91, 64), (200, 0x81, 64), (200, 0x90, 62), (201, 0x91, 65)])
        #expect(take.replies.map(\.playerLast) == [nil, 200])
        #expect(take.machine == [65])
    }

    @Test func anInterruptedPauseIsNoYield() {
        let take = take([(100, 0x91, 64), (150, 0x81, 64), (200, 0x90, 62)])
        #expect(take.yields.isEmpty)
    }

    @Test func theRecordingHasATrackForEach() {
        let file = take([(4800, 0x90, 60), (9600, 0x80, 60), (14400, 0x91, 64), (19200, 0x81, 64)])
            .recording(sampleRate: 48_000)
        #expect(file.tracks.map(\.name) == ["player", "Continuo"])
        #expect(file.playedEvents().map(\.time) == [0, 100_000_000, 200_000_000, 300_000_000])
    }
}
