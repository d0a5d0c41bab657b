import ArgumentParser
import Duet
import Ports

struct BenchXruns: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "xruns",
        abstract: "Count the cycles that a JACK server misses without the instrument and with it.",
        discussion: """
            A jackd -d dummy, with a player and a listener; then another, with continuod between them that listens, \
            replies and is interrupted; in turn, so that a busy moment meets both alike. The instrument costs nothing if \
            it misses no more, all pairs together, than the empty server and two.

            Example: continuo bench xruns --seconds 8
            """)

    @Option(help: "The preset, by name or folder.")
    var preset = "maestro-small"
    @Option(help: "Sizes of cycles, in frames.")
    var buffers = "64,128,256"
    @Option(help: "Pairs of servers for each size.")
    var pairs = 6
    @Option(help: "Seconds for each server.")
    var seconds = 8.0
    @Flag(help: "Print the figures as JSON.")
    var json = false

    private struct Count: Encodable {
        let buffer: Int
        /// Of each server.
        var empty: [Int] = []
        var with: [Int] = []
        var sums: (empty: Int, with: Int) { (empty.reduce(0, +), with.reduce(0, +)) }

        private enum CodingKeys: CodingKey { case buffer, empty, with }
    }

    private var sizes: [Int] { buffers.split(separator: ",").compactMap { Int($0) } }

    func validate() throws {
        guard !sizes.isEmpty, sizes.allSatisfy({ 16...8192 ~= $0 }) else {
            throw ValidationError("--buffers \(buffers): sizes from 16 to 8192, with commas between them")
        }
        guard 1...1000 ~= pairs else { throw ValidationError("--pairs \(pairs): 1 to 1000") }
    }

    func run() throws {
        leaveSignalsToPause()
        try attempt {
            var counts: [Count] = []
            for size in sizes {
                var count = Count(buffer: size)
                for pair in 0..<pairs {
                    count.empty.append(try xruns(size, pair, withInstrument: false))
                    count.with.append(try xruns(size, pair, withInstrument: true))
                    tell("\(size) frames, pair \(pair + 1): \(count.empty[pair]) without, \(count.with[pair]) with\n")
                }
                counts.append(count)
            }
            if json { return print(try asJSON(counts)) }
            print("frames     empty      with   of \(pairs) times \(Int(seconds)) s each")
            for count in counts {
                let (empty, with) = count.sums
                let verdict = with <= empty + 2 ? "no more than empty and two" : "more than empty and two"
                print(padded("\(count.buffer)", 6) + padded("\(empty)", 10) + padded("\(with)", 10) + "   " + verdict)
            }
        }
    }

    private func xruns(_ size: Int, _ pair: Int, withInstrument: Bool) throws -> Int {
        let server = try DummyServer(
            "xruns", bufferSize: size, isSynchronous: false, isRealtime: DummyServer.mayBeRealtime)
        defer { server.stop() }
        let musician = try Musician(on: server, machineChannel: 1)
        defer { musician.close() }
        var instrument: Instrument?
        defer { _ = try? instrument?.stop() }
        if withInstrument {
            instrument = try Instrument(
                "xruns", preset: preset, on: server, machineChannel: 1,
                arguments: ["--no-osc", "--set", "patience=200"])
            try instrument?.connect(to: musician)
        }
        // Starting and connecting cost xruns to any server.
        try pause(milliseconds: 1000)
        let before = musician.xruns
        var dice = Dice(seed: UInt64(pair))
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
