import ArgumentParser
import Glibc
import Kernels
import Network
import Realtime
import Representation
import Score
import Training

struct BenchPrecision: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "precision",
        abstract: "Tell what fewer bits of the weights cost in likelihood.",
        discussion: """
            Networks of all precisions (of mixed, the LSTM's weights are 8-bit integers with a scale for each 32, the \
            heads' bfloat16) hear the same pieces event by event, as the instrument does. KL is the divergence \
            of their distributions from those of fp32, in nats an event, all fields together.

            Example: continuo bench precision maestro-small --sample 20
            """)

    @Argument(help: ArgumentHelp(ModelPlace.help))
    var model: String
    @Argument(help: "MIDI files and folders of them; of a MAESTRO folder the validation split. Default as of evaluate.")
    var music: [String] = []
    @Option(help: ArgumentHelp("Only so many pieces, chosen at even distances.", valueName: "pieces"))
    var sample: Int?
    @Flag(help: "Print the figures as JSON.")
    var json = false

    func validate() throws {
        if let sample, sample < 1 { throw ValidationError("--sample \(sample): at least one piece is needed") }
    }

    func run() throws {
        try attempt {
            let weights = try TrainedWeights(path: ModelPlace.path(model)).weights
            let configuration = weights.layout.configuration
            guard configuration.representation == Performance.name,
                configuration.fields.map(\.classes) == Performance.fields.map(\.classes)
            else { throw TrainingError.representation(configuration.representation) }
            let all = try Corpus.files(music.isEmpty ? [standardCorpus()] : music, split: .validation)
            let files = spread(all, sample ?? all.count)
            let kernels = try KernelTable.best()
            let comparison = PrecisionComparison(weights, kernels)
            let thread = RealtimeThread(name: "bench", priority: nil) {
                for file in files { comparison.hear(file) }
            }
            thread.join()
            for failure in comparison.failures { tell("\(failure)\n") }
            print(json ? try asJSON(comparison.figures) : comparison.table)
        }
    }
}

/// Networks of one model side by side. Unchecked: one thread after the other has it.
private final class PrecisionComparison: @unchecked Sendable {
    struct Figures: Encodable {
        let precision: String
        let kernels: String
        var notes = 0
        var events = 0
        var nats = 0.0
        var divergence = 0.0
        var greatestDivergence = 0.0
    }

    private let networks: [(network: Network, memory: NetworkMemory)]
    private(set) var figures: [Figures]
    private(set) var failures: [String] = []

    init(_ weights: Weights, _ kernels: KernelTable) {
        networks = WeightPrecision.allCases.map {
            let network = Network(weights, kernels: kernels, precision: $0)
            return (network, NetworkMemory(network))
        }
        figures = WeightPrecision.allCases.map {
            Figures(precision: $0.rawValue, kernels: kernels.variant.rawValue)
        }
    }

    func hear(_ file: String) {
        let tokens: [Token]
        do { tokens = Performance.encode(try MIDIFile(path: file).playedEvents()) } catch {
            failures.append("\(error)")
            return
        }
        for (network, memory) in networks { network.reset(memory.state) }
        var piece = Performance()
        for token in tokens {
            var divergences = [Double](repeating: 0, count: networks.count)
            for field in Performance.fields.indices where token[field] >= 0 {
                let legal = Self.legal(piece.mask(field, given: token, within: .corpus), field)
                let distributions = networks.map { logProbabilities($0, field, token, legal) }
                for index in networks.indices {
                    let (exact, other) = (distributions[0], distributions[index])
                    figures[index].nats -= other[legal.firstIndex(of: Int(token[field]))!]
                    divergences[index] += zip(exact, other).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
                }
            }
            for index in networks.indices {
                figures[index].events += 1
                figures[index].notes += Performance.beginsNote(token) ? 1 : 0
                figures[index].divergence += divergences[index]
                figures[index].greatestDivergence = max(figures[index].greatestDivergence, divergences[index])
            }
            piece.emit(token) { _ in }
            for (network, memory) in networks { network.step(memory.state, token, scratch: memory.scratch) }
        }
    }

    private static func legal(_ mask: Mask, _ field: Int) -> [Int] {
        (0..<Performance.fields[field].classes).filter(mask.contains)
    }

    /// Of the legal classes.
    private func logProbabilities(
        _ player: (network: Network, memory: NetworkMemory), _ field: Int, _ token: Token, _ legal: [Int]
    ) -> [Double] {
        let memory = player.memory
        player.network.logits(field, given: token, state: memory.state, scratch: memory.scratch, into: memory.logits)
        let logits = legal.map { Double(memory.logits[$0]) }
        let top = logits.max() ?? 0
        let total = log(logits.reduce(0) { $0 + exp($1 - top) })
        return logits.map { $0 - top - total }
    }

    var table: String {
        func spaced(_ cells: [String]) -> String {
            cells.map { String(repeating: " ", count: max(0, 14 - $0.count)) + $0 }.joined()
        }
        let exact = figures[0].nats / Double(max(figures[0].notes, 1))
        let head = spaced(["", "nats/note", "cost", "KL/event", "greatest KL"])
        let lines = figures.map { figure in
            let nats = figure.nats / Double(max(figure.notes, 1))
            let cost = 100 * (nats - exact) / exact
            return spaced([
                figure.precision, fixed(nats, 4), (cost < 0 ? "−" : "") + fixed(abs(cost), 4) + " %",
                fixed(1e6 * figure.divergence / Double(max(figure.events, 1)), 2) + "e-6",
                fixed(figure.greatestDivergence, 5),
            ])
        }
        return
            (["kernels \(figures[0].kernels), \(figures[0].notes) notes, \(figures[0].events) events", head] + lines)
            .joined(separator: "\n")
    }
}
