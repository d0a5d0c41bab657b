/// Ten losses that a training must have: those of PyTorch, and its own, number by number.
import Foundation
import Kernels
import Network
import Representation
import Testing
import Training

private let variants = KernelVariant.allCases.filter(\.isSupported)

/// What interop/pytorch/make_training_fixture.py left; Fixtures/README says how.
private struct Fixture {
    let initial: Weights
    let pieces: [[Token]]
    /// The tokens of each stream in each update.
    let batches: [[[Token]]]
    /// Mean nats of a token, in each update before it changes the weights.
    let losses: [Double]
    /// Of the mean over the first window's tokens, in the layout's order, before clipping.
    let gradient: [Float]
    var streams: Int { batches[0].count }
    var steps: Int { batches[0][0].count }

    init() throws {
        let folder = Bundle.module.resourcePath! + "/Fixtures"
        initial = try Model.load(folder + "/initial.safetensors").weights
        let file = try Safetensors(contentsOf: folder + "/ten-losses.safetensors")
        func tensor(_ name: String) throws -> (values: [Float], shape: [Int]) {
            let tensor = try #require(file.tensors.first { $0.name == name })
            return (try file.values(of: tensor), tensor.shape)
        }
        /// Rows of three fields, `length` of them at a time.
        func rows(_ values: [Float], _ length: Int) -> [[Token]] {
            stride(from: 0, to: values.count, by: 3 * length).map { start in
                (0..<length).map { row in
                    let at = start + 3 * row
                    return Token(Int16(values[at]), Int16(values[at + 1]), Int16(values[at + 2]), -1)
                }
            }
        }
        let (pieceValues, pieceShape) = try tensor("pieces")
        pieces = rows(pieceValues, pieceShape[1])
        let (batchValues, shape) = try tensor("batches")
        let flat = rows(batchValues, shape[2])
        batches = stride(from: 0, to: flat.count, by: shape[1]).map { Array(flat[$0..<$0 + shape[1]]) }
        losses = try tensor("losses").values.map(Double.init)
        gradient = try initial.layout.all.flatMap { try tensor("gradient." + $0.name).values }
    }

    func learner(
        _ kernels: KernelTable, threads: Int, dropout: Float = 0, transposition: Int = 0
    ) -> Learner<Performance> {
        var corpus = Corpus()
        for (i, piece) in pieces.enumerated() { corpus.append(name: "\(i)", piece) }
        return Learner(
            layout: initial.layout, initial: initial.values, corpus: corpus,
            augmentation: Augmentation(transposition: transposition),
            settings: .init(streams: streams, steps: steps, parts: 2, dropout: dropout, seed: 9),
            workers: Workers(threads), kernels: kernels)
    }
}

@Suite struct LossesTests {
    private func mean(_ result: Learner<Performance>.Result, of tokens: Int) -> Double {
        result.tally.nats.reduce(0, +) / Double(tokens)
    }

    /// Masks, streams with states carried on, layers, heads, gradients through time, clipping and Adam, all at once:
    /// PyTorch's autograd in double precision says the same, from the same weights and batches.
    @Test(arguments: variants) func lossesArePyTorchs(variant: KernelVariant) throws {
        let fixture = try Fixture()
        #expect(fixture.losses.count == 10 && fixture.batches.count == 10)
        let learner = fixture.learner(try .table(variant), threads: 2)
        for (batch, expected) in zip(fixture.batches, fixture.losses) {
            let result = learner.update(rate: 1e-2)
            // Which stream hears which piece is drawn; all are equally long, so in sum it does not matter.
            #expect(byStep(targets(learner)) == byStep(batch))
            let loss = mean(result, of: fixture.streams * fixture.steps)
            #expect(abs(loss - expected) < 1e-5, "\(loss), not \(expected)")
        }
    }

    @Test(arguments: variants) func theGradientIsPyTorchs(variant: KernelVariant) throws {
        let fixture = try Fixture()
        let learner = fixture.learner(try .table(variant), threads: 2)
        _ = learner.update(rate: 1e-2)
        let found = learner.replicas[0].gradient
        #expect(fixture.gradient.count == found.count)
        for place in fixture.initial.layout.all {
            let worst = place.range.map { abs(found.base[$0] - fixture.gradient[$0]) }.max() ?? 0
            let most = place.range.map { abs(fixture.gradient[$0]) }.max() ?? 0
            #expect(worst < 1e-4 * most, "\(place.name): off by \(worst), the greatest is \(most)")
        }
    }

    /// What all streams have at a step, in any order.
    private func byStep(_ streams: [[Token]]) -> [[String]] {
        streams[0].indices.map { step in streams.map { "\($0[step])" }.sorted() }
    }

    /// The tokens to predict of each stream in the window just learnt.
    private func targets(_ learner: Learner<Performance>) -> [[Token]] {
        zip(learner.windows, learner.replicas).flatMap { window, replica in
            (0..<replica.streams).map { stream in
                (0..<window.rows / replica.streams).map { step in
                    let row = step * replica.streams + stream
                    return Token(
                        Int16(window.fields[0].target.base[row]), Int16(window.fields[1].target.base[row]),
                        Int16(window.fields[2].target.base[row]), -1)
                }
            }
        }
    }

    /// With dropout, transposition and clipping too. On every machine: the portable kernels use IEEE 754's exactly
    /// defined operations only, in an order that the source fixes, and the sums of gradients are in the order of the
    /// parts. What is left to the C library, Adam's two powers, can change the last bit of a Float at most. The other
    /// kernels fuse multiplication and addition, and so differ in rounding; `lossesArePyTorchs` holds for them.
    @Test(arguments: [1, 2]) func tenLossesAreLiterallyThese(threads: Int) throws {
        let fixture = try Fixture()
        let learner = fixture.learner(try .table(.portable), threads: threads, dropout: 0.3, transposition: 3)
        let losses = (0..<10).map { _ in mean(learner.update(rate: 1e-2), of: fixture.streams * fixture.steps) }
        let expected = [
            11.833123107751, 11.302368346188, 10.964283645153, 11.022357268466, 10.408005962769,
            9.594317336877, 9.716032791469, 8.584861841467, 7.963992784421, 8.343755425678,
        ]
        for (loss, expected) in zip(losses, expected) { #expect(abs(loss - expected) < 1e-6, "\(losses)") }
    }
}
