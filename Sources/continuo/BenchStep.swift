import ArgumentParser
import Commands
import Glibc
import Kernels
import Network
import Presets
import Realtime

struct BenchStep: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step",
        abstract: "Time one step of the network, in every precision.",
        discussion: """
            S0 is a preset, from an event to the next complete sampled event. S1 (embedding 256, two layers of 256, 388 \
            classes), S2 (512, three of 256, 86), S3 (512, two of 512, 388) and S4 (512, two of 1024, 388) are random \
            networks, from an event to its logits. The answer is what stands between an event and that; the whole step \
            adds what is computed ahead for the next event. Warm: event after event. Idle: after 5 ms of sleep. Kept \
            warm: the same, but an imagined event is answered every 0.5 ms meanwhile, for a tenth of a core at most, as \
            the daemon does while someone plays. Evicted: after other memory went through all caches. The floor is the \
            time this core needs only to read the weights of a whole step over and over, in the median; of an answer \
            its share of that. All in microseconds, on one core; networks and conditions take turns, so that a busy \
            moment meets all alike. Quiet is the median of the round in which it is least: what the program takes where \
            nobody else has the core, or its caches. The ratios are those of the whole step to its floor, by medians \
            and by quietest rounds.

            Example: continuo bench step --only S0 --precision int8
            """)

    @Option(help: "The preset of S0, by name or folder.")
    var preset = PresetLibrary.preferred
    @Option(help: "Only these networks, for example S0,S1.")
    var only: String?
    @Option(help: "Only these precisions, for example fp32,int8.")
    var precision: String?
    @Option(
        help: """
            Rounds; each takes 200 warm steps (20 of large networks) and 4 in each other condition. A percentile is shown \
            where five times lie beyond it: 125 rounds for p99 after 5 ms of sleep.
            """)
    var rounds = 25
    @Option(help: "The core to stay on. Default: the last one.")
    var core: Int?
    @Flag(help: "Take real-time priority, as the daemon does. It keeps a core from everything else meanwhile.")
    var realtime = false
    @Flag(help: "Print the figures as JSON.")
    var json = false
    @Option(help: "Write the random networks to this folder, for other engines, and end.")
    var export: String?

    func validate() throws {
        if rounds < 1 { throw ValidationError("--rounds \(rounds): at least one round is needed") }
        for name in precision?.split(separator: ",") ?? [] where WeightPrecision(rawValue: String(name)) == nil {
            throw ValidationError("--precision \(name): there are fp32, bf16, mixed and int8")
        }
    }

    func run() throws {
        try attempt {
            if let export { return try self.export(to: export) }
            let kernels = try KernelTable.best()
            let bench = StepBench(try subjects(kernels), kernels, rounds: rounds)
            let core = core ?? Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) - 1
            let thread = RealtimeThread(name: "bench", priority: realtime ? 70 : nil) {
                bench.run(onCore: core)
            }
            thread.join()
            if case .refused = thread.right { tell("continuo: \(thread.right)\n") }
            let report = bench.report()
            print(json ? try asJSON(report) : report.table)
        }
    }

    private func subjects(_ kernels: KernelTable) throws -> [any BenchSubject] {
        let precisions =
            precision?.split(separator: ",").compactMap { WeightPrecision(rawValue: String($0)) }
            ?? WeightPrecision.allCases
        var subjects: [any BenchSubject] = []
        if isWanted("S0") {
            let preset = try PresetLibrary.standard().load(preset)
            subjects += try precisions.map { try InstrumentSubject(preset, kernels, $0) }
        }
        for (name, configuration) in PlainSubject.shapes where isWanted(name) {
            subjects += precisions.map { PlainSubject(name, configuration, kernels, $0) }
        }
        guard !subjects.isEmpty else { throw ValidationError("--only \(only ?? ""): there are S0 to S4") }
        return subjects
    }

    private func isWanted(_ name: String) -> Bool { only?.split(separator: ",").contains(Substring(name)) ?? true }

    private func export(to folder: String) throws {
        for (name, configuration) in PlainSubject.shapes where isWanted(name) {
            try Model.save(PlainSubject.weights(configuration), precision: .single, to: "\(folder)/\(name).safetensors")
        }
    }
}
