import Kernels
import Network
import Representation

/// Weights, moments and the workers' replicas: one `update` is one window of all streams.
package final class Learner<R: TrainableRepresentation>: @unchecked Sendable {
    package struct Settings: Sendable {
        var streams: Int
        var steps: Int
        var dropout: Float
        var seed: UInt64
        var beta1: Float
        var beta2: Float
        var epsilon: Float
        /// Bound of the gradient's norm over all parameters.
        var clip: Float

        package init(
            streams: Int = 64, steps: Int = 64, dropout: Float = 0, seed: UInt64 = 1, beta1: Float = 0.9,
            beta2: Float = 0.999, epsilon: Float = 1e-8, clip: Float = 1
        ) {
            self.streams = streams
            self.steps = steps
            self.dropout = dropout
            self.seed = seed
            self.beta1 = beta1
            self.beta2 = beta2
            self.epsilon = epsilon
            self.clip = clip
        }
    }

    package let settings: Settings
    package let workers: Workers
    package let packed: PackedParameters
    package let streams: Streams<R>
    package let replicas: [Replica]
    package let windows: [Window]
    /// Adam's moments, in the layout's order.
    package let firstMoment: Buffer<Float>
    package let secondMoment: Buffer<Float>
    /// Updates done.
    package var updates = 0
    private let squares: Buffer<Double>
    private let notes: Buffer<Int>

    package var layout: ParameterLayout { packed.layout }

    /// - Parameter initial: `layout.count` weights.
    package init(
        layout: ParameterLayout, initial: [Float], corpus: Corpus, transposition: Int, settings: Settings,
        workers: Workers, kernels: KernelTable
    ) {
        self.settings = settings
        self.workers = workers
        packed = PackedParameters(layout, kernels)
        for (i, value) in initial.enumerated() { packed.weights.base[i] = value }
        streams = Streams(
            corpus, count: settings.streams, order: .init(seed: settings.seed, transposition: transposition))
        let shares = shares(settings.streams, workers.count)
        replicas = shares.map { [packed] in
            Replica(
                packed, streams: $0.count, steps: settings.steps, firstStream: $0.lowerBound,
                allStreams: settings.streams, learning: true)
        }
        windows = shares.map {
            Window(streams: $0.count, steps: settings.steps, classes: layout.configuration.fields.map(\.classes))
        }
        firstMoment = Buffer(layout.count)
        secondMoment = Buffer(layout.count)
        squares = Buffer(workers.count * 16)
        notes = Buffer(workers.count * 16)
        pack()
    }

    package func pack() {
        workers.run { [self] worker in packed.pack(worker: worker, of: workers.count) }
    }

    package struct Result: Sendable {
        package var tally: Tally
        package var notes: Int
        package var gradientNorm: Float
    }

    /// One window of every stream: forward, backward, Adam at `rate`.
    package func update(rate: Float) -> Result {
        streams.plan(steps: settings.steps)
        updates += 1
        workers.run { [self] worker in updateShare(worker, rate: rate) }
        var tally = Tally(fields: layout.configuration.fields.count)
        for replica in replicas { tally += replica.tally }
        let count = (0..<workers.count).reduce(0) { $0 + notes.base[$1 * 16] }
        return Result(tally: tally, notes: count, gradientNorm: norm)
    }

    private var norm: Float {
        Float((0..<workers.count).reduce(0.0) { $0 + squares.base[$1 * 16] }.squareRoot())
    }

    private func updateShare(_ worker: Int, rate: Float) {
        let replica = replicas[worker]
        computeGradient(worker)
        workers.meet()
        sumGradients(worker)
        workers.meet()
        for part in 0..<2 where part % workers.count == worker {
            packed.unfold(
                replicas[0].tableGradient.base, into: replicas[0].gradient.base, scratch: replica.scratch, part: part)
        }
        workers.meet()
        let share = vectorShare(layout.count, worker)
        let kernels = packed.kernels
        squares.base[worker * 16] = kernels.sumOfSquares(
            replicas[0].gradient.base + share.lowerBound, share.count)
        workers.meet()
        stepAdam(share, rate)
        workers.meet()
        packed.pack(worker: worker, of: workers.count)
    }

    /// The worker's own window, forward and backward.
    package func computeGradient(_ worker: Int) {
        let replica = replicas[worker]
        let window = windows[worker]
        notes.base[worker * 16] = streams.fill(window, first: replica.firstStream)
        replica.gradient.clear()
        replica.tableGradient.clear()
        replica.tally = Tally(fields: layout.configuration.fields.count)
        let dropout = Dropout(rate: settings.dropout, seed: settings.seed, update: updates)
        let scale = 1 / Float(settings.streams * settings.steps)
        replica.forward(window, dropout: dropout, gradientScale: scale)
        replica.backward(window, dropout: dropout)
        replica.carryStates()
    }

    /// Adds all gradients to those of replica 0, each worker its share of the elements.
    private func sumGradients(_ worker: Int) {
        let flat = vectorShare(layout.count, worker)
        let table = vectorShare(packed.table.count, worker)
        for other in replicas.dropFirst() {
            packed.kernels.add(
                replicas[0].gradient.base + flat.lowerBound, other.gradient.base + flat.lowerBound, flat.count)
            packed.kernels.add(
                replicas[0].tableGradient.base + table.lowerBound, other.tableGradient.base + table.lowerBound,
                table.count)
        }
    }

    private func stepAdam(_ share: Range<Int>, _ rate: Float) {
        let norm = norm
        let clip = settings.clip > 0 && norm > settings.clip ? settings.clip / norm : 1
        let t = Double(updates)
        let bias1 = Float(1 - power(Double(settings.beta1), t))
        let bias2 = Float(1 - power(Double(settings.beta2), t))
        packed.kernels.adam(
            packed.weights.base + share.lowerBound, replicas[0].gradient.base + share.lowerBound,
            firstMoment.base + share.lowerBound, secondMoment.base + share.lowerBound, share.count, clip,
            settings.beta1, settings.beta2, settings.epsilon, rate / bias1, 1 / bias2.squareRoot())
    }

    /// A worker's share of `count` elements, whole vectors (the last may reach into a buffer's padding of zeros).
    private func vectorShare(_ count: Int, _ worker: Int) -> Range<Int> {
        let vectors = shares((count + 15) / 16, workers.count)[worker]
        return vectors.lowerBound * 16..<vectors.upperBound * 16
    }
}

/// 0 ..< count in `parts` nearly equal ranges.
func shares(_ count: Int, _ parts: Int) -> [Range<Int>] {
    (0..<parts).map { count * $0 / parts..<count * ($0 + 1) / parts }
}
