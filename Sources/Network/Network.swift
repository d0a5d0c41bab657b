// Not real-time: prepares a network to play: weights packed for one-token steps.

import Kernels

/// Immutable; owns the memory of `engine`. Takes some tens of milliseconds to make, so off the real-time path.
/// The same file, kernel variant, precision and tokens give the same numbers bit for bit.
///
///     let network = Network(try Model.load(path).weights, kernels: try .best(), precision: try .chosen())
///     let memory = NetworkMemory(network)
///     memory.step(FieldRow(3, 60, 12, -1))
///     memory.answer(0, given: FieldRow(repeating: -1))
///
/// The real-time thread calls `engine` instead, with memory of its own.
public final class Network: Sendable {
    public let configuration: Configuration
    public let variant: KernelVariant
    public let precision: WeightPrecision
    /// Hash of shape and weights; it tells models apart, and proves nothing against a forger.
    public let fingerprint: UInt64
    /// For the real-time thread, which must not count references; it is valid while this network lives.
    public let engine: NetworkEngine
    /// What it learns with while it is played; nil for one that cannot. Valid while this network lives.
    let adaptation: AdaptationConstants?
    /// @unchecked through these wrappers alone: written in `init`, then only read.
    private let memory: PackedMemory
    private let adaptationMemory: PackedMemory?

    /// - Parameter precision: in which the steps read the weights; fewer bits are faster, and a little less exact. What
    ///   plays takes `WeightPrecision.chosen()`, so there is no default.
    public init(_ weights: Weights, kernels: KernelTable, precision: WeightPrecision) {
        let packing = Packing(weights, kernels, precision)
        self.precision = precision
        fingerprint = weights.fingerprint
        configuration = weights.layout.configuration
        variant = kernels.variant
        memory = PackedMemory(packing.image)
        engine = packing.engine(at: memory.base)
        let image = AdaptationConstants.image(weights, kernels)
        let constants = image.map { PackedMemory($0.words) }
        adaptation = image.map {
            AdaptationConstants(weights.layout.configuration, $0, kernels, precision, at: constants!.base)
        }
        adaptationMemory = constants
    }

    public var parameterCount: Int { ParameterLayout(configuration).count }
    /// Bytes that the steps read, in all.
    public var byteCount: Int { memory.byteCount }

    /// Bytes of weights that one token reads, of all fields: for its answer (`advance`, `logits`), and with `prepare`.
    public var bytesRead: (answer: Int, whole: Int) {
        let c = configuration
        let gates = Matrix.byteCount(rows: 4 * roundedUp(c.hidden), columns: c.hidden, precision)
        func bytes(_ rows: Int, _ columns: Int) -> Int {
            Matrix.byteCount(rows: rows, columns: columns, precision.heads)
        }
        let heads = c.fields.reduce(0) { sum, field in
            sum + engine.tableRowBytes
                + (c.headWidth > 0
                    ? bytes(c.headWidth, c.hidden) + bytes(field.classes, c.headWidth) : bytes(field.classes, c.hidden))
        }
        let recall = c.recall.map { bytes($0.width, c.hidden) + $0.length * ($0.width + 7) } ?? 0
        let answer = heads + recall + (c.layers - 1) * gates
        return (answer, answer + c.layers * gates)
    }
}

/// A network's state, scratch and logits, for programs that need no snapshots: benches and tests. Its
/// calls are those of `NetworkEngine`.
/// - Thread: any, one at a time
public final class NetworkMemory {
    private let network: Network
    public let state: UnsafeMutablePointer<Float>
    public let scratch: UnsafeMutablePointer<Float>
    /// Room for the largest field.
    public let logits: UnsafeMutablePointer<Float>

    /// The opening state.
    public init(_ network: Network) {
        self.network = network
        let engine = network.engine
        state = .aligned(count: engine.stateCount)
        scratch = .aligned(count: engine.scratchCount)
        logits = .aligned(count: network.configuration.fields.indices.map(engine.logitCount).max() ?? 0)
        reset()
    }

    public func reset() { network.engine.reset(state) }
    public func step(_ row: FieldRow) { network.engine.step(state, row, scratch: scratch) }
    public func advance(_ row: FieldRow) { network.engine.advance(state, row, scratch: scratch) }
    public func prepare() { network.engine.prepare(state, scratch: scratch) }
    public func keepWarm() { network.engine.keepWarm(state, scratch: scratch, logits: logits) }

    /// Into `logits`.
    public func answer(_ field: Int, given row: FieldRow) {
        network.engine.logits(field, given: row, state: state, scratch: scratch, into: logits)
    }

    /// What was played before has its say in the `logits` of the field.
    /// - Parameter legal: a bit for each class.
    public func recall(_ field: Int, legal: UnsafePointer<UInt64>) {
        network.engine.recall(field, legal: legal, state: state, scratch: scratch, into: logits)
    }

    deinit {
        state.deallocate()
        scratch.deallocate()
        logits.deallocate()
    }
}

extension UnsafeMutablePointer<Float> {
    /// Zeros on a cache line of their own; freed by `deallocate()`.
    public static func aligned(count: Int) -> UnsafeMutablePointer<Float> {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: count * 4, alignment: 64)
        return memory.initializeMemory(as: Float.self, repeating: 0, count: count)
    }
}
