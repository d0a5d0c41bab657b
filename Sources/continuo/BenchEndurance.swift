import ArgumentParser
import CTrace
import Commands
import Glibc
import Kernels
import Presets
import Processes
import Realtime
import Score

struct BenchEndurance: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "endurance",
        abstract: "Tell whether an event costs the same after a million others.",
        discussion: """
            A preset plays by itself, event after event. Early and late the instructions of some events are counted, which \
            takes some microseconds each. It fails if those with a velocity to draw, or those without, take 1 % more or \
            fewer in the mean than the early ones, or if the memory in use has grown by 1 %. The least time of an event is \
            told too.

            Example: continuo bench endurance --events 100000
            """)

    @Option(help: "The preset, by name or folder.")
    var preset = PresetLibrary.preferred
    @Option(help: "How many events are played before the late ones.")
    var events = 1_000_000
    @Option(help: "How many events are counted, each time.")
    var counted = 50
    @Flag(help: .hidden)
    var traced = false

    /// After so many the early ones are told of; so many are timed each time.
    private static let early = 1000
    private static let timed = 500

    func validate() throws {
        guard events >= 3000 else { throw ValidationError("--events \(events): at least 3000 are needed") }
        guard 1...10_000 ~= counted else { throw ValidationError("--counted \(counted): 1 to 10000") }
    }

    /// Of some events in a row, by whether they have a velocity.
    private struct Means {
        var with = Mean()
        var without = Mean()
    }

    private struct Mean {
        var sum = 0.0
        var count = 0
        var value: Double { sum / Double(max(count, 1)) }
    }

    func run() throws {
        try attempt {
            if traced { return try play() }
            // Each instruction is two changes between the processes: on one core, and not after others.
            _ = stay(onCore: 0)
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, -20)
            let words = ["bench", "endurance", "--traced", "--preset", preset, "--events", "\(events)"]
            let child = try ChildProcess([sibling("continuo")] + words + ["--counted", "\(counted)"])
            guard continuo_await_traced(child.id) == 0 else { throw ProcessError.ended("continuo", child.said) }
            let early = try count(child, Self.early)
            let late = try count(child, events)
            try goOn(child, isEnd: true)
            print(child.printed.split(separator: "\n").filter { $0.hasPrefix("event") }.joined(separator: "\n"))
            try judge("with a velocity", early.with, late.with)
            try judge("without", early.without, late.without)
            let memory = child.printed.split(separator: " ").compactMap { Int($0) }
            if let first = memory.first, let last = memory.last, last * 100 > first * 101 {
                throw ProcessError.late("memory has grown from \(first) to \(last) kB")
            }
        }
    }

    private func judge(_ name: String, _ early: Mean, _ late: Mean) throws(ProcessError) {
        guard early.count > 0, late.count > 0 else { return print("\(name): none was counted") }
        let change = (late.value / early.value - 1) * 100
        print(
            """
            \(name): \(Int(early.value)) instructions in the mean of \(early.count) events from \(Self.early) on, \
            \(Int(late.value)) in that of \(late.count) from \(events) on: \(fixed(change, 2)) % more
            """)
        guard abs(change) <= 1 else { throw .late("the cost of an event \(name) has changed by \(fixed(change, 2)) %") }
    }

    private func count(_ child: ChildProcess, _ event: Int) throws(ProcessError) -> Means {
        tell("to event \(event)\n")
        var means = Means()
        var counts: [Int64] = []
        for _ in 0..<counted {
            try goOn(child)
            if counts.isEmpty { tell("counting \(counted) events\n") }
            counts.append(continuo_trace(child.id, 1))
        }
        try goOn(child)
        // What the child says of them: a word each.
        let words = child.printed.split(whereSeparator: \.isWhitespace).filter { $0 == "with" || $0 == "without" }
        for (count, word) in zip(counts, words.suffix(counted)) {
            let mean = word == "with" ? \Means.with : \Means.without
            means[keyPath: mean].sum += Double(count)
            means[keyPath: mean].count += 1
        }
        guard counts.allSatisfy({ $0 > 0 }), means.with.count + means.without.count == counted else {
            throw .ended("continuo", child.said)
        }
        return means
    }

    private func goOn(_ child: ChildProcess, isEnd: Bool = false) throws(ProcessError) {
        if (continuo_trace(child.id, 0) < 0) != isEnd { throw .ended("continuo", child.said) }
    }

    /// The child: it stops before and after each event that is counted, and once more when it has said what they were.
    private func play() throws {
        let kernels = try KernelTable.best()
        let subject = try InstrumentSubject(
            try PresetLibrary.standard().load(preset), kernels, try WeightPrecision.chosen())
        prepareRealtimeThread()
        guard continuo_be_traced() == 0 else { throw ProcessError.late("ptrace: \(String(cString: strerror(errno)))") }
        var played = 0
        for event in [Self.early, events] {
            play(subject, event - Self.timed - played)
            tellOf(subject, event)
            var drawn: [Bool] = []
            for _ in 0..<counted {
                raise(SIGSTOP)
                play(subject, 1)
                raise(SIGSTOP)
                drawn.append(subject.hasVelocity)
            }
            tell(drawn.map { $0 ? "with " : "without " }.joined() + "\n")
            raise(SIGSTOP)
            played = event + counted
        }
    }

    private func play(_ subject: InstrumentSubject, _ count: Int) {
        for _ in 0..<count {
            subject.answer()
            subject.finish()
        }
    }

    private func tellOf(_ subject: InstrumentSubject, _ event: Int) {
        let least = (0..<Self.timed).reduce(Double.infinity) { least, _ in
            let start = now()
            play(subject, 1)
            return min(least, now() - start)
        }
        tell("event \(event): \(fixed(least, 2)) µs at least, \(residentKilobytes()) kB in memory\n")
    }

    private func residentKilobytes() -> Int {
        numbers(of: "/proc/self/statm")[1] * Int(sysconf(Int32(_SC_PAGESIZE))) / 1024
    }
}
