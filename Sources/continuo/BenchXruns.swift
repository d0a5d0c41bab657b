import ArgumentParser
import Duet
import Glibc
import Ports
import Presets
import Score

struct BenchXruns: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "xruns",
        abstract: "Count the cycles that a JACK server misses without the instrument and with it.",
        discussion: """
            A jackd -d dummy, with a player and a listener; then another, with a client between them that only passes on \
            what it gets; then one with continuod there, which listens, replies and is interrupted; in turn, so that a busy \
            moment meets all alike. The instrument costs nothing if it misses no more, all rounds together, than the empty \
            server and two. What is missed with the plain client is due to the waking of one more thread each cycle, and \
            what is missed with none between to this machine. A server counts when it begins a cycle too late itself, and \
            for each client that has not finished; it says which, and so it is told how often that was the client \
            between. On a virtual machine a round in which the hypervisor took more than a thousandth of the cores' time \
            is played again, until as many were left alone, three times as many at most.

            Example: continuo bench xruns --seconds 8
            """)

    @Option(help: "The preset, by name or folder.")
    var preset = PresetLibrary.preferred
    @Option(help: "Sizes of cycles, in frames.")
    var buffers = "64,128,256"
    @Option(help: "Rounds of three servers for each size, left alone by the hypervisor.")
    var rounds = 6
    @Option(help: "Seconds for each server.")
    var seconds = 8.0
    @Flag(help: "Print the figures as JSON.")
    var json = false

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

    private var sizes: [Int] { buffers.split(separator: ",").compactMap { Int($0) } }

    func validate() throws {
        guard !sizes.isEmpty, sizes.allSatisfy({ 16...8192 ~= $0 }) else {
            throw ValidationError("--buffers \(buffers): sizes from 16 to 8192, with commas between them")
        }
        guard 1...1000 ~= rounds else { throw ValidationError("--rounds \(rounds): 1 to 1000") }
        guard 0.1...100_000 ~= seconds else { throw ValidationError("--seconds \(seconds): 0.1 to 100000") }
    }

    func run() throws {
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
