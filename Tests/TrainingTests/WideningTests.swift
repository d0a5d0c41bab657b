/// A network that goes on in a wider shape.
import Kernels
import Network
import Representation
import Testing
import Training

@Suite struct WideningTests {
    private let narrow = Weights.initial(performanceLayout(), seed: 3, embeddingDeviation: 0.5)

    private func learner(_ weights: Weights) throws -> Learner<Performance> {
        Learner(
            layout: weights.layout, initial: weights.values, corpus: randomCorpus(pieces: 6, tokens: 30...40, seed: 5),
            augmentation: Augmentation(), settings: .init(streams: 4, steps: 24, parts: 2), workers: Workers(2),
            kernels: try KernelTable.best())
    }

    @Test(arguments: [(16, 48, 16), (32, 32, 16), (16, 32, 32), (48, 64, 48)])
    func itAnswersAsBefore(embedding: Int, hidden: Int, headWidth: Int) throws {
        let layout = performanceLayout(embedding: embedding, hidden: hidden, headWidth: headWidth)
        let wide = narrow.widened(over: .initial(layout, seed: 8, embeddingDeviation: 1))
        let (before, after) = (try learner(narrow).update(rate: 0), try learner(wide).update(rate: 0))
        for (a, b) in zip(before.tally.nats, after.tally.nats) { #expect(abs(a - b) < 1e-4 * a, "\(b), not \(a)") }
    }

    /// Every tensor that hears new units learns to, and after that the new units themselves learn.
    @Test func newUnitsLearn() throws {
        let layout = performanceLayout(embedding: 32, hidden: 48, headWidth: 32)
        let wide = narrow.widened(over: .initial(layout, seed: 8, embeddingDeviation: 1))
        let learner = try learner(wide)
        for _ in 0..<3 { _ = learner.update(rate: 1e-2) }
        let gradient = learner.replicas[0].gradient
        for place in layout.recurrentWeights {
            // The last unit's output gate; the second column block of the first unit's input gate.
            let row = place.offset + (layout.configuration.hidden * 4 - 1) * layout.configuration.hidden
            #expect((0..<48).contains { gradient.base[row + $0] != 0 })
            #expect((32..<48).allSatisfy { learner.weights[place.offset + $0] != 0 })
        }
    }

    @Test func theSameShapeIsTheSameNetwork() {
        let random = Weights.initial(performanceLayout(), seed: 8, embeddingDeviation: 1)
        #expect(narrow.widened(over: random).values == narrow.values)
    }
}
