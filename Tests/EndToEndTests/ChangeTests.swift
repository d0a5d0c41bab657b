import CJACK
import Duet
import Glibc
import OSC
import Processes
import TestSupport
import Testing

extension EndToEndTests {
    /// What may change under a musician's hands: the daemon dies, the server dies, comes back, changes its cycles; ports go
    /// and return; another preset is loaded. Nothing may hang, and it must play on.
    @Suite struct ChangeTests {
        @Test func afterKillWithNotesSoundingItFirstEndsThem() throws {
            let concert = try Concert("kill", timeout: 500, ["--set", "hold=0.3"])
            defer { concert.end() }
            try concert.start()
            try concert.awaitChord(holding: 100)
            concert.daemon.signal(SIGKILL)
            #expect(concert.daemon.hasEnded(within: 5) == .signalled(SIGKILL))
            try pause(milliseconds: 200)
            concert.hear()
            let hanging = concert.take.machine
            #expect(!hanging.isEmpty && concert.take.human == [100])

            let before = concert.take.messages.count
            try concert.start()
            try concert.listen(orFail: "\(hanging) hang: \(concert.daemon.said)") {
                $0.machine.isEmpty && $0.human.isEmpty
            }
            let ends = concert.take.messages[before...].prefix(hanging.count + 1).map(\.message)
            #expect(Set(ends.filter { $0.status == 0x81 }.map(\.data1)) == hanging)
            #expect(ends.filter { $0.status == 0x80 }.map(\.data1) == [100])
            try concert.awaitChord()
            try concert.interrupt()
            try concert.leave()
        }

        @Test func aServerThatComesBackWithAnotherRateIsPlayedOn() throws {
            let concert = try Concert("server")
            defer { concert.end() }
            try concert.start()
            try concert.awaitChord()
            let old = concert.take
            try concert.changeServer(sampleRate: 44_100)
            try concert.awaitConnections()
            // What the last messages before the death were nobody knows; what was heard sounding must end.
            try concert.listen(orFail: "\(old.machine) hang: \(concert.daemon.said)") { take in
                Set(take.messages.filter { $0.message.status == 0x81 }.map(\.message.data1)).isSuperset(of: old.machine)
            }
            #expect(!old.machine.isEmpty && concert.take.machineNotes == 0)
            #expect(concert.daemon.said.contains("at 44100 Hz"))
            try concert.awaitChord()
            // 300 ms after the player.
            #expect(13_230...57_330 ~= (try #require(concert.take.replies[0].delay)))
            try concert.interrupt()
            try concert.leave()
        }

        @Test func theCyclesMayChangeTheirLengthUnderPlay() throws {
            let concert = try Concert("cycles")
            defer { concert.end() }
            try concert.start()
            try concert.awaitChord()
            for frames in [1024, 64, 2048, 256] as [UInt32] {
                try setCycle(frames, of: concert.server.name)
                try concert.listen(orFail: "no chord at \(frames)") { $0.machine.count >= 2 }
                #expect(concert.figure("buffer") == .int(Int64(frames)))
                try concert.interrupt()
            }
            #expect(concert.figure("lost") == .int(0) && concert.figure("overflows") == .int(0))
            try concert.leave()
        }

        private func setCycle(_ frames: UInt32, of server: String) throws {
            var status = JackStatus(0)
            let client = try #require(continuo_jack_client_open("resizer", JackNoStartServer, server, &status))
            #expect(jack_set_buffer_size(client, frames) == 0)
            jack_client_close(client)
        }

        @Test func portsThatVanishAndReturnAreConnectedAgain() throws {
            let concert = try Concert("ports")
            defer { concert.end() }
            try concert.start()
            for _ in 0..<2 {
                try concert.awaitChord()
                try concert.changeMusician()
                try concert.awaitConnections()
            }
            try concert.awaitChord()
            try concert.interrupt()
            try concert.leave()
        }

        @Test func whatAKeyboardHeldEndsWhenItIsUnplugged() throws {
            let concert = try Concert("plug")
            defer { concert.end() }
            try concert.start()
            concert.play(holding: 100)
            try concert.listen(orFail: "no key") { $0.human == [100] && $0.humanNotes == 5 }
            concert.musician.unplug()
            try concert.listen(orFail: "the key hangs") { $0.human.isEmpty }
            // Nobody holds anything, so it answers; and leaves, as ever.
            try concert.listen(orFail: "no answer") { $0.machine.count >= 2 }
            try concert.leave()
        }

        @Test func anotherPresetUnderPlayLeavesNothingHanging() throws {
            let concert = try Concert("preset")
            defer { concert.end() }
            try concert.start()
            try concert.awaitChord()
            // Of another representation, too: chords.
            mkdir(concert.presetsFolder + "/chords", 0o700)
            try RandomPreset.write(.sonority, to: concert.presetsFolder + "/chords")
            for preset in ["other", "chords", "good", "chords"] {
                let answer = concert.osc.ask(OSCMessage("/continuo/preset/load", [.string(preset)]), within: 5000)
                #expect(answer?.address == "/continuo/reply")
                let notes = concert.take.machineNotes
                try concert.listen(orFail: "no note of \(preset)") { $0.machineNotes > notes + 1 }
                #expect(concert.figure("preset") == .string(preset))
                try concert.interrupt()
            }
            try concert.leave()
        }

        @Test func twoOfOneNameAreToldApart() throws {
            let concert = try Concert("name")
            defer { concert.end() }
            try concert.start()
            let second = try concert.daemon(named: concert.name, osc: false)
            defer { second.stop() }
            try wait(seconds: 20, orFail: "not told") { () throws(ProcessError) in
                second.said.contains("warning continuod: the name '\(concert.name)' is taken")
            }
            for name in [concert.name, concert.name + "-01"] {
                #expect(access("\(concert.runtimeFolder)/continuo/\(name).notes", F_OK) == 0)
            }
            second.signal(SIGTERM)
            #expect(second.hasEnded(within: 10) == .exited(0))
            try concert.leave()
        }
    }
}
