import ArgumentParser
import Commands
import Duet
import Processes
import Score

extension BenchSoak: LiveWork {
    private static func act(_ name: String) throws -> Drill.Act {
        guard let act = Drill.Act(rawValue: name) else {
            let all = Drill.Act.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("there is no act '\(name)'; there are \(all)")
        }
        return act
    }

    func perform() throws {
        let act = try only.map(Self.act)
        leaveSignalsToPause()
        try attempt {
            var setting = Drill.Setting(preset: preset)
            if let daemon { setting.daemon = daemon }
            (setting.others, setting.only) = ([other], act)
            (setting.seed, setting.bufferSize, setting.changesServers) = (seed, buffer, changeServers)
            setting.isRealtime = !anySpeed && DummyServer.mayBeRealtime
            let drill = try Drill(setting)
            try drill.play(seconds: minutes * 60)
            let report = SoakReport(try drill.finish(), anySpeed: anySpeed)
            print(json ? try asJSON(report) : report.text)
            guard report.faults.isEmpty else {
                tell(report.said)
                throw ProcessError.late("it went wrong: \(report.faults.joined(separator: "; "))")
            }
        }
    }
}

/// The findings, judged.
private struct SoakReport: Encodable {
    let seconds: Double
    let acts: [String: Int]
    let playerNotes: Int
    let machineNotes: Int
    let counters: [String: Int]
    let microseconds: [String: Double]
    let period: Double
    /// Bytes of the daemon in memory: at the beginning, at the end, the most, and how far they grew in the second half.
    let memory: [Int]
    let growth: Int?
    let incidents: [String]
    /// How often a core stood still for more than 2.5 ms, and at which share of the moments a late note is excused by that.
    let lapses: Int?
    let excused: Double
    let faults: [String]
    let said: String

    private enum CodingKeys: CodingKey {
        case seconds, acts, playerNotes, machineNotes, counters, microseconds, period, memory, growth, incidents,
            lapses, excused, faults
    }

    init(_ findings: Findings, anySpeed: Bool) {
        (seconds, acts) = (findings.seconds, findings.acts)
        (playerNotes, machineNotes) = (findings.playerNotes, findings.machineNotes)
        (counters, microseconds, period) = (findings.counters, findings.times, findings.period)
        memory = [
            findings.memory.first?.bytes ?? 0, findings.memory.last?.bytes ?? 0,
            findings.memory.map(\.bytes).max() ?? 0,
        ]
        growth = findings.growth
        said = findings.said
        (lapses, excused) = (findings.lapses, findings.excusedShare)
        incidents = findings.incidents.map(\.description)
        var faults = findings.faults
        if findings.machineNotes == 0 { faults.append("the machine never played") }
        if !anySpeed {
            for name in ["silenced", "overflows", "lost"] where findings.counters[name] != 0 {
                faults.append("\(name): \(findings.counters[name].map(String.init) ?? "not told")")
            }
            if findings.counters["late"] == nil { faults.append("late: not told") }
            faults += findings.incidents.filter { $0.isFault }.map(\.description)
            // Two pages of an allocator's arena are no growth.
            if let growth, growth > 1 << 20 { faults.append("memory grew by \(growth) bytes") }
        }
        self.faults = faults
    }

    var text: String {
        func megabytes(_ bytes: Int) -> String { "\(fixed(Double(bytes) / 1e6, 1)) MB" }
        let played = acts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        let counted = counters.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        let times = ["p50", "p99", "p9999", "max"].map { part in
            microseconds["callback-\(part)"].map { "\(part) \(fixed($0, 1))" } ?? "\(part) not told"
        }
        let machine =
            lapses.map {
                "a core stood still for more than 2.5 ms \($0) times: \(fixed(100 * excused, 1)) % of all moments excuse a late note"
            } ?? "not watched: no real-time rights, or no times to judge"
        return """
            played    \(Int(seconds)) s: \(playerNotes) notes of the player, \(machineNotes) of the machine
            acts      \(played)
            counted   \(counted)
            callback  \(times.joined(separator: ", ")) µs of \(Int(period))
            incidents \(incidents.isEmpty ? "none" : incidents.joined(separator: "\n          "))
            machine   \(machine)
            memory    \(memory.map(megabytes).joined(separator: ", ")) at the beginning, at the end, at most; \
            growth \(growth.map { "\($0) bytes" } ?? "not judged, too short")
            """
    }
}
