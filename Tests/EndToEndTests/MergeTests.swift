import Duet
import Glibc
import Performer
import Processes
import Testing

extension EndToEndTests {
    /// Two keyboards on one instrument, over a real server.
    @Suite struct MergeTests {
        @Test func twoKeyboardsAreOnePlayer() throws {
            let concert = try Concert(
                "merge", ["--connect-in", "keyboard-01:out", "--connect-out", "listener-01:in"])
            defer { concert.end() }
            try concert.start()
            // The server numbers its clients.
            let second = try Musician(on: concert.server, machineChannel: Concert.machine)
            defer { second.close() }
            try wait(seconds: 20, orFail: "the second keyboard is not connected") { second.isConnected }

            // 70 frames are less than a cycle, so both play within the same ones; the last keys at the same frame.
            let phrases = [
                Self.phrase([60, 64, 67, 72], on: 0, from: 0), Self.phrase([48, 52, 55, 59], on: 2, from: 35),
            ]
            let start = concert.musician.now + 24_000
            concert.musician.play(phrases[0], .at(start))
            second.play(phrases[1], .at(start))
            try concert.listen(orFail: "no answer: \(concert.daemon.said)") { $0.replies.count == 1 }
            let heard = concert.take.messages.filter { $0.message.status & 0x0F != Concert.machine }
            let expected = phrases.joined().map { Self.place($0.frame + start, $0.message) }.sorted()
            #expect(heard.map { Self.place($0.frame, $0.message) }.sorted() == expected)
            #expect(heard.map(\.frame) == heard.map(\.frame).sorted())
            // After whichever of them was last.
            let reply = try #require(concert.take.replies.first)
            #expect(reply.frame > (heard.last?.frame ?? 0) + 300 * 48)

            // Either interrupts it, at that very frame.
            second.play([Self.strike(50, on: 2, at: 0), Self.leave(50, on: 2, at: 4000)], .interrupting)
            try concert.listen(orFail: "no silence") { $0.yields.count == 1 && $0.human.isEmpty && second.isResting }
            #expect(concert.take.yields[0].latency == 0)

            // What the one held ends when it is unplugged, and the other plays on.
            second.play([Self.strike(41, on: 2, at: 0)], .at(second.now + 4800))
            try concert.listen(orFail: "no key") { $0.human == [41] }
            second.unplug()
            try concert.listen(orFail: "the key hangs") { $0.human.isEmpty }
            try concert.awaitChord()
            try concert.interrupt()
            try concert.leave()
        }

        /// The keys one after the other, 70 frames apart, but the last one at frame 1,000; each is down for 4,000.
        private static func phrase(_ keys: [UInt8], on channel: UInt8, from first: Int64) -> [FrameMessage] {
            keys.enumerated().flatMap { index, key in
                let frame = index == keys.count - 1 ? 1000 : first + Int64(index) * 70
                return [strike(key, on: channel, at: frame), leave(key, on: channel, at: frame + 4000)]
            }.sorted { $0.frame < $1.frame }
        }

        private static func strike(_ key: UInt8, on channel: UInt8, at frame: Int64) -> FrameMessage {
            FrameMessage(frame: frame, message: MIDIMessage(offset: 0, status: 0x90 | channel, data1: key, data2: 70))
        }

        private static func leave(_ key: UInt8, on channel: UInt8, at frame: Int64) -> FrameMessage {
            FrameMessage(frame: frame, message: MIDIMessage(offset: 0, status: 0x80 | channel, data1: key, data2: 64))
        }

        /// Comparable, and readable where it fails.
        private static func place(_ frame: Int64, _ message: MIDIMessage) -> String {
            "\(frame) \(message.status) \(message.data1)"
        }
    }
}
