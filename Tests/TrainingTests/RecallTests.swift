import Foundation
import Kernels
import Network
import Random
import Representation
import Testing
import Training

private let shape = Configuration.Recall(field: 1, classes: 128, width: 16, length: 128)

/// A piece of random states, most of which come back, with their classes.
private func recalledPiece(_ count: Int, hidden: Int) -> RecalledPiece {
    var generator = SplitMix64(seed: 4)
    let themes = (0..<30).map { _ in (0..<hidden).map { _ in Float.random(in: -1...1, using: &generator) } }
    let piece = RecalledPiece(piece: 0)
    let legal: [UInt64] = [~0, 0xFFFF_FFFF, 0, 0]
    for _ in 0..<count {
        let theme = Int.random(in: 0..<30, using: &generator)
        let h = themes[theme].map { $0 + Float.random(in: -0.3...0.3, using: &generator) }
        var logits = (0..<128).map { _ in Float.random(in: -1...1, using: &generator) }
        legal.withUnsafeBufferPointer { legal in
            h.withUnsafeBufferPointer { h in
                logits.withUnsafeMutableBufferPointer { logits in
                    let row = WitnessedRow(
                        stream: 0, target: 3 * theme, h: h.baseAddress!, logits: logits.baseAddress!,
                        legal: legal.baseAddress!)
                    piece.append(row, hidden: hidden, classes: 128)
                }
            }
        }
    }
    return piece
}

@Suite struct RecallFitTests {
    @Test func gradientsAreThoseOfFiniteDifferences() throws {
        let hidden = 32
        let piece = recalledPiece(200, hidden: hidden)
        let learner = RecallLearner(shape, hidden: hidden, seed: 1, try .best())
        let block = 150..<200
        _ = learner.addGradient(piece, block)
        let gradient = learner.gradient.values
        var generator = SplitMix64(seed: 8)
        for range in [0..<16 * hidden, 16 * hidden..<16 * hidden + 1, 16 * hidden + 1..<16 * hidden + 2] {
            for round in 0..<3 {
                let direction = range.map { i in
                    round == 0 ? Double(gradient[i]) : Double.random(in: -1...1, using: &generator)
                }
                let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
                #expect(length > 1e-6)
                let saved = range.map { learner.parameters.base[$0] }
                let step = 0.01
                let sides = [1.0, -1].map { sign in
                    for (j, i) in range.enumerated() {
                        learner.parameters.base[i] = saved[j] + Float(sign * step * direction[j] / length)
                    }
                    // A gain is a loss less.
                    return -learner.addGradient(piece, block) / Double(block.count)
                }
                for (j, i) in range.enumerated() { learner.parameters.base[i] = saved[j] }
                let slope = (sides[0] - sides[1]) / (2 * step)
                let expected = zip(range, direction).reduce(0) { $0 + Double(gradient[$1.0]) * $1.1 / length }
                #expect(
                    abs(slope - expected) < 0.02 * abs(expected) + 2e-4, "\(range), \(round): \(slope), \(expected)")
            }
        }
    }

    @Test func learnsToTellStatesApart() throws {
        let piece = recalledPiece(400, hidden: 32)
        let learner = RecallLearner(shape, hidden: 32, seed: 1, try .best())
        let first = learner.update(piece, 100..<400, rate: 1e-2)
        var last = 0.0
        for _ in 0..<60 { last = learner.update(piece, 100..<400, rate: 1e-2) }
        #expect(last > first + 30, "\(first) and \(last) nats")
        #expect(learner.values.count == 16 * 32 + 2 && learner.values[16 * 32] > 0)
    }

    /// Whatever it is taught, what is learnt is a model that can be read.
    @Test func theGateStaysWithinWhatAModelMayHold() throws {
        let piece = recalledPiece(200, hidden: 32)
        let learner = RecallLearner(shape, hidden: 32, seed: 1, try .best())
        for round in 0..<40 {
            _ = learner.update(piece, 100..<200, rate: round < 20 ? 3 : -3)
            let gate = learner.values.suffix(2)
            #expect((0.999...200.1).contains(gate.first!) && (-20...20).contains(gate.last!), "\(gate)")
        }
    }

    @Test func heavierPiecesAreHeardMoreOften() throws {
        var corpus = Corpus()
        for piece in 0..<40 { corpus.append(name: "\(piece)", [.empty], weight: piece < 20 ? 1 : 0.05) }
        let places = RecallFit(shape: shape, pieces: 20, rate: 1e-3, seed: 6).places(corpus)
        #expect(Set(places).count == 20)
        #expect(places.filter { $0 < 20 }.count >= 15, "\(places)")
        // More than there are: all again, in another order.
        let twice = RecallFit(shape: shape, pieces: 80, rate: 1e-3, seed: 6).places(corpus)
        #expect(Set(twice[..<40]).count == 40 && Set(twice[40...]).count == 40 && twice[..<40] != twice[40...])
    }

    /// A piece that says the same again and again: with a recall it is likelier, and only its keys are.
    @Test func aNetworkLearnsToRecall() throws {
        var corpus = Corpus()
        for piece in 0..<8 {
            let theme = Array(randomCorpus(pieces: 1, tokens: 60...60, seed: UInt64(piece)).pieces[0].tokens)
            let ends = Self.ends(theme)
            corpus.append(name: "\(piece)", Array(repeating: theme + ends, count: 6).flatMap(\.self))
        }
        let layout = performanceLayout()
        let kernels = try KernelTable.best()
        let plain = Weights.initial(layout, seed: 3, embeddingDeviation: 0.5)
        let fit = RecallFit(shape: shape, pieces: 24, rate: 5e-3, seed: 2)
        var told: [Int] = []
        let workers = Workers(2)
        let recalling = try #require(
            fit.run(Performance.self, plain, corpus, workers, kernels) { pieces, _ in
                told.append(pieces)
                return true
            })
        #expect(told == [16, 24])
        #expect(recalling.layout.configuration.recall == shape && recalling.withoutRecall.values == plain.values)
        func evaluation(_ weights: Weights) -> Evaluation {
            Evaluator<Performance>(.of(corpus), packed: PackedParameters(weights, kernels), workers: workers).evaluate()
        }
        let (before, after) = (evaluation(plain), evaluation(recalling))
        #expect(after.fields[1].natsPerToken < before.fields[1].natsPerToken - 0.3)
        for field in [0, 2] { #expect(after.fields[field].nats == before.fields[field].nats) }

        // Another number of threads learns the same.
        let again = fit.run(Performance.self, plain, corpus, Workers(1), kernels) { _, _ in true }
        #expect(again?.values == recalling.values)
        // It goes on from what there is; of another shape there is nothing.
        let still = RecallFit(shape: shape, pieces: 1, rate: 0, seed: 5)
        let same = try #require(still.run(Performance.self, recalling, corpus, workers, kernels) { _, _ in true })
        #expect(zip(same.values, recalling.values).allSatisfy { abs($0 - $1) <= 1e-5 * abs($1) })
        var longer = shape
        longer.length = 256
        #expect(recalling.recall(of: shape)?.count == 16 * 32 + 2 && recalling.recall(of: longer) == nil)
        #expect(fit.run(Performance.self, plain, corpus, workers, kernels) { _, _ in false } == nil)
    }

    private static func ends(_ tokens: [Token]) -> [Token] {
        var player = Performance()
        for token in tokens { player.emit(token) { _ in } }
        var sounding = Set<Int16>()
        for token in tokens {
            if token[1] < 128 { sounding.insert(token[1]) } else { sounding.remove(token[1] - 128) }
        }
        return sounding.sorted().map { Token(1, $0 + 128, -1, -1) }
    }

    /// What is evaluated is what the instrument plays with.
    @Test func theEvaluationIsTheInstruments() throws {
        let corpus = randomCorpus(pieces: 1, tokens: 300...300, seed: 12)
        let kernels = try KernelTable.best()
        let layout = performanceLayout()
        var generator = SplitMix64(seed: 3)
        let projection = (0..<16 * 32).map { _ in Float.random(in: -1...1, using: &generator) }
        let weights = Weights.initial(layout, seed: 3, embeddingDeviation: 0.5).with(shape, projection + [8, -1])
        let evaluation = Evaluator<Performance>(
            .of(corpus), packed: PackedParameters(weights, kernels), workers: Workers(1)
        ).evaluate()
        let memory = NetworkMemory(Network(weights, kernels: kernels, precision: .fp32))
        var (piece, nats) = (Performance(), 0.0)
        for token in corpus.pieces[0].tokens {
            for field in 0..<3 where token[field] >= 0 {
                let mask = piece.legal(field, given: token, within: .corpus)
                memory.answer(field, given: token)
                memory.recall(field, legal: mask.words)
                let legal = (0..<512).filter(mask.contains)
                nats += log(legal.reduce(0.0) { $0 + exp(Double(memory.logits[$1])) })
                nats -= Double(memory.logits[Int(token[field])])
            }
            piece.emit(token) { _ in }
            memory.step(token)
        }
        #expect(abs(evaluation.nats - nats) < 1e-3 * nats, "\(evaluation.nats) and \(nats)")
    }
}
