import ArgumentParser
import CTrace
import Control
import Duet
import Glibc
import Kernels
import Realtime

struct BenchEndurance: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "endurance",
        abstract: "Tell whether an event costs the same after a million others.",
        discussion: """
            A preset plays by itself, event after event. Early and late some events are counted instruction by instruction, \
            which takes some microseconds each; it fails if the late ones take 1 % more or fewer in the mean, or if the memory in use has \
            grown by 1 %. The least time of an event is told too.

            Example: continuo bench endurance --events 100000
            """)

    @Option(help: "The preset, by name or folder.")
    var preset = "maestro-small"
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

    func run() throws {
        try attempt {
            if traced { return try play() }
            let words = ["bench", "endurance", "--traced", "--preset", preset, "--events", "\(events)"]
            let child = try ChildProcess([sibling("continuo")] + words + ["--counted", "\(counted)"])
            guard continuo_await_traced(child.id) == 0 else { throw DuetError.ended("continuo", child.said) }
            let instructions = try [Self.early, events].map { event in
                tell("to event \(event)\n")
                guard continuo_trace(child.id, 0) == 0 else { throw DuetError.ended("continuo", child.said) }
                tell("counting \(counted) events\n")
                let count = continuo_trace(child.id, 1)
                guard count > 0 else { throw DuetError.ended("continuo", child.said) }
                print("event \(event): \(count / Int64(counted)) instructions in the mean of \(counted)")
                return Double(count)
            }
            guard continuo_trace(child.id, 0) < 0 else { throw DuetError.late("continuo does not end") }
            print(child.printed, terminator: "")
            let change = (instructions[1] / instructions[0] - 1) * 100
            print("event \(events) takes \(fixed(change, 2)) % more instructions than event \(Self.early)")
            if abs(change) > 1 { throw DuetError.late("the cost of an event has changed by \(fixed(change, 2)) %") }
            let memory = child.printed.split(separator: " ").compactMap { Int($0) }
            if let first = memory.first, let last = memory.last, last * 100 > first * 101 {
                throw DuetError.late("memory has grown from \(first) to \(last) kB")
            }
        }
    }

    /// The child: it stops before and after each stretch that is counted.
    private func play() throws {
        let kernels = try KernelTable.best()
        let subject = try InstrumentSubject(
            try PresetLibrary.standard().load(preset), kernels, try WeightPrecision.chosen())
        prepareRealtimeThread()
        guard continuo_be_traced() == 0 else { throw DuetError.late("ptrace: \(String(cString: strerror(errno)))") }
        var played = 0
        for event in [Self.early, events] {
            play(subject, event - Self.timed - played)
            tellOf(subject, event)
            raise(SIGSTOP)
            play(subject, counted)
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
