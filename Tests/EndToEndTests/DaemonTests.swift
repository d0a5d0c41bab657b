import Duet
import Glibc
import Network
import OSC
import Performer
import Processes
import Score
import TestSupport
import Testing

extension EndToEndTests {
    /// The whole of it: `continuod` as built beside this test, on a real JACK server, before a player made of code.
    ///
    /// All is judged by the server's frames; wall clocks only say when to give up.
    @Suite struct DaemonTests {
        /// Of MIDI, 0…15.
        private static let machine: UInt8 = 1

        @Test func answersYieldsAndLeavesSilence() throws {
            let server = try DummyServer("test")
            defer { server.stop() }
            let musician = try Musician(on: server, machineChannel: Self.machine)
            defer { musician.close() }
            let preset = try RandomPreset()
            let port = try OSCClient.freePort()
            let instrument = try DaemonUnderTest(
                "test", preset: preset.path, on: server, machineChannel: Self.machine,
                arguments: ["--osc-port", "\(port)", "--set", "patience=600", "--set", "entry=150"])
            try instrument.connect(to: musician)
            var take = Take(machineChannel: Self.machine)
            func listen(orFail complaint: String, until done: (Take) -> Bool) throws {
                try wait(seconds: 20, orFail: complaint) { () throws(ProcessError) in
                    try instrument.check()
                    for message in musician.hear() { take.append(message) }
                    return done(take)
                }
            }

            // It answers, not before its time: 600 ms are 28,800 frames.
            musician.play(phrase, .at(musician.now + 4800))
            try listen(orFail: "no answer") { $0.replies.count == 1 }
            #expect(take.replies[0].playerLast == take.messages[0].frame + phrase.last!.frame)
            #expect(28_800...76_800 ~= (try #require(take.replies[0].delay)))

            // It falls silent at the very frame of the player's note, and answers again.
            musician.play(phrase, .interrupting)
            try listen(orFail: "no second answer") { $0.replies.count == 2 }
            #expect(take.yields.count == 1 && take.yields[0].latency == 0 && take.yields[0].notes > 0)
            #expect(28_800...76_800 ~= (try #require(take.replies[1].delay)))
            let player = take.messages.filter { $0.message.status & 0x0F == 0 }
            #expect(player.map(\.message.data1) == (phrase + phrase).map(\.message.data1))

            // It obeys OSC.
            try listen(orFail: "no note") { !$0.machine.isEmpty }
            try send("/continuo/yield", port)
            try listen(orFail: "no silence on /continuo/yield") { $0.machine.isEmpty }
            try send("/continuo/takeover", port)
            try listen(orFail: "no reply on /continuo/takeover") { $0.machine.count > 2 }

            // SIGTERM in the middle of a chord leaves no note on.
            #expect(try instrument.stop() == 0)
            try pause(milliseconds: 200)
            for message in musician.hear() { take.append(message) }
            #expect(take.machine.isEmpty)
            #expect(musician.lost == 0)
        }

        /// Eight notes in 1.2 seconds, each with its end.
        private let phrase = (0..<8).flatMap { index in
            let (start, key) = (Int64(index) * 7200, [60, 64, 67, 72, 71, 67, 65, 62][index] as UInt8)
            return [
                FrameMessage(frame: start, message: MIDIMessage(offset: 0, status: 0x90, data1: key, data2: 70)),
                FrameMessage(frame: start + 6001, message: MIDIMessage(offset: 0, status: 0x80, data1: key, data2: 64)),
            ]
        }

        private func send(_ address: String, _ port: UInt16) throws {
            let sender = try ChildProcess(["oscsend", "127.0.0.1", "\(port)", address])
            #expect(sender.hasEnded(within: 5) == .exited(0))
        }
    }
}
