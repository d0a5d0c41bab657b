/// How fast this machine trains: whole updates on random tokens, and the peak of its multiply-adds.
import Kernels
import Network
import Representation

/// A training as it is measured. One field, logits straight from h.
package struct TrainingShape: Sendable {
    package let name: String
    package let classes: Int
    package let embedding: Int
    package let hidden: Int
    package let layers: Int
    package let streams: Int
    package let steps: Int
    package let dropout: Float

    /// Those of the literature: Performance RNN's kind of network, a character network of ABC, and a larger one.
    package static let all = [
        TrainingShape(
            name: "T1", classes: 388, embedding: 256, hidden: 256, layers: 2, streams: 64, steps: 256, dropout: 0.3),
        TrainingShape(
            name: "T2", classes: 86, embedding: 512, hidden: 256, layers: 3, streams: 16, steps: 64, dropout: 0),
        TrainingShape(
            name: "T3", classes: 388, embedding: 512, hidden: 512, layers: 2, streams: 64, steps: 256, dropout: 0),
    ]

    package var window: Int { streams * steps }

    var layout: ParameterLayout {
        ParameterLayout(
            Configuration(
                representation: "bench", fields: [Field("event", classes: classes)], embedding: embedding,
                hidden: hidden, layers: layers, headWidth: 0))
    }

    /// Floating-point operations of the matrix products of an update: a product's two gradients take as much as itself
    /// each. With layer 0 folded its input product is taken once a class, not once a token.
    package func operations(folded: Bool) -> Double {
        let gates = 4 * hidden
        let upper = layers * gates * hidden + (layers - 1) * gates * hidden + hidden * classes
        let input = (folded ? classes : window) * gates * embedding
        return 6 * Double(window * upper + input)
    }
}

package enum TrainingBench {
    /// Gigaflops of multiply-adds on `threads` threads at once, over about `time` seconds.
    package static func peak(threads: Int, seconds time: Double) throws -> Double {
        let kernels = try KernelTable.best()
        let workers = Workers(threads)
        let counts = Slots<Int>(threads)
        let start = seconds()
        workers.run { worker in
            let lanes = Buffer<Float>(16)
            lanes.base.update(repeating: 1, count: 16)
            var count = 0
            while seconds() - start < time {
                count += kernels.multiplyAdd(lanes.base, 100_000)
                lanes.base.update(repeating: 1, count: 16)
            }
            counts[worker] = count
        }
        let elapsed = seconds() - start
        return Double((0..<threads).reduce(0) { $0 + counts[$1]! }) / elapsed * 1e-9
    }

    /// A training in the middle of its course.
    package final class Subject {
        private let update: () -> Void
        private let window: Int

        package init(_ shape: TrainingShape, threads: Int, precision: ProductPrecision = .fp32) throws {
            // Opened, as the representation of a recipe is.
            let plain: any Representation.Type =
                shape.classes == ABCClasses.count ? PlainEvents<ABCClasses>.self : PlainEvents<EventClasses>.self
            update = try Self.updates(plain, shape, threads, precision)
            window = shape.window
            update()
        }

        private static func updates<R: Representation>(
            _ type: R.Type, _ shape: TrainingShape, _ threads: Int, _ precision: ProductPrecision
        ) throws -> () -> Void {
            let layout = shape.layout
            var corpus = Corpus()
            for piece in 0..<shape.streams {
                let tokens = (0..<4096).map {
                    Token(Int16(draw(below: shape.classes, 1, .order, piece, $0)), -1, -1, -1)
                }
                corpus.append(name: "\(piece)", tokens)
            }
            let learner = Learner<R>(
                layout: layout, initial: Weights.initial(layout, seed: 1, embeddingDeviation: 1).values,
                corpus: corpus, augmentation: Augmentation(),
                settings: .init(
                    streams: shape.streams, steps: shape.steps, parts: threads, dropout: shape.dropout,
                    precision: precision),
                workers: Workers(threads), kernels: try KernelTable.best())
            return { _ = learner.update(rate: 1e-3) }
        }

        /// Tokens a second over at least `time` seconds.
        package func run(seconds time: Double) -> Double {
            let start = seconds()
            var updates = 0
            repeat {
                update()
                updates += 1
            } while seconds() - start < time
            return Double(updates * window) / (seconds() - start)
        }
    }
}

private protocol Classes: Sendable { static var count: Int { get } }
private enum EventClasses: Classes { static var count: Int { 388 } }
private enum ABCClasses: Classes { static var count: Int { 86 } }

/// Tokens of one field, all legal always.
private struct PlainEvents<Count: Classes>: Representation {
    static var name: String { "bench" }
    static var ticksPerSecond: Int { 1 }
    static var fields: [TokenField] { [TokenField("event", classes: Count.count, role: .text)] }
    var tick: Int64 { 0 }
    var machineKeys: KeySet { KeySet() }
    var isAsleep: Bool { false }

    func hear(_ event: HeardEvent, certain: (Token) -> Void) {}
    func advance(to tick: Int64, certain: (Token) -> Void) {}
    func assumeRest(at tick: Int64, assumed: (Token) -> Void, released: (KeyEvent) -> Void) {}
    static func has(_ field: Int, given row: Token) -> Bool { field == 0 }
    func mask(_ field: Int, given row: Token, within bounds: Bounds, into mask: Mask) { mask.insertAll() }
    func emit(_ token: Token, _ sounding: (KeyEvent) -> Void) {}
    func releaseAll(at tick: Int64, certain: (Token) -> Void, _ sounding: (KeyEvent) -> Void) {}

    static func notesBegun(by token: Token) -> Int { 1 }
    static func keys(of token: Token) -> KeySet { KeySet() }
    static var recalled: (field: Int, classes: Int) { (0, Count.count) }
    static func augmented(_ tokens: some Sequence<Token>, _ change: Augmentation.Draw) -> [Token] { Array(tokens) }
}
