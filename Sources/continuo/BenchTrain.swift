import ArgumentParser
import Commands
import Kernels
import Score
import Training

struct BenchTrain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Time the training of three networks.",
        discussion: """
            T1: two layers of 256, 388 classes, 64 streams of 256 tokens an update, dropout 0.3. T2: embedding 512, three \
            layers of 256, 86 classes, 16 streams of 64. T3: two layers of 512, else as T1 without dropout. An update is \
            forward, backward, clipping and Adam. The peak is that of multiply-adds in registers, in the same round. \
            interop/pytorch/bench.py runs this and PyTorch in turn.

            Example: continuo bench train --only T1,T2
            """)

    @Option(help: "Only these networks, for example T1,T2.")
    var only: String?
    @Option(help: "Threads at work.")
    var threads = 2
    @Option(help: "Rounds; of each network the best and the median count.")
    var rounds = 3
    @Option(help: ArgumentHelp("Least duration of a measurement.", valueName: "seconds"))
    var duration = 3.0
    @Option(help: "Of the matrix products: fp32, or bf16 where the processor multiplies it.")
    var precision = ProductPrecision.fp32
    @Flag(help: "Print the figures as JSON.")
    var json = false

    func validate() throws {
        if rounds < 1 { throw ValidationError("--rounds \(rounds): at least one round is needed") }
        if precision == .bf16, (try? KernelTable.best())?.productsBF16 == nil {
            throw ValidationError("--precision bf16: this processor has no instructions for it (AVX512_BF16)")
        }
        if threads < 1 { throw ValidationError("--threads \(threads): at least one is needed") }
    }

    private struct Figures: Encodable {
        let name: String
        let kernels: String
        let threads: Int
        /// Of each round.
        var tokensPerSecond: [Double] = []
        /// Of all matrix products, as PyTorch takes them, and with layer 0 folded.
        let operationsPerToken: Double
        let operationsPerTokenFolded: Double
        var peakGigaflops: [Double] = []

        var best: Double { tokensPerSecond.max() ?? 0 }
        var gigaflops: Double { best * operationsPerTokenFolded * 1e-9 }
    }

    func run() throws {
        try attempt {
            let shapes = try subjects()
            let variant = try KernelTable.best().variant.rawValue
            var figures = shapes.map { shape in
                let perToken = { 1 / Double(shape.window) * shape.operations(folded: $0) }
                return Figures(
                    name: shape.name, kernels: variant, threads: threads, operationsPerToken: perToken(false),
                    operationsPerTokenFolded: perToken(true))
            }
            for _ in 0..<rounds {
                for (i, shape) in shapes.enumerated() {
                    let subject = try TrainingBench.Subject(shape, threads: threads, precision: precision)
                    figures[i].peakGigaflops.append(try TrainingBench.peak(threads: threads, seconds: 0.3))
                    figures[i].tokensPerSecond.append(subject.run(seconds: duration))
                }
            }
            print(json ? try asJSON(figures) : table(figures))
        }
    }

    private func subjects() throws -> [TrainingShape] {
        let names = only?.split(separator: ",").map(String.init) ?? TrainingShape.all.map(\.name)
        return try names.map { name in
            guard let shape = TrainingShape.all.first(where: { $0.name == name }) else {
                throw ValidationError("--only \(name): there are T1, T2 and T3")
            }
            return shape
        }
    }

    private func table(_ figures: [Figures]) -> String {
        let lines = figures.map { figure in
            let peak = figure.peakGigaflops.max() ?? 0
            let sorted = figure.tokensPerSecond.sorted()
            return [
                figure.name, fixed(figure.best, 0), fixed(sorted[sorted.count / 2], 0), fixed(figure.gigaflops, 0),
                fixed(peak, 0), fixed(100 * figure.gigaflops / peak, 0) + " %",
            ]
        }
        // The peak is that of floats, which products of bfloat16 may pass.
        let head = ["", "tokens/s", "median", "GFLOP/s", precision == .bf16 ? "fp32 peak" : "peak", "share"]
        return
            (["kernels \(figures[0].kernels), \(precision.rawValue), \(counted(threads, "thread"))"]
            + ([head] + lines).map { line in
                line.map { String(repeating: " ", count: max(0, 10 - $0.count)) + $0 }.joined()
            }).joined(separator: "\n")
    }
}

extension ProductPrecision: ExpressibleByArgument {}
