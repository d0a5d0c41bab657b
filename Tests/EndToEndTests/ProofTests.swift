import Duet
import Foundation
import Testing

extension EndToEndTests {
    /// What is promised of the real-time threads of the living daemon.
    @Suite struct ProofTests {
        /// Of a thread of the daemon: page faults so far (proc(5), stat: minflt and majflt).
        private func faults(_ daemon: ChildProcess, thread: String) throws -> Int {
            let tasks = "/proc/\(daemon.id)/task"
            for task in try FileManager.default.contentsOfDirectory(atPath: tasks) {
                let text = try String(contentsOf: URL(fileURLWithPath: "\(tasks)/\(task)/stat"), encoding: .utf8)
                // The name may hold spaces, so fields count from its closing bracket.
                guard text.contains("(\(thread))"), let end = text.lastIndex(of: ")") else { continue }
                let fields = text[end...].split(separator: " ")
                return Int(fields[8])! + Int(fields[10])!
            }
            Issue.record("the daemon has no thread named \(thread)")
            return 0
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

        @Test func whatPassesThroughIsNotDelayed() throws {
            let server = try DummyServer("bench")
            defer { server.stop() }
            // Waits until the server answers.
            try Musician(on: server, machineChannel: 1).close()
            let preset = try RandomPreset()
            defer { preset.remove() }
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
        }
    }
}
