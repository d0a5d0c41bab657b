import ArgumentParser
import Commands
import Kernels
import Performer
import Presets
import Realtime
import Representation
import Score

struct BenchLearning: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "learning", abstract: "Measure what it costs that the network learns while it is played.",
        discussion: """
            Three figures, each as the median and the least of all rounds, in processor time of one core: a step of \
            learning, which follows each four events of the player; an event drawn by the model, with all its fields and \
            what is prepared for the next; and the same after it has learnt. Then the share of a core that the learning \
            takes at 30 events a second.

            Example: continuo bench learning --preset maestro
            """)

    @Option(help: "A preset, by name or folder.")
    var preset = PresetLibrary.preferred
    @Option(help: "Steps of learning, with forty events drawn by each for every one.")
    var rounds = 200

    func validate() throws {
        if rounds < 1 { throw ValidationError("--rounds \(rounds): at least one round is needed") }
    }

    func run() throws {
        try attempt {
            let kernels = try KernelTable.best()
            let preset = try PresetLibrary.standard().load(preset)
            let precision = try WeightPrecision.chosen()
            let (plain, learnt) = (
                try preset.loadMind(kernels, precision), try preset.loadMind(kernels, precision)
            )
            let values = preset.applied(to: ParameterValues())
            guard learnt.hear(HeardEvent(tick: 0, kind: .noteOn, key: 60, velocity: 64), values) else {
                throw ValidationError("\(preset.name) cannot learn; recipes/learning.toml teaches it to")
            }
            let worker = RealtimeThread(name: "bench", priority: nil) { [rounds] in
                var bench = LearningBench(plain: plain, learnt: learnt, values: values)
                bench.run(rounds)
                print(bench.table)
            }
            worker.join()
        }
    }
}

/// The figures of `continuo bench learning`, in nanoseconds.
private struct LearningBench {
    let plain: Mind
    let learnt: Mind
    let values: ParameterValues
    private var steps: [Int64] = []
    private var events: [Int64] = []
    private var eventsLearnt: [Int64] = []

    init(plain: Mind, learnt: Mind, values: ParameterValues) {
        (self.plain, self.learnt, self.values) = (plain, learnt, values)
    }

    mutating func run(_ rounds: Int) {
        var tick: Int64 = 0
        for round in 0..<rounds {
            var start = threadNanoseconds()
            repeat {
                tick += 12
                let kind = tick / 12 % 2 == 0 ? HeardEvent.Kind.noteOn : .noteOff
                let key = UInt8(48 + tick / 24 * 7 % 36)
                _ = learnt.hear(HeardEvent(tick: tick, kind: kind, key: key, velocity: 64), values)
                start = threadNanoseconds()
            } while !learnt.learn()
            steps.append(threadNanoseconds() - start)
            var still = values
            still[.learning] = 0
            _ = plain.hear(HeardEvent(tick: tick, kind: .noteOn, key: 60, velocity: 64), still)
            plain.beginAnswers()
            learnt.beginAnswers()
            for index in 0..<40 as Range<UInt64> {
                let place = UInt64(round) * 40 + index
                events.append(time(plain, place))
                eventsLearnt.append(time(learnt, place))
            }
        }
    }

    private func time(_ mind: Mind, _ index: UInt64) -> Int64 {
        // Note-ons always, so that both draw as much.
        var token = Token.empty
        (token[0], token[1], token[2]) = (5, Int16(40 + index % 40), 16)
        let start = threadNanoseconds()
        _ = mind.answer(token, values, index: index)
        mind.prepareAnswer()
        return threadNanoseconds() - start
    }

    var table: String {
        func row(_ name: String, _ times: [Int64]) -> String {
            let sorted = times.sorted()
            func microseconds(_ time: Int64) -> String {
                let text = "\(fixed(Double(time) / 1000, 1)) µs"
                return String(repeating: " ", count: max(0, 12 - text.count)) + text
            }
            return name + String(repeating: " ", count: 24 - name.count) + microseconds(sorted[sorted.count / 2])
                + microseconds(sorted[0])
        }
        let step = steps.sorted()[steps.count / 2]
        return [
            String(repeating: " ", count: 24) + "      median       least", row("a step of learning", steps),
            row("an event", events), row("an event, learnt", eventsLearnt),
            "", "at 30 events a second learning takes \(fixed(Double(step) * 7.5 / 1e7, 2)) % of a core",
        ].joined(separator: "\n")
    }
}
