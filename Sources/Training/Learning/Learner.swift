import Kernels
import Network
import Representation

/// Weights, moments and the workers' replicas: one `update` is one window of all streams.
package final class Learner<R: Representation>: @unchecked Sendable {
    package struct Settings: Sendable {
        var streams: Int
        var steps: Int
        /// Shares of the streams, each computed by one thread; sums are in their order. 0: as many as workers.
        var parts: Int
        var dropout: Float
        var seed: UInt64
        var beta1: Float
        var beta2: Float
        var epsilon: Float
        /// Bound of the gradient's norm over all parameters.
        var clip: Float
        var weightDecay: Float
        /// Share of the running average that stays; 0 for none.
        var average: Float
        /// Parameters that keep their values, as ranges of the flat array.
        var frozen: [Range<Int>]
        /// Independent sequences instead of streams.
        var sequences: Bool
        var precision: ProductPrecision

        package init(
            streams: Int = 64, steps: Int = 64, parts: Int = 0, dropout: Float = 0, seed: UInt64 = 1,
            beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, clip: Float = 1, weightDecay: Float = 0,
            average: Float = 0, frozen: [Range<Int>] = [], sequences: Bool = false,
            precision: ProductPrecision = .fp32
        ) {
            self.streams = streams
            self.steps = steps
            self.parts = parts
            self.dropout = dropout
            self.seed = seed
            self.beta1 = beta1
            self.beta2 = beta2
            self.epsilon = epsilon
            self.clip = clip
            self.weightDecay = weightDecay
            self.average = average
            self.frozen = frozen
            self.sequences = sequences
            self.precision = precision
        }
    }

    package let settings: Settings
    package let workers: Workers
    package let packed: PackedParameters
    package let streams: Streams<R>
    /// One a part, as are the windows.
    package let replicas: [Replica]
    package let windows: [Window]
    /// Adam's moments, in the layout's order.
    package let firstMoment: Buffer<Float>
    package let secondMoment: Buffer<Float>
    /// The running average of the weights; empty if there is none.
    package let averaged: Buffer<Float>
    /// Updates done.
    package var updates = 0
    private let parts: Int
    private let squares: Buffer<Double>
    private let notes: Buffer<Int>
    /// The parts whose gradient nobody computes yet.
    private let queue = Workers.Queue()

    package var layout: ParameterLayout { packed.layout }

    /// - Parameter initial: `layout.count` weights.
    package init(
        layout: ParameterLayout, initial: [Float], corpus: Corpus, augmentation: Augmentation, settings: Settings,
        workers: Workers, kernels: KernelTable
    ) {
        self.settings = settings
        self.workers = workers
        parts = settings.parts > 0 ? settings.parts : workers.count
        packed = PackedParameters(layout, kernels, settings.precision)
        for (i, value) in initial.enumerated() { packed.weights.base[i] = value }
        streams = Streams(
            corpus, count: settings.streams,
            order: .init(
                seed: settings.seed, augmentation: augmentation,
                sequenceLength: settings.sequences ? settings.steps : 0))
        let shares = shares(settings.streams, parts)
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
        averaged = Buffer(settings.average > 0 ? layout.count : 0)
        if settings.average > 0 { averaged.base.update(from: packed.weights.base, count: layout.count) }
        squares = Buffer(parts)
        notes = Buffer(parts * 16)
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
        queue.restart()
        workers.run { [self] worker in updateShare(worker, rate: rate) }
        var tally = Tally(fields: layout.configuration.fields.count)
        for replica in replicas { tally += replica.tally }
        let count = (0..<parts).reduce(0) { $0 + notes.base[$1 * 16] }
        return Result(tally: tally, notes: count, gradientNorm: norm)
    }

    private var norm: Float { Float((0..<parts).reduce(0.0) { $0 + squares.base[$1] }.squareRoot()) }

    private func updateShare(_ worker: Int, rate: Float) {
        while let part = queue.next(below: parts) { computeGradient(part) }
        workers.meet()
        let mine = stride(from: worker, to: parts, by: workers.count)
        for part in mine { sumGradients(part) }
        workers.meet()
        for half in stride(from: worker, to: 2, by: workers.count) {
            packed.unfold(
                replicas[0].tableGradient.base, into: replicas[0].gradient.base,
                scratch: replicas[half % parts].scratch,
                part: half)
        }
        workers.meet()
        if !settings.frozen.isEmpty {
            if worker == 0 { clearFrozen() }
            workers.meet()
        }
        for part in mine {
            let share = vectorShare(layout.count, part)
            squares.base[part] = packed.kernels.sumOfSquares(replicas[0].gradient.base + share.lowerBound, share.count)
        }
        workers.meet()
        for part in mine { step(vectorShare(layout.count, part), rate) }
        workers.meet()
        packed.pack(worker: worker, of: workers.count)
    }

    /// A part's own window, forward and backward.
    package func computeGradient(_ part: Int) {
        let replica = replicas[part]
        let window = windows[part]
        notes.base[part * 16] = streams.fill(window, first: replica.firstStream)
        replica.gradient.clear()
        replica.tableGradient.clear()
        replica.tally = Tally(fields: layout.configuration.fields.count)
        let dropout = Dropout(rate: settings.dropout, seed: settings.seed, update: updates)
        let scale = 1 / Float(max(1, streams.planned))
        replica.forward(window, dropout: dropout, gradientScale: scale)
        replica.backward(window, dropout: dropout)
        if settings.sequences { replica.forgetStates() } else { replica.carryStates() }
    }

    /// Adds all gradients to those of replica 0, a part's share of the elements.
    private func sumGradients(_ part: Int) {
        let flat = vectorShare(layout.count, part)
        let table = vectorShare(packed.table.count, part)
        for other in replicas.dropFirst() {
            packed.kernels.add(
                replicas[0].gradient.base + flat.lowerBound, other.gradient.base + flat.lowerBound, flat.count)
            packed.kernels.add(
                replicas[0].tableGradient.base + table.lowerBound, other.tableGradient.base + table.lowerBound,
                table.count)
        }
    }

    /// Without gradient and moments Adam changes nothing.
    private func clearFrozen() {
        for range in settings.frozen {
            (replicas[0].gradient.base + range.lowerBound).update(repeating: 0, count: range.count)
        }
    }

    private func step(_ share: Range<Int>, _ rate: Float) {
        if settings.weightDecay > 0 { decay(share, by: rate * settings.weightDecay) }
        let norm = norm
        let clip = settings.clip > 0 && norm > settings.clip ? settings.clip / norm : 1
        let t = Double(updates)
        let bias1 = Float(1 - power(Double(settings.beta1), t))
        let bias2 = Float(1 - power(Double(settings.beta2), t))
        packed.kernels.adam(
            packed.weights.base + share.lowerBound, replicas[0].gradient.base + share.lowerBound,
            firstMoment.base + share.lowerBound, secondMoment.base + share.lowerBound, share.count, clip,
            settings.beta1, settings.beta2, settings.epsilon, rate / bias1, 1 / bias2.squareRoot())
        if settings.average > 0 { average(share.clamped(to: 0..<layout.count)) }
    }

    /// Weight matrices only: biases and embeddings have no reason to be small.
    private func decay(_ share: Range<Int>, by amount: Float) {
        let frozen = settings.frozen
        for matrix in layout.inputWeights + layout.recurrentWeights + layout.headA + layout.headC {
            if frozen.contains(where: { $0.overlaps(matrix.range) }) { continue }
            let range = matrix.range.clamped(to: share)
            let weights = packed.weights.base
            for i in range { weights[i] -= amount * weights[i] }
        }
    }

    /// The average forgets faster in the beginning, when it has little to tell.
    private func average(_ share: Range<Int>) {
        let t = Float(updates)
        let new = 1 - min(settings.average, (1 + t) / (10 + t))
        let (old, weights) = (averaged.base, packed.weights.base)
        for i in share { old[i] += new * (weights[i] - old[i]) }
    }

    /// A part's share of `count` elements, whole vectors (the last may reach into a buffer's padding of zeros).
    private func vectorShare(_ count: Int, _ part: Int) -> Range<Int> {
        let vectors = shares((count + 15) / 16, parts)[part]
        return vectors.lowerBound * 16..<vectors.upperBound * 16
    }
}

/// 0 ..< count in `parts` nearly equal ranges.
func shares(_ count: Int, _ parts: Int) -> [Range<Int>] {
    (0..<parts).map { count * $0 / parts..<count * ($0 + 1) / parts }
}
