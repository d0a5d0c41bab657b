import Duet
import Files
import Glibc
import OSC
import Processes
import TestSupport
import Testing

extension EndToEndTests {
    /// `continuod --tape` on a real JACK server, and `continuo replay`.
    @Suite struct TapeReplayTests {
        private func replay(_ tape: String, _ concert: Concert, _ options: [String] = []) throws -> (
            end: ChildProcess.End?, printed: String
        ) {
            let process = try ChildProcess(
                [sibling("continuo"), "replay", tape, "--presets", concert.presetsFolder] + options)
            let end = process.hasEnded(within: 60)
            return (end, process.printed)
        }

        @Test func aSessionIsReplayedToTheLastBit() throws {
            let folder = try TemporaryFolder()
            let tape = folder.path + "/session.tape"
            let concert = try Concert("tape", ["--tape", tape])
            defer { concert.end() }
            try concert.start()
            try concert.awaitChord()
            try concert.interrupt()
            // Another model, which has heard what was played, and back.
            for preset in ["other", "good"] {
                let load = OSCMessage("/continuo/preset/load", [.string(preset)])
                #expect(concert.osc.ask(load, within: 10_000)?.address == "/continuo/reply")
                try concert.awaitChord()
            }
            for command in ["again", "vary", "loop", "undo"] {
                #expect(
                    concert.osc.ask(OSCMessage("/continuo/" + command), within: 5000)?.address == "/continuo/reply")
                try pause(milliseconds: 400)
            }
            concert.hear()
            #expect(concert.take.machine.isEmpty, "what was undone sounds")
            try concert.awaitChord()
            let set = OSCMessage("/continuo/set", [.string("temperature-key"), .float(1.5)])
            #expect(concert.osc.ask(set, within: 5000)?.address == "/continuo/reply")
            try concert.interrupt()
            try concert.leave()

            let same = try replay(tape, concert, ["-o", folder.path + "/again.mid"])
            #expect(same.end == .exited(0) && same.printed.contains("the same comes out: "), "\(same.printed)")
            #expect(access((folder.path + "/again.mid").cPath, R_OK) == 0)
            let other = try replay(tape, concert, ["--set", "seed=5"])
            #expect(other.end == .exited(0) && other.printed.contains("cycles differ"), "\(other.printed)")
            let damaged = try folder.write(try readFile(tape, limit: 1 << 24) + [99], "damaged.tape")
            let error = try replay(damaged, concert)
            #expect(error.end == .exited(EX_DATAERR) && error.printed.contains("damaged at byte"), "\(error.printed)")
            let nobody = try ChildProcess([sibling("continuo"), "replay", tape, "--presets", folder.path])
            #expect(nobody.hasEnded(within: 60) == .exited(EX_NOINPUT), "\(nobody.printed)")
            #expect(nobody.said.contains("no preset here has the model of the tape"))
        }

        /// What was played until a second before is on the tape, and the next run takes a new file.
        @Test func aTapeSurvivesKill() throws {
            let folder = try TemporaryFolder()
            let tape = folder.path + "/session.tape"
            let concert = try Concert("tape-kill", timeout: 500, ["--tape", tape])
            defer { concert.end() }
            try concert.start()
            try concert.awaitChord()
            try pause(milliseconds: 500)
            concert.daemon.signal(SIGKILL)
            #expect(concert.daemon.hasEnded(within: 5) == .signalled(SIGKILL))
            let first = try replay(tape, concert)
            #expect(first.end == .exited(0) && first.printed.contains("the same comes out: "), "\(first.printed)")
            #expect(!first.printed.contains(": 0 messages"))
            try concert.start()
            try concert.awaitChord()
            try concert.leave()
            let second = try replay(tape + "-2", concert)
            #expect(second.end == .exited(0) && second.printed.contains("the same comes out: "), "\(second.printed)")
        }
    }
}
