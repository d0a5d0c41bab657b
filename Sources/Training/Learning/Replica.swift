import Kernels
import Network

/// One worker's share of the network's arithmetic: its streams' states, activations and gradients. It needs nobody
/// else until its window is done, so a thread that loses its core for a while holds nobody up in between.

/// Used by one thread at a time. Buffers are time-major: row step · streams + stream.
package final class Replica: @unchecked Sendable {
    let packed: PackedParameters
    let configuration: Configuration
    let layout: ParameterLayout
    let kernels: KernelTable
    package let streams: Int
    let steps: Int
    /// Number of streams of all workers and the first of this one, for dropout's counters.
    let allStreams: Int
    let firstStream: Int
    /// Steps in one pass through the layers: about 256 rows, so that a pass's activations stay in the cache.
    let pass: Int

    package let layers: [LayerBuffers]
    /// [rows, hidden], gradient of the output of the layer above.
    let outputGradient: Buffer<Float>
    let heads: HeadBuffers
    package let scratch: Buffer<Float>
    /// Flat, in the layout's order.
    package let gradient: Buffer<Float>
    /// [sum of classes, 4·hidden].
    package let tableGradient: Buffer<Float>
    package var tally: Tally
    /// Kept instead of the tally if the replica does not learn.
    let rowScores: RowScores
    /// Told of each row that has its field, in the order of time, and free to change the logits. Of a replica that does not
    /// learn.
    var witness: (any HeadWitness)?

    package struct LayerBuffers {
        /// [rows, 4·hidden]: pre-activations, activations, then their gradients.
        let gates: Buffer<Float>
        /// [rows + streams, hidden]: before step t at row t · streams.
        package let hidden: Buffer<Float>
        package let cell: Buffer<Float>
        /// [rows, hidden], tanh(cell).
        let squashed: Buffer<Float>
        /// [rows, hidden], the layer's output after dropout.
        let output: Buffer<Float>
        /// [streams, hidden].
        let hiddenGradient: Buffer<Float>
        let cellGradient: Buffer<Float>
    }

    /// - Parameter learning: false leaves out what only gradients need.
    init(
        _ packed: PackedParameters, streams: Int, steps: Int, firstStream: Int, allStreams: Int, learning: Bool
    ) {
        self.packed = packed
        layout = packed.layout
        configuration = layout.configuration
        kernels = packed.kernels
        self.streams = streams
        self.steps = steps
        self.firstStream = firstStream
        self.allStreams = allStreams
        pass = max(1, min(steps, 256 / max(streams, 1)))
        let rows = streams * steps
        let width = configuration.hidden
        layers = (0..<configuration.layers).map { _ in
            LayerBuffers(
                gates: Buffer(rows * 4 * width), hidden: Buffer((rows + streams) * width),
                cell: Buffer((rows + streams) * width), squashed: Buffer(rows * width), output: Buffer(rows * width),
                hiddenGradient: Buffer(streams * width), cellGradient: Buffer(streams * width))
        }
        outputGradient = Buffer(rows * width)
        heads = HeadBuffers(configuration, rows: pass * streams)
        let widest = ([4 * width, configuration.headWidth] + configuration.fields.map(\.classes)).max() ?? 0
        scratch = Buffer(256 * (widest + 16 + max(width, configuration.embedding, configuration.headWidth)))
        gradient = Buffer(learning ? layout.count : 0)
        tableGradient = Buffer(learning ? packed.table.count : 0)
        tally = Tally(fields: configuration.fields.count)
        rowScores = RowScores(fields: configuration.fields.count, rows: learning ? 0 : rows)
    }

    /// Passes over a window as ranges of steps.
    func passes(_ window: Window) -> [Range<Int>] {
        stride(from: 0, to: window.used, by: pass).map { $0..<min($0 + pass, window.used) }
    }

    /// Zero states before the next window.
    func forgetStates() {
        let count = streams * configuration.hidden
        for layer in layers {
            layer.hidden.base.update(repeating: 0, count: count)
            layer.cell.base.update(repeating: 0, count: count)
        }
    }

    /// The states after the window become those before the next.
    func carryStates() {
        let count = streams * configuration.hidden
        for layer in layers {
            layer.hidden.base.update(from: layer.hidden.base + steps * count, count: count)
            layer.cell.base.update(from: layer.cell.base + steps * count, count: count)
        }
    }
}

/// Dropout of one update: rate and the key of its counters.
package struct Dropout: Sendable {
    var rate: Float
    var seed: UInt64
    var update: Int

    package init(rate: Float, seed: UInt64, update: Int) {
        self.rate = rate
        self.seed = seed
        self.update = update
    }

    static let none = Dropout(rate: 0, seed: 0, update: 0)

    func key(layer: Int) -> UInt32 { UInt32(truncatingIfNeeded: draw(seed, .dropout, update, layer)) }
    var threshold: UInt32 { UInt32(Double(rate) * 4_294_967_296) }
    var scale: Float { 1 / (1 - rate) }
}

/// What each row of a window cost.
struct RowScores: Sendable {
    /// Per field [rows]; what stands in a row without the field means nothing.
    let nats: [Buffer<Float>]
    /// Per field [rows]: 1 if the target was the most probable class.
    let hits: [Buffer<UInt8>]

    init(fields: Int, rows: Int) {
        nats = (0..<fields).map { _ in Buffer(rows) }
        hits = (0..<fields).map { _ in Buffer(rows) }
    }
}

/// Looks on while rows are scored.
protocol HeadWitness: AnyObject {
    /// The field it asks for.
    var field: Int { get }

    /// The rows of a stream are those of this piece from now on.
    func begin(_ piece: Int, stream: Int)
    func see(_ row: WitnessedRow)
}

/// A row of a field: `stream` is in the state `h`, where the logits say what is to come, of the legal classes `target`.
package struct WitnessedRow {
    let stream: Int
    let target: Int
    let h: UnsafePointer<Float>
    /// With the bias.
    let logits: UnsafeMutablePointer<Float>
    let legal: UnsafePointer<UInt64>

    package init(
        stream: Int, target: Int, h: UnsafePointer<Float>, logits: UnsafeMutablePointer<Float>,
        legal: UnsafePointer<UInt64>
    ) {
        self.stream = stream
        self.target = target
        self.h = h
        self.logits = logits
        self.legal = legal
    }
}

/// Sums over rows, per field.
package struct Tally: Sendable {
    package var nats: [Double]
    package var rows: [Int]
    package var hits: [Int]

    package init(fields: Int) {
        nats = Array(repeating: 0, count: fields)
        rows = Array(repeating: 0, count: fields)
        hits = Array(repeating: 0, count: fields)
    }

    static func += (a: inout Tally, b: Tally) {
        for k in a.nats.indices {
            a.nats[k] += b.nats[k]
            a.rows[k] += b.rows[k]
            a.hits[k] += b.hits[k]
        }
    }
}
