/// What the tests of Training share: small corpora and learners, and a MAESTRO of a few seconds.
import Foundation
import Kernels
import Network
import Random
import Representation
import Score
import TestSupport
import Testing
import Training

/// Random pieces that obey the masks.
func randomCorpus(pieces: Int, tokens: ClosedRange<Int>, seed: UInt64) -> Corpus {
    var corpus = Corpus()
    var generator = SplitMix64(seed: seed)
    for piece in 0..<pieces {
        var tracker = Performance()
        var list: [Token] = []
        for _ in 0..<Int.random(in: tokens, using: &generator) {
            var token = Token.empty
            for k in 0..<3 where k < 2 || token[1] < 128 {
                let mask = tracker.legal(k, given: token, within: .corpus)
                token[k] = Int16((0..<512).filter(mask.contains).randomElement(using: &generator)!)
            }
            tracker.emit(token) { _ in }
            list.append(token)
        }
        corpus.append(name: "\(piece)", list)
    }
    return corpus
}

func performanceLayout(embedding: Int = 16, hidden: Int = 32, headWidth: Int = 16) -> ParameterLayout {
    ParameterLayout(.performance(embedding: embedding, hidden: hidden, headWidth: headWidth))
}

func tinyLearner(
    headWidth: Int = 16, threads: Int = 2, dropout: Float = 0.3, hidden: Int = 32, transposition: Int = 3,
    seed: UInt64 = 9, clip: Float = 1, parts: Int = 0, weightDecay: Float = 0, average: Float = 0,
    frozen: [Range<Int>] = [], sequences: Bool = false, precision: ProductPrecision = .fp32
) throws -> Learner<Performance> {
    let layout = performanceLayout(embedding: hidden / 2, hidden: hidden, headWidth: headWidth)
    return Learner(
        layout: layout, initial: Weights.initial(layout, seed: 3, embeddingDeviation: 0.5).values,
        corpus: randomCorpus(pieces: 12, tokens: 3...17, seed: 5),
        augmentation: Augmentation(transposition: transposition),
        settings: .init(
            streams: 6, steps: 12, parts: parts, dropout: dropout, seed: seed, clip: clip, weightDecay: weightDecay,
            average: average, frozen: frozen, sequences: sequences, precision: precision),
        workers: Workers(threads), kernels: try KernelTable.best())
}

extension Learner {
    var weights: [Float] { (0..<layout.count).map { packed.weights.base[$0] } }
}

/// Triads, struck from the top down and let go from the bottom up, all within a tick.
func writeChords(_ count: Int, to path: String) throws {
    var messages: [ChannelMessage] = []
    for i in 0..<count {
        let start = Int64(i) * 200_000_000
        for (j, key) in [7, 4, 0].enumerated() {
            let note = UInt8(48 + key + i % 12)
            let nudge = Int64(j) * 1_000_000
            messages.append(ChannelMessage(time: start + nudge, status: 0x90, data1: note, data2: 64))
            messages.append(ChannelMessage(time: start + 152_000_000 - nudge, status: 0x80, data1: note, data2: 0))
        }
    }
    messages.sort { $0.time < $1.time }
    try MIDIFile(recording: [(name: "piano", messages: messages)]).write(to: path)
}

/// Three pieces of the train split (one in a quoted name), two of the validation split, one listed that is not there.
func writeMaestro(_ folder: String) throws {
    for (i, name) in ["a, b.midi", "c.midi", "d.midi", "e.midi", "f.midi"].enumerated() {
        try writeScale(from: UInt8(48 + 5 * i), notes: 20 + i, to: "\(folder)/\(name)")
    }
    let list = """
        canonical_composer,split,midi_filename
        "Bach, J. S.",train,"a, b.midi"
        Bach,train,c.midi
        Bach,validation,e.midi
        Bach,train,d.midi
        Bach,train,lost.midi
        Bach,validation,f.midi

        """
    try list.write(toFile: "\(folder)/maestro-v3.0.0.csv", atomically: false, encoding: .utf8)
}

let tinyRecipe = """
    name = "tiny"
    representation = "performance"
    [corpus]
    validation-pieces = 1
    [network]
    embedding = 16
    hidden = 32
    layers = 2
    head-width = 16
    [training]
    tokens = 960
    streams = 4
    steps = 8
    parts = 2
    dropout = 0.1
    transposition = 2
    [optimiser]
    rate = 1e-2
    warmup = 100
    """
