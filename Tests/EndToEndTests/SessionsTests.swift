import Duet
import Files
import Foundation
import Glibc
import OSC
import Processes
import Score
import TestSupport
import Testing

extension EndToEndTests {
    /// Sessions that `continuod` keeps on a real JACK server, and `continuo sessions`.
    @Suite struct SessionsTests {
        private struct Row: Decodable {
            let name: String
            let seconds: Double
            let turns: Int
            let notes: Int
            let machineNotes: Int
            let presets: [String]
            let isRecorded: Bool
            let fault: String?
        }

        private func run(_ concert: Concert, _ words: [String]) throws -> (end: ChildProcess.End?, printed: String) {
            let process = try ChildProcess(
                ["env", "XDG_STATE_HOME=\(concert.stateFolder)", sibling("continuo"), "sessions"] + words)
            let end = process.hasEnded(within: 60)
            return (end, process.printed)
        }

        private func list(_ concert: Concert) throws -> [Row] {
            let listed = try run(concert, ["list", "--json"])
            #expect(listed.end == .exited(0), "\(listed.printed)")
            return try JSONDecoder().decode([Row].self, from: Data(listed.printed.utf8))
        }

        /// kill -9 in the middle of a reply: the session is there, its file holds what the musician heard up to a second before,
        /// and its tape replays bit for bit.
        @Test func aSessionSurvivesKill() throws {
            let concert = try Concert("sessions", timeout: 500, ["--record"])
            defer { concert.end() }
            try concert.start()
            #expect(concert.daemon.said.contains("what is played is kept in \(concert.stateFolder)/continuo/sessions"))
            try concert.awaitChord()
            try concert.interrupt()
            try concert.awaitChord()
            try concert.listen(orFail: "no reply to interrupt") { $0.machine.count >= 2 }
            let recorded = try list(concert)
            #expect(recorded.count == 1 && recorded[0].isRecorded)
            concert.daemon.signal(SIGKILL)
            #expect(concert.daemon.hasEnded(within: 5) == .signalled(SIGKILL))
            try pause(milliseconds: 200)
            concert.hear()

            let row = try #require(try list(concert).first)
            #expect(!row.isRecorded && row.fault == nil && row.presets == ["good"], "\(row)")
            #expect(row.turns >= 2 && row.turns <= concert.take.replies.count)
            let file = concert.stateFolder + "/../out.mid"
            #expect(try run(concert, ["export", "last", "-o", file]).end == .exited(0))
            try holds(file, what: concert)
            // The one in the folder was made by the list.
            let kept = "\(concert.stateFolder)/continuo/sessions/\(row.name)/session.mid"
            #expect(try readFile(kept, limit: 1 << 20) == readFile(file, limit: 1 << 20))

            let replay = try run(concert, ["replay", row.name, "--presets", concert.presetsFolder])
            #expect(replay.end == .exited(0) && replay.printed.contains("the same comes out: "), "\(replay.printed)")
            let other = try run(
                concert, ["replay", "last", "--presets", concert.presetsFolder, "--set", "seed=5"])
            #expect(other.end == .exited(0) && other.printed.contains("notes"), "\(other.printed)")
            let roll = try run(concert, ["show", "last"])
            #expect(roll.end == .exited(0) && roll.printed.contains("take-over") && roll.printed.contains("O"))
            #expect(try run(concert, ["show", "last", "-o", concert.stateFolder + "/x.svg"]).end == .exited(0))

            // The next run is another session.
            try concert.start()
            try concert.awaitChord()
            try concert.leave()
            #expect(try list(concert).count == 2)
            #expect(try run(concert, ["delete", row.name]).end == .exited(0))
            #expect(try list(concert).map(\.name) != [row.name])
        }

        /// What sounded until a second before the end is in the file, with the distances at which it was heard.
        private func holds(_ path: String, what concert: Concert) throws {
            let file = try MIDIFile(path: path)
            let played = file.playedEvents(on: { _ in true }).filter { $0.kind == .noteOn }
            let rate = Int64(concert.musician.sampleRate)
            let notes = concert.take.messages.filter { $0.message.status & 0xF0 == 0x90 && $0.message.data2 > 0 }
            let first = try #require(notes.first)
            let last = try #require(notes.last)
            let origin = try #require(played.first).time
            // By key and the time since the first note, in milliseconds.
            let kept = Set(
                played.flatMap { event in
                    let time = (event.time - origin + 500_000) / 1_000_000
                    return (-1...1).map { [Int64(event.key), time + $0] }
                })
            var checked = 0
            for note in notes where note.frame < last.frame - rate {
                let time = ((note.frame - first.frame) * 1000 + rate / 2) / rate
                #expect(kept.contains([Int64(note.message.data1), time]), "\(note)")
                checked += 1
            }
            #expect(checked > 8)
        }

        @Test func recordingIsTurnedOffOverOSC() throws {
            let concert = try Concert("sessions-off", ["--record"])
            defer { concert.end() }
            try concert.start()
            func record(_ arguments: [OSCMessage.Argument]) -> OSCMessage? {
                concert.osc.ask(OSCMessage("/continuo/record", arguments), within: 5000)
            }
            #expect(record([])?.arguments.last == .int(1) && concert.figure("record") == .string("waiting"))
            #expect(record([.int(0)])?.arguments.last == .int(0) && concert.figure("record") == .string("off"))
            try concert.awaitChord()
            try concert.leave()
            #expect(access((concert.stateFolder + "/continuo/sessions").cPath, F_OK) != 0)
        }

        /// In a public place, say.
        @Test func nobodyTurnsOnWhatWasForbidden() throws {
            let concert = try Concert("sessions-none", ["--record", "--no-record"])
            defer { concert.end() }
            try concert.start()
            let refused = concert.osc.ask(OSCMessage("/continuo/record", [.int(1)]), within: 5000)
            #expect(refused?.address == "/continuo/error" && concert.figure("record") == .string("off"))
            try concert.awaitChord()
            try concert.leave()
            #expect(access((concert.stateFolder + "/continuo").cPath, F_OK) != 0)
        }
    }
}
