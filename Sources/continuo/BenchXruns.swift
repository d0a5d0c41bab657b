import ArgumentParser
import Control
import Duet
import Glibc
import Ports

struct BenchXruns: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "xruns",
        abstract: "Count the cycles that a JACK server misses without the instrument and with it.",
        discussion: """
            A jackd -d dummy, with a player and a listener; then another, with a client between them that only passes on \
            what it gets; then one with continuod there, which listens, replies and is interrupted; in turn, so that a busy \
            moment meets all alike. The instrument costs nothing if it misses no more, all rounds together, than the empty \
            server and two. What is missed with the plain client is due to the waking of one more thread each cycle, and what is \
            missed with none between to this machine.

            Example: continuo bench xruns --seconds 8
            """)

    @Option(help: "The preset, by name or folder.")
    var preset = PresetLibrary.preferred
    @Option(help: "Sizes of cycles, in frames.")
    var buffers = "64,128,256"
    @Option(help: "Rounds of three servers for each size.")
    var rounds = 6
    @Option(help: "Seconds for each server.")
    var seconds = 8.0
    @Flag(help: "Print the figures as JSON.")
    var json = false

    /// What stands between player and listener.
    private enum Between: String, CaseIterable { case nothing, plain, instrument }

    private struct Count: Encodable {
        let buffer: Int
        /// Of each server.
        var empty: [Int] = []
        var plain: [Int] = []
        var with: [Int] = []
        /// Milliseconds in which the hypervisor let something else run on a core, with each of the three.
        var stolen: [Int] = [0, 0, 0]
        var sums: [Int] { [empty, plain, with].map { $0.reduce(0, +) } }
    }

    private var sizes: [Int] { buffers.split(separator: ",").compactMap { Int($0) } }

    func validate() throws {
        guard !sizes.isEmpty, sizes.allSatisfy({ 16...8192 ~= $0 }) else {
            throw ValidationError("--buffers \(buffers): sizes from 16 to 8192, with commas between them")
        }
        guard 1...1000 ~= rounds else { throw ValidationError("--rounds \(rounds): 1 to 1000") }
    }

    func run() throws {
        leaveSignalsToPause()
        try attempt {
            var counts: [Count] = []
            for size in sizes {
                var count = Count(buffer: size)
                for round in 0..<rounds {
                    for (index, between) in Between.allCases.enumerated() {
                        let before = stolenMilliseconds
                        let xruns = try xruns(size, round, with: between)
                        count.stolen[index] += stolenMilliseconds - before
                        switch between {
                        case .nothing: count.empty.append(xruns)
                        case .plain: count.plain.append(xruns)
                        case .instrument: count.with.append(xruns)
                        }
                    }
                    tell(
                        """
                        \(size) frames, round \(round + 1): \(count.empty[round]) without, \(count.plain[round]) with a \
                        plain client, \(count.with[round]) with the instrument\n
                        """)
                }
                counts.append(count)
            }
            if json { return print(try asJSON(counts)) }
            print("frames     empty     plain      with   of \(rounds) times \(Int(seconds)) s each")
            for count in counts {
                let sums = count.sums
                let verdict = sums[2] <= sums[0] + 2 ? "no more than empty and two" : "more than empty and two"
                print(([padded("\(count.buffer)", 6)] + sums.map { padded("\($0)", 10) }).joined() + "   " + verdict)
                print("stolen" + count.stolen.map { padded("\($0)", 10) }.joined() + "   ms, by the hypervisor")
            }
        }
    }

    /// Of the first line of /proc/stat, proc(5): user nice system idle iowait irq softirq steal.
    private var stolenMilliseconds: Int { numbers(of: "/proc/stat")[7] * 1000 / sysconf(Int32(_SC_CLK_TCK)) }

    private func xruns(_ size: Int, _ round: Int, with between: Between) throws -> Int {
        let server = try DummyServer(
            "xruns", bufferSize: size, isSynchronous: false, isRealtime: DummyServer.mayBeRealtime)
        defer { server.stop() }
        let musician = try Musician(on: server, machineChannel: 1)
        defer { musician.close() }
        var (plain, instrument): (PlainClient?, Instrument?)
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
            instrument = try Instrument(
                "xruns", preset: preset, on: server, machineChannel: 1,
                arguments: ["--no-osc", "--set", "patience=200"])
            try instrument?.connect(to: musician)
        }
        // Starting and connecting cost xruns to any server.
        try pause(milliseconds: 1000)
        let before = musician.xruns
        var dice = Dice(seed: UInt64(round))
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
        return musician.xruns - before
    }
}
