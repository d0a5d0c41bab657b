import Duet
import Foundation
import Processes
import TestSupport
import Testing

extension EndToEndTests {
    /// What is promised of the real-time threads of the living daemon.
    @Suite struct ProofTests {
        /// Of the daemon's threads of that name: page faults so far (proc(5), stat: minflt and majflt). There are
        /// several named `stage`: libjack runs the callback that names its thread on helpers of its own too.
        private func faults(_ daemon: ChildProcess, thread: String) throws -> Int {
            let tasks = "/proc/\(daemon.id)/task"
            var sums: [Int] = []
            for task in try FileManager.default.contentsOfDirectory(atPath: tasks) {
                let text = try String(contentsOf: URL(fileURLWithPath: "\(tasks)/\(task)/stat"), encoding: .utf8)
                // The name may hold spaces, so fields count from its closing bracket.
                guard text.contains("(\(thread))"), let end = text.lastIndex(of: ")") else { continue }
                let fields = text[end...].split(separator: " ")
                sums.append(Int(fields[8])! + Int(fields[10])!)
            }
            if sums.isEmpty { Issue.record("the daemon has no thread named \(thread)") }
            return sums.reduce(0, +)
        }

        @Test func theRealtimeThreadsMissNoPageOnceTheyPlay() throws {
            let concert = try Concert("faults")
            defer { concert.end() }
            try concert.start()
            try concert.awaitChord()
            try concert.interrupt()
            let threads = ["stage", "improviser"]
            let before = try threads.map { try faults(concert.daemon, thread: $0) }
            for _ in 0..<3 {
                try concert.awaitChord()
                try concert.interrupt()
            }
            #expect(try threads.map { try faults(concert.daemon, thread: $0) } == before)
            try concert.leave()
        }

        /// What proc(5) says of the threads of that name: number 40 of `stat`, the real-time priority.
        private func priorities(_ daemon: ChildProcess, thread: String) throws -> [Int] {
            let tasks = "/proc/\(daemon.id)/task"
            return try FileManager.default.contentsOfDirectory(atPath: tasks).compactMap { task in
                let text = try String(contentsOf: URL(fileURLWithPath: "\(tasks)/\(task)/stat"), encoding: .utf8)
                guard text.contains("(\(thread))"), let end = text.lastIndex(of: ")") else { return nil }
                return Int(text[end...].split(separator: " ")[38])
            }
        }

        @Test(.enabled(if: DummyServer.mayBeRealtime, "this process has no real-time rights"))
        func theImproviserStandsOneBelowThePort() throws {
            let concert = try Concert("rights", isRealtime: true)
            defer { concert.end() }
            try concert.start()
            let (stage, improviser) = try (
                priorities(concert.daemon, thread: "stage").max(), priorities(concert.daemon, thread: "improviser")
            )
            #expect(try #require(stage) > 1 && improviser == [try #require(stage) - 1])
            // Either its memory is locked, or it said once that it may not.
            let status = try String(
                contentsOf: URL(fileURLWithPath: "/proc/\(concert.daemon.id)/status"), encoding: .utf8)
            let locked = status.split(separator: "\n").first { $0.hasPrefix("VmLck:") }
            let refusals = concert.daemon.printed.ranges(of: "locking memory refused").count
            #expect((locked?.contains(" 0 kB") == false) == (refusals == 0) && refusals <= 1, "\(locked ?? "")")
            try concert.leave()
        }

        @Test func whatPassesThroughIsNotDelayed() throws {
            let server = try DummyServer("bench")
            defer { server.stop() }
            // Waits until the server answers.
            try Musician(on: server, machineChannel: 1).close()
            let preset = try RandomPreset()
            let bench = try ChildProcess([
                sibling("continuo"), "bench", "latency", "--server", server.name, "--preset", preset.path, "--notes",
                "100", "--rounds", "2", "--json",
            ])
            _ = bench.hasEnded(within: 120)
            let printed = bench.printed
            let start = try #require(printed.firstIndex(of: "{"), "\(printed)")
            let end = try #require(printed.lastIndex(of: "}"))
            let report = try JSONDecoder().decode(Report.self, from: Data(printed[start...end].utf8))
            #expect(report.addedFrames.count == 200 && report.addedFrames.max == 0)
            #expect(report.throughFrames.max == 0 && report.offTick == 0 && report.machineNotes > 0)
            #expect(!report.entryFrames.isEmpty && report.entryFrames.allSatisfy { $0 == 0 })
            #expect(!report.yieldFrames.isEmpty && report.yieldFrames.allSatisfy { $0 == 0 })
        }

        private struct Report: Decodable {
            struct Spread: Decodable {
                let count: Int
                let max: Double
            }

            let addedFrames: Spread
            let throughFrames: Spread
            let machineNotes: Int
            let offTick: Int
            let entryFrames: [Int]
            let yieldFrames: [Int]
        }
    }
}
