import Commands
import Glibc
import Processes

extension BenchLatency: LiveWork {
    func perform() throws {
        leaveSignalsToPause()
        try attempt {
            if let server { setenv("JACK_DEFAULT_SERVER", server, 1) }
            let bench = try LatencyBench(preset: preset, ownServer: server == nil, bufferSize: buffer)
            try bench.run(notes: notes, rounds: rounds)
            let report = try bench.finish()
            print(json ? try asJSON(report) : report.table)
            if !report.faults.isEmpty { throw ProcessError.late(report.faults.joined(separator: "; ")) }
        }
    }
}
