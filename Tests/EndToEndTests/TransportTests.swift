import CJACK
import OSC
import Performer
import Processes
import Testing

extension EndToEndTests {
    /// The daemon follows the transport of a real server, of which this program is the timebase master.
    @Suite struct TransportTests {
        /// 90 beats a minute in 3/4, from frame 0 on.
        private static let timebase: JackTimebaseCallback = { _, _, position, _, _ in
            guard let position, position.pointee.frame_rate > 0 else { return }
            let beats = Double(position.pointee.frame) / Double(position.pointee.frame_rate) * 90 / 60
            position.pointee.valid = JackPositionBBT
            (position.pointee.beats_per_bar, position.pointee.beat_type) = (3, 4)
            (position.pointee.ticks_per_beat, position.pointee.beats_per_minute) = (1920, 90)
            position.pointee.bar = Int32(beats / 3) + 1
            position.pointee.beat = Int32(beats) % 3 + 1
            position.pointee.tick = Int32((beats - beats.rounded(.down)) * 1920)
            // Far out the master has lost its mind.
            guard position.pointee.frame > 1 << 30 else { return }
            (position.pointee.bar, position.pointee.beat, position.pointee.tick) = (.max, .max, .min)
            (position.pointee.beats_per_bar, position.pointee.bbt_offset) = (255, .max)
            position.pointee.valid = jack_position_bits_t(JackPositionBBT.rawValue | JackBBTFrameOffset.rawValue)
        }

        @Test func theTransportIsTheBeat() throws {
            let concert = try Concert("transport", ["--set", "clock=jack"])
            defer { concert.end() }
            try concert.start()
            func awaitFigures(_ wanted: [String: OSCMessage.Argument]) throws {
                var last: [String: OSCMessage.Argument] = [:]
                try concert.listen(orFail: "not \(wanted)") { _ in
                    last = concert.osc.status(within: 5000) ?? [:]
                    return wanted.allSatisfy { last[$0.key] == $0.value }
                }
            }
            // Nobody keeps bars and beats.
            try awaitFigures(["beat-state": .string("none")])
            var status = JackStatus(0)
            let master = continuo_jack_client_open("master", JackNoStartServer, concert.server.name, &status)
            defer { jack_client_close(master) }
            #expect(jack_activate(master) == 0)
            #expect(jack_set_timebase_callback(master, 0, Self.timebase, nil) == 0)
            // Beat 9.5 is in the fourth bar.
            jack_transport_locate(master, UInt32(concert.musician.sampleRate) * 19 / 3)
            try awaitFigures([
                "beat-state": .string("stopped"), "meter": .string("3/4"), "bar": .int(4), "beat": .int(1),
            ])
            jack_transport_start(master)
            try awaitFigures(["beat-state": .string("running"), "bar": .int(5), "beat": .int(2)])
            guard case .float(let tempo)? = concert.figure("tempo-bpm") else {
                Issue.record("no tempo")
                return
            }
            #expect(abs(tempo - 90) < 0.1)
            jack_transport_stop(master)
            try awaitFigures(["beat-state": .string("stopped")])
            jack_transport_locate(master, (1 << 30) + 1)
            try awaitFigures(["meter": .string("255/4")])
            try concert.leave()
        }
    }
}
