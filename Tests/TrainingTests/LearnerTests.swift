import Foundation
import Kernels
import Network
import Synchronization
import Testing
import Training

@Suite struct LearnerTests {
    /// Kingma & Ba 2015, algorithm 1, on the gradients that the learner left, clipped by their norm over all parameters.
    @Test(arguments: [0, 0.05, 1000] as [Float]) func updatesAreAdams(clip: Float) throws {
        let learner = try tinyLearner(clip: clip)
        var w = learner.weights.map(Double.init)
        var m = [Double](repeating: 0, count: w.count)
        var v = m
        for t in 1...3 {
            let result = learner.update(rate: 1e-2)
            let gradient = (0..<w.count).map { Double(learner.replicas[0].gradient.base[$0]) }
            let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(abs(Double(result.gradientNorm) - norm) < 1e-5 * norm)
            let scale = clip > 0 ? min(1, Double(clip) / norm) : 1
            #expect((scale < 1) == (clip == 0.05))
            var largest = (weight: 0.0, first: 0.0, second: 0.0)
            for i in w.indices {
                let g = scale * gradient[i]
                m[i] = 0.9 * m[i] + 0.1 * g
                v[i] = 0.999 * v[i] + 0.001 * g * g
                let (mHat, vHat) = (m[i] / (1 - pow(0.9, Double(t))), v[i] / (1 - pow(0.999, Double(t))))
                w[i] -= 1e-2 * mHat / (vHat.squareRoot() + 1e-8)
                // Where the gradient is next to nothing, its sign is rounding.
                if abs(g) > 1e-7 { largest.weight = max(largest.weight, abs(w[i] - Double(learner.weights(i)))) }
                largest.first = max(largest.first, abs(m[i] - Double(learner.firstMoment.base[i])))
                largest.second = max(largest.second, abs(v[i] - Double(learner.secondMoment.base[i])))
                w[i] = Double(learner.weights(i))
            }
            #expect(largest.weight < 1e-5)
            #expect(largest.first < 1e-6)
            #expect(largest.second < 1e-6)
        }
    }

    @Test func aSeedFixesTheTraining() throws {
        func trained(seed: UInt64) throws -> [Float] {
            let learner = try tinyLearner(seed: seed)
            for _ in 0..<4 { _ = learner.update(rate: 1e-2) }
            return learner.weights
        }
        let weights = try trained(seed: 9)
        #expect(try trained(seed: 9) == weights)
        #expect(try trained(seed: 10) != weights)
    }

    @Test(arguments: [false, true], ProductPrecision.allCases)
    func threadsChangeNothing(sequences: Bool, precision: ProductPrecision) throws {
        func trained(threads: Int) throws -> [Float] {
            let learner = try tinyLearner(threads: threads, parts: 3, sequences: sequences, precision: precision)
            for _ in 0..<4 { _ = learner.update(rate: 1e-2) }
            return learner.weights
        }
        let one = try trained(threads: 1)
        for threads in 2...5 { #expect(try trained(threads: threads) == one) }
    }

    /// What a window costs does not depend on how its streams are shared out.
    @Test func partsChangeRoundingOnly() throws {
        let losses = try (1...3).map { parts in
            let learner = try tinyLearner(parts: parts)
            return (0..<4).map { _ in learner.update(rate: 1e-2).tally.nats.reduce(0, +) }
        }
        for other in losses.dropFirst() {
            #expect(zip(losses[0], other).allSatisfy { abs($0 - $1) < 1e-3 * $0 })
        }
    }

    /// A factor rounded to eight bits is off by 0.2 % at most, here and there; the products' errors average out.
    @Test(.enabled(if: (try? KernelTable.best().productsBF16) != nil, "needs AVX512_BF16 and the v4 kernels"))
    func roundedFactorsChangeTheGradientLittle() throws {
        func gradient(_ precision: ProductPrecision) throws -> [Double] {
            let learner = try tinyLearner(hidden: 64, precision: precision)
            _ = learner.update(rate: 1e-2)
            return (0..<learner.layout.count).map { Double(learner.replicas[0].gradient.base[$0]) }
        }
        let (exact, rounded) = (try gradient(.fp32), try gradient(.bf16))
        let norm = exact.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let error = zip(exact, rounded).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
        #expect(error > 1e-4 * norm, "nothing was rounded")
        #expect(error < 0.01 * norm)
    }

    /// A subnormal number takes up to fifty times as long: no thread that computes makes one.
    @Test func allThreadsFlushDenormals() {
        final class Count: Sendable { let value = Atomic(0) }
        let flushed = Count()
        Workers(3).run { index in
            // Not known before, or it would be computed by the compiler.
            let least = Float(bitPattern: 0x0080_0000 | UInt32(index))
            if least * 0.5 == 0 { flushed.value.add(1, ordering: .relaxed) }
        }
        #expect(flushed.value.load(ordering: .relaxed) == 3)
    }

    @Test func whatIsFrozenStays() throws {
        let layout = performanceLayout()
        let frozen = [layout.embeddings[1].range, layout.recurrentWeights[0].range]
        let learner = try tinyLearner(weightDecay: 0.1, frozen: frozen)
        let before = learner.weights
        for _ in 0..<3 { _ = learner.update(rate: 1e-2) }
        for place in layout.all {
            let isFrozen = frozen.contains(place.range)
            #expect((learner.weights[place.range] == before[place.range]) == isFrozen, "\(place.name)")
        }
    }

    /// Loshchilov & Hutter 2019, algorithm 2: the decay stands beside Adam's step, not in the gradient.
    @Test func decayShrinksMatricesByTheirSize() throws {
        let rate: Float = 1e-2
        let (with, without) = (try tinyLearner(weightDecay: 0.5), try tinyLearner())
        let before = without.weights
        for learner in [with, without] { _ = learner.update(rate: rate) }
        for place in with.layout.all {
            let isMatrix =
                place.name.hasSuffix(".A.weight") || place.name.hasSuffix(".C.weight")
                || place.name.contains("lstm.weight")
            let shrunk = place.range.allSatisfy {
                abs(with.weights[$0] - without.weights[$0] + (isMatrix ? rate * 0.5 * before[$0] : 0)) < 1e-6
            }
            #expect(shrunk, "\(place.name)")
        }
    }

    /// The exponential moving average, with the first updates weighing more.
    @Test func theAverageFollowsTheWeights() throws {
        let learner = try tinyLearner(average: 0.5)
        var expected = learner.weights
        for t in 1...4 {
            _ = learner.update(rate: 1e-2)
            let new = 1 - min(0.5, (1 + Float(t)) / (10 + Float(t)))
            for (i, weight) in learner.weights.enumerated() { expected[i] += new * (weight - expected[i]) }
        }
        #expect(zip(expected, learner.averaged.values).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(learner.averaged.values != learner.weights)
    }

    @Test func aTinyCorpusIsLearntByHeart() throws {
        let learner = try tinyLearner(dropout: 0, hidden: 64, transposition: 0)
        let first = learner.update(rate: 1e-2).tally.nats.reduce(0, +)
        for _ in 0..<250 { _ = learner.update(rate: 1e-2) }
        let last = learner.update(rate: 1e-2).tally.nats.reduce(0, +)
        #expect(last < 0.2 * first, "from \(first) to \(last)")
    }
}

extension Learner {
    fileprivate func weights(_ i: Int) -> Float { packed.weights.base[i] }
}
