/// A network ready to play: weights packed for one-token steps.

import Kernels

/// Immutable; owns the memory of `engine`. Takes some tens of milliseconds to make, so off the real-time path.
/// The same file, kernel variant, precision and tokens give the same numbers bit for bit.
///
///     let network = Network(try Model.load(path).weights, kernels: try .best())
///     network.reset(state)
///     network.step(state, FieldRow(3, 60, 12, -1), scratch: scratch)
///     network.logits(0, given: FieldRow(repeating: -1), state: state, scratch: scratch, into: logits)
///
/// `state`, `scratch` and `logits` belong to the caller (`NetworkMemory` is a simple owner).
public final class Network: Sendable {
    public let configuration: Configuration
    public let variant: KernelVariant
    public let precision: WeightPrecision
    /// For the real-time thread, which must not count references; it is valid while this network lives.
    public let engine: NetworkEngine
    /// @unchecked through this wrapper alone: written in `init`, then only read.
    private let memory: PackedMemory

    /// - Parameter precision: in which the steps read the weights; fewer bits are faster, and a little less exact.
    public init(_ weights: Weights, kernels: KernelTable, precision: WeightPrecision = .fp32) {
        let packing = Packing(weights, kernels, precision)
        self.precision = precision
        configuration = weights.layout.configuration
        variant = kernels.variant
        memory = PackedMemory(packing.image)
        engine = packing.engine(at: memory.base)
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
        let answer = heads + (c.layers - 1) * gates
        return (answer, answer + c.layers * gates)
    }

    public var stateCount: Int { engine.stateCount }
    public var scratchCount: Int { engine.scratchCount }
    public func logitCount(_ field: Int) -> Int { engine.logitCount(field) }

    /// See `NetworkEngine`.
    public func reset(_ state: UnsafeMutablePointer<Float>) { engine.reset(state) }

    /// See `NetworkEngine`.
    public func step(_ state: UnsafeMutablePointer<Float>, _ row: FieldRow, scratch: UnsafeMutablePointer<Float>) {
        engine.step(state, row, scratch: scratch)
    }

    /// See `NetworkEngine`.
    public func advance(_ state: UnsafeMutablePointer<Float>, _ row: FieldRow, scratch: UnsafeMutablePointer<Float>) {
        engine.advance(state, row, scratch: scratch)
    }

    /// See `NetworkEngine`.
    public func prepare(_ state: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>) {
        engine.prepare(state, scratch: scratch)
    }

    /// See `NetworkEngine`.
    public func logits(
        _ field: Int, given row: FieldRow, state: UnsafePointer<Float>, scratch: UnsafeMutablePointer<Float>,
        into logits: UnsafeMutablePointer<Float>
    ) {
        engine.logits(field, given: row, state: state, scratch: scratch, into: logits)
    }
}

/// State, scratch and logits of one listener, for programs that need no snapshots: `generate`, `evaluate`, tests.
/// One thread at a time.
public final class NetworkMemory {
    public let state: UnsafeMutablePointer<Float>
    public let scratch: UnsafeMutablePointer<Float>
    /// Room for the largest field.
    public let logits: UnsafeMutablePointer<Float>

    /// The opening state.
    public init(_ network: Network) {
        state = .aligned(count: network.stateCount)
        scratch = .aligned(count: network.scratchCount)
        logits = .aligned(count: network.configuration.fields.indices.map(network.logitCount).max() ?? 0)
        network.reset(state)
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
