import Commands
import Duet
import Glibc
import Processes
import Score

extension BenchXruns: LiveWork {
    /// What stands between player and listener.
    private enum Between: CaseIterable { case nothing, plain, instrument }

    /// One server of each kind, in the order of `Between`.
    private struct Round: Encodable {
        var missed: [Int] = []
        /// How many of them the client between had not finished.
        var unfinished: [Int] = []
        /// Milliseconds in which the hypervisor let something else run on a core of this machine that had work to do.
        var stolen: [Int] = []
        /// Whether that is more than a thousandth of their time.
        var isDisturbed = false
    }

    private struct Count: Encodable {
        let buffer: Int
        var rounds: [Round] = []
        /// Those that tell of this machine, and not of its host.
        var undisturbed: [Round] { rounds.filter { !$0.isDisturbed } }
    }

    func perform() throws {
        leaveSignalsToPause()
        try attempt {
            var counts: [Count] = []
            for size in sizes {
                var count = Count(buffer: size)
                while count.undisturbed.count < rounds && count.rounds.count < 3 * rounds {
                    let round = try round(size, seed: UInt64(count.rounds.count))
                    count.rounds.append(round)
                    tell(
                        """
                        \(size) frames, round \(count.rounds.count): \(round.missed[0]) without, \(round.missed[1]) with a \
                        plain client, \(round.missed[2]) with the instrument; \(round.stolen.reduce(0, +)) ms stolen\n
                        """)
                }
                counts.append(count)
            }
            print(json ? try asJSON(counts) : counts.flatMap(lines).joined(separator: "\n"))
        }
    }

    private func lines(_ count: Count) -> [String] {
        let undisturbed = count.undisturbed
        let missed = sums(undisturbed.map(\.missed))
        let verdict =
            undisturbed.count < rounds
            ? "the hypervisor left too few rounds alone"
            : missed[2] <= missed[0] + 2 ? "no more than empty and two" : "more than empty and two"
        func line(_ name: String, _ sums: [Int], _ remark: String) -> String {
            padded(name, 11) + sums.map { padded("\($0)", 8) }.joined() + "   " + remark
        }
        return [
            "\(padded("\(count.buffer)", 4)) frames   empty   plain    with",
            line("undisturbed", missed, "\(undisturbed.count) times \(fixed(seconds, 0)) s: \(verdict)"),
            line(
                "theirs", sums(undisturbed.map(\.unfinished)), "of them for the client between, which had not finished"),
            line("all", sums(count.rounds.map(\.missed)), "\(count.rounds.count) times"),
            line(
                "stolen", sums(count.rounds.map(\.stolen)),
                "ms of all, by the hypervisor, from cores that had work to do"),
        ]
    }

    private func sums(_ rows: [[Int]]) -> [Int] {
        rows.reduce(into: [0, 0, 0]) { sums, row in for index in row.indices { sums[index] += row[index] } }
    }

    private func round(_ size: Int, seed: UInt64) throws -> Round {
        var round = Round()
        let start = now()
        for between in Between.allCases {
            let before = stolenMilliseconds
            let (missed, unfinished) = try xruns(size, seed, with: between)
            round.missed.append(missed)
            round.unfinished.append(unfinished)
            round.stolen.append(stolenMilliseconds - before)
        }
        let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        round.isDisturbed = Double(round.stolen.reduce(0, +)) * 1000 > (now() - start) * Double(cores) / 1000
        return round
    }

    /// Of the first line of /proc/stat, proc(5): user nice system idle iowait irq softirq steal.
    private var stolenMilliseconds: Int { numbers(of: "/proc/stat")[7] * 1000 / sysconf(Int32(_SC_CLK_TCK)) }

    private func xruns(_ size: Int, _ seed: UInt64, with between: Between) throws -> (
        missed: Int, unfinished: Int
    ) {
        let server = try DummyServer(
            "xruns", bufferSize: size, isSynchronous: false, isRealtime: DummyServer.mayBeRealtime)
        defer { server.stop() }
        let musician = try Musician(on: server, machineChannel: 1)
        defer { musician.close() }
        var (plain, instrument): (PlainClient?, DaemonUnderTest?)
        defer {
            plain?.close()
            _ = try? instrument?.stop()
        }
        switch between {
        case .nothing: break
        case .plain:
            plain = try PlainClient(on: server)
            try plain?.connect(to: musician)
        case .instrument:
            instrument = try DaemonUnderTest(
                "xruns", preset: preset, on: server, machineChannel: 1,
                arguments: ["--no-osc", "--set", "patience=200"])
            try instrument?.connect(to: musician)
        }
        // Starting and connecting cost xruns to any server.
        try pause(milliseconds: 1000)
        let client = plain?.name ?? instrument?.name ?? "nothing"
        let before = (missed: musician.xruns, unfinished: server.unfinished(by: client))
        var dice = Dice(seed: seed)
        let end = musician.now + Int64(seconds * Double(musician.sampleRate))
        while musician.now < end {
            if musician.isResting && dice.chance(0.05) {
                musician.play(dice.phrase(sampleRate: musician.sampleRate), .at(musician.now + 4800))
            }
            try pause(milliseconds: 20)
            _ = musician.hear()
            try server.check()
            try instrument?.check()
        }
        return (musician.xruns - before.missed, server.unfinished(by: client) - before.unfinished)
    }
}
