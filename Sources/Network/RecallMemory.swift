// Not real-time: prepares what a recall reads, from a model's tensors; runs once for a network.

import Kernels

extension Recall {
    /// The tensor `recall.gate`.
    struct Gate {
        /// θ.
        let sharpness: Float
        /// b.
        let logOdds: Float

        /// Nil of a network without recall.
        init?(_ weights: Weights) {
            guard let place = weights.layout.recallGate else { return nil }
            let values = weights[place]
            (sharpness, logOdds) = (values.first!, values.last!)
        }

        /// Whether no weight leaves the range of floats.
        var isSound: Bool { 0...1000 ~= sharpness && -50...50 ~= logOdds }
    }

    /// What `init` reads; nothing for a network without recall.
    static func image(_ weights: Weights, _ precision: WeightPrecision) -> [UInt32] {
        guard let gate = Gate(weights), let place = weights.layout.recallWeight else { return [] }
        let starts = [Float](repeating: -gate.sharpness, count: 64)
        let zeros = [Float](repeating: 0, count: place.shape[0])
        let classes = weights.layout.configuration.recall!.classes
        let spare = roundedUp(classes + 1) - classes
        var beyond = [UInt32](repeating: 0, count: 32)
        for row in 0..<64 { beyond[row / 2] |= UInt32(classes + row % spare) << UInt32(row % 2 * 16) }
        return (starts + zeros).map(\.bitPattern) + beyond + Matrix(weights, place).packed(precision)
    }

    /// - Parameter base: where an image lies for the whole life of this value.
    init(
        _ configuration: Configuration, _ gate: Gate, _ kernels: KernelTable, _ precision: WeightPrecision,
        at base: UnsafeRawPointer
    ) {
        let shape = configuration.recall!
        var odds: Float = 0
        let sixteen = [Float](repeating: gate.logOdds, count: 16)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 16) {
            kernels.exponentials($0.baseAddress!, sixteen, 16)
            odds = $0[0]
        }
        self.init(
            shape: shape, hidden: roundedUp(configuration.hidden), stepKernels: StepKernels(kernels, precision),
            kernels: RecallKernels(kernels),
            projection: base + 4 * (64 + shape.width + 32), floats: base.assumingMemoryBound(to: Float.self),
            nowhere: (base + 4 * (64 + shape.width)).assumingMemoryBound(to: UInt16.self), sharpness: gate.sharpness,
            odds: odds)
    }
}

/// The recall of a network by itself, in floats: for programs that compute the states elsewhere. Any number of
/// `RecallMemory` may follow one.
public final class RecallWeights: Sendable {
    let recall: Recall
    /// @unchecked through this wrapper alone: written in `init`, then only read.
    private let memory: PackedMemory
    /// The field it speaks of.
    public let field: Int

    /// Nil of a network without recall.
    public init?(_ weights: Weights, kernels: KernelTable) {
        guard let gate = Recall.Gate(weights), let shape = weights.layout.configuration.recall else { return nil }
        memory = PackedMemory(Recall.image(weights, .fp32))
        recall = Recall(weights.layout.configuration, gate, kernels, .fp32, at: memory.base)
        field = shape.field
    }
}

/// What is remembered of one piece.
/// - Thread: control, one at a time
public final class RecallMemory {
    private let weights: RecallWeights
    private let place: UnsafeMutablePointer<Float>
    private let room: UnsafeMutablePointer<Float>

    /// Nothing is remembered yet.
    public init(_ weights: RecallWeights) {
        self.weights = weights
        place = .aligned(count: weights.recall.placeCount)
        room = .aligned(count: weights.recall.roomCount)
        reset()
    }

    deinit {
        place.deallocate()
        room.deallocate()
    }

    public func reset() { weights.recall.reset(place) }

    /// Makes the logits of the recall's field, predicted from the top layer's h, those of the mixture.
    /// - Parameter legal: a bit for each class.
    public func mix(
        into logits: UnsafeMutablePointer<Float>, from h: UnsafePointer<Float>, legal: UnsafePointer<UInt64>
    ) {
        weights.recall.look(place, at: h, room: room)
        weights.recall.mix(into: logits, legal: legal, place, room: room)
    }

    /// That token came, with this class in the recall's field.
    public func remember(_ value: Int) { weights.recall.remember(value, place, room: room) }
}
