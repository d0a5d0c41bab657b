import Glibc
import Kernels
import Network
import Representation
import Score
import Training

/// Networks of one model side by side. Unchecked: one thread after the other has it.
package final class PrecisionComparison: @unchecked Sendable {
    package struct Figures: Encodable {
        let precision: String
        let kernels: String
        var notes = 0
        package var events = 0
        var nats = 0.0
        var divergence = 0.0
        var greatestDivergence = 0.0
    }

    private let networks: [NetworkMemory]
    package private(set) var figures: [Figures]
    package private(set) var failures: [String] = []

    package init(_ weights: Weights, _ kernels: KernelTable) {
        networks = WeightPrecision.allCases.map {
            NetworkMemory(Network(weights, kernels: kernels, precision: $0))
        }
        figures = WeightPrecision.allCases.map {
            Figures(precision: $0.rawValue, kernels: kernels.variant.rawValue)
        }
    }

    package func hear<R: Representation>(_ file: String, as _: R.Type) {
        let tokens: [Token]
        do { tokens = try Corpus.tokens(R.self, file) } catch {
            failures.append("\(error)")
            return
        }
        for network in networks { network.reset() }
        var piece = R()
        for token in tokens {
            var divergences = [Double](repeating: 0, count: networks.count)
            for field in R.fields.indices where token[field] >= 0 {
                let mask = piece.legal(field, given: token, within: .corpus)
                let legal = (0..<R.fields[field].classes).filter(mask.contains)
                let distributions = networks.map { logProbabilities($0, field, token, mask, legal) }
                for index in networks.indices {
                    let (exact, other) = (distributions[0], distributions[index])
                    figures[index].nats -= other[legal.firstIndex(of: Int(token[field]))!]
                    divergences[index] += zip(exact, other).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
                }
            }
            for index in networks.indices {
                figures[index].events += 1
                figures[index].notes += R.notesBegun(by: token)
                figures[index].divergence += divergences[index]
                figures[index].greatestDivergence = max(figures[index].greatestDivergence, divergences[index])
            }
            piece.emit(token) { _ in }
            for network in networks { network.step(token) }
        }
    }

    /// Of the legal classes.
    private func logProbabilities(
        _ network: NetworkMemory, _ field: Int, _ token: Token, _ mask: LegalClasses, _ legal: [Int]
    ) -> [Double] {
        network.answer(field, given: token)
        network.recall(field, legal: mask.words)
        let logits = legal.map { Double(network.logits[$0]) }
        let top = logits.max() ?? 0
        let total = log(logits.reduce(0) { $0 + exp($1 - top) })
        return logits.map { $0 - top - total }
    }

    /// Within what is promised of the instrument.
    func isClose(_ precision: WeightPrecision) -> Bool {
        let figure = figures[WeightPrecision.allCases.firstIndex(of: precision)!]
        return figure.nats <= 1.001 * figures[0].nats && figure.divergence <= 1e-4 * Double(figure.events)
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
