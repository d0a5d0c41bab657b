/// The measuring itself, on a thread of its own with flush-to-zero set.
import Commands
import Glibc
import Kernels
import Performer
import Processes
import Realtime

/// Unchecked: one thread after the other has it.
final class StepBench: @unchecked Sendable {
    enum Condition: String, CaseIterable, Codable {
        case warm, idle, kept, evicted
    }

    /// What one network took.
    private struct Record {
        let subject: any BenchSubject
        var answers = Condition.allCases.map { _ in Times() }
        var wholes = Condition.allCases.map { _ in Times() }
        /// Of reading all weights of a step.
        var reading = Times()
        var keepingWarm = Times()
        var pace = WarmingPace()

        mutating func endRound() {
            for index in answers.indices {
                answers[index].endRound()
                wholes[index].endRound()
            }
            reading.endRound()
            keepingWarm.endRound()
        }
    }

    private var records: [Record]
    private let memory: BenchMemory
    private let kernels: KernelTable
    private let rounds: Int
    private var core: Int?
    private var levels: [Double]
    /// A chain of multiplications of some ten microseconds, which no memory slows: what it takes at times beyond its
    /// least, the machine took.
    private var arithmetic = Times()

    init(_ subjects: [any BenchSubject], _ kernels: KernelTable, rounds: Int) {
        records = subjects.map { Record(subject: $0) }
        self.kernels = kernels
        self.rounds = rounds
        memory = BenchMemory(kernels)
        levels = BenchMemory.levels.map { _ in .infinity }
    }

    func run(onCore core: Int) {
        self.core = stay(onCore: core) ? core : nil
        for _ in 0..<rounds {
            for index in records.indices { measure(index) }
            for (level, place) in BenchMemory.levels.enumerated() {
                levels[level] = min(levels[level], memory.microseconds(toRead: place.bytes, attempts: 3).min()!)
            }
        }
    }

    private func measure(_ index: Int) {
        let subject = records[index].subject
        for _ in 0..<20 {
            subject.answer()
            subject.finish()
        }
        for _ in 0..<(subject.bytes.whole < 8 << 20 ? 200 : 20) { measure(index, .warm) }
        for _ in 0..<4 {
            usleep(5000)
            measure(index, .idle)
        }
        for _ in 0..<4 {
            for _ in 0..<9 {
                pause(index)
                keepWarm(index)
            }
            pause(index)
            measure(index, .kept)
        }
        for _ in 0..<4 {
            memory.evictOthers()
            measure(index, .evicted)
        }
        for time in memory.microseconds(toRead: subject.bytes.whole, attempts: 20) { records[index].reading.add(time) }
        records[index].endRound()
        for _ in 0..<20 { measureArithmetic() }
        arithmetic.endRound()
    }

    private func measure(_ index: Int, _ condition: Condition) {
        let subject = records[index].subject
        let at = Condition.allCases.firstIndex(of: condition)!
        let start = now()
        subject.answer()
        let answered = now()
        subject.finish()
        let end = now()
        records[index].answers[at].add(answered - start)
        records[index].wholes[at].add(end - start)
    }

    private func pause(_ index: Int) {
        usleep(UInt32(records[index].pace.pause(at: monotonicNanoseconds()) / 1000))
    }

    private func keepWarm(_ index: Int) {
        let start = monotonicNanoseconds()
        records[index].subject.keepWarm()
        let end = monotonicNanoseconds()
        records[index].pace.ran(from: start, to: end)
        records[index].keepingWarm.add(Double(end - start) / 1000)
    }

    private func measureArithmetic() {
        let start = now()
        var x = Float(start)
        for _ in 0..<5000 { x = x * 0.999 + 0.001 }
        let end = now()
        // Always so, which the optimiser does not know.
        if x > 0 { arithmetic.add(end - start) }
    }

    func report() -> StepReport {
        StepReport(
            kernels: kernels.variant.rawValue, core: core, rounds: rounds, arithmetic: arithmetic.summary,
            levels: zip(BenchMemory.levels, levels).map {
                .init(name: $0.name, bytes: $0.bytes, gigabytesPerSecond: Double($0.bytes) / $1 / 1000)
            },
            networks: records.map { record in
                let bytes = record.subject.bytes
                let (reading, share) = (record.reading.summary, Double(bytes.answer) / Double(bytes.whole))
                return .init(
                    name: record.subject.name, precision: record.subject.network.precision.rawValue,
                    parameters: record.subject.network.parameterCount,
                    answer: .init(
                        bytes: bytes.answer, floor: reading.median * share, quietFloor: reading.quietest * share,
                        record.answers),
                    keepingWarm: record.keepingWarm.summary,
                    whole: .init(
                        bytes: bytes.whole, floor: reading.median, quietFloor: reading.quietest, record.wholes))
            })
    }
}
