import ArgumentParser
import Control
import Glibc
import Kernels
import Realtime

struct BenchEndurance: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "endurance",
        abstract: "Tell whether an event costs the same after a million others.",
        discussion: """
            A preset plays by itself, event after event. Told are the least time of an event and the memory in use, early \
            and late.

            Example: continuo bench endurance --events 100000
            """)

    @Option(help: "The preset, by name or folder.")
    var preset = "maestro-small"
    @Option(help: "How many events are played before the late ones.")
    var events = 1_000_000

    /// After so many the early ones are told of; each time so many.
    private static let early = 1000
    private static let count = 500

    func validate() throws {
        if events < 2000 { throw ValidationError("--events \(events): at least 2000 are needed") }
    }

    func run() throws {
        try attempt {
            let kernels = try KernelTable.best()
            let subject = try InstrumentSubject(
                try PresetLibrary.standard().load(preset), kernels, try WeightPrecision.chosen())
            prepareRealtimeThread()
            play(subject, Self.early)
            tellOf(subject, "event \(Self.early)")
            play(subject, events - Self.early - Self.count)
            tellOf(subject, "event \(events)")
        }
    }

    private func play(_ subject: InstrumentSubject, _ count: Int) {
        for _ in 0..<count {
            subject.answer()
            subject.finish()
        }
    }

    private func tellOf(_ subject: InstrumentSubject, _ name: String) {
        let least = (0..<Self.count).reduce(Double.infinity) { least, _ in
            let start = now()
            play(subject, 1)
            return min(least, now() - start)
        }
        print("\(name): \(fixed(least, 2)) µs at least, \(residentKilobytes()) kB in memory")
    }

    /// Of /proc/self/statm, the second number.
    private func residentKilobytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 64)
        fgets(&text, 64, file)
        let numbers = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            .split(separator: " ")
        return (numbers.count > 1 ? Int(numbers[1]) ?? 0 : 0) * Int(sysconf(Int32(_SC_PAGESIZE))) / 1024
    }
}
