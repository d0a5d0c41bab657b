/// What `continuo bench step` measures.
import Kernels
import Network

/// A network that is played one event after the other.
protocol BenchSubject: AnyObject {
    var name: String { get }
    var network: Network { get }
    /// Hears the next event, up to its answer.
    func answer()
    /// What is left to do before the next event.
    func finish()
}

extension BenchSubject {
    /// Bytes of weights read for an answer, and for the whole step.
    var bytes: (answer: Int, whole: Int) { network.bytesRead }
}

/// S1 to S4, random weights: an answer is the logits of the only field.
final class PlainSubject: BenchSubject {
    let name: String
    let network: Network
    private let memory: NetworkMemory
    private let classes: Int
    private var numbers: SplitMix

    /// Sizes of the literature: three of Performance RNN's kind (388 event classes), and a character network of ABC.
    static let shapes: [(name: String, configuration: Configuration)] = [
        ("S1", shape(classes: 388, embedding: 256, hidden: 256, layers: 2)),
        ("S2", shape(classes: 86, embedding: 512, hidden: 256, layers: 3)),
        ("S3", shape(classes: 388, embedding: 512, hidden: 512, layers: 2)),
        ("S4", shape(classes: 388, embedding: 512, hidden: 1024, layers: 2)),
    ]

    private static func shape(classes: Int, embedding: Int, hidden: Int, layers: Int) -> Configuration {
        Configuration(
            representation: "bench", fields: [Field("event", classes: classes)], embedding: embedding, hidden: hidden,
            layers: layers, headWidth: 0)
    }

    /// PyTorch's initial range of an LSTM, ±1/√hidden, for all tensors.
    static func weights(_ configuration: Configuration) -> Weights {
        var numbers = SplitMix(state: 1)
        let layout = ParameterLayout(configuration)
        let range = 1 / Float(configuration.hidden).squareRoot()
        return Weights(layout: layout, values: (0..<layout.count).map { _ in range * numbers.unit() })
    }

    init(_ name: String, _ configuration: Configuration, _ kernels: KernelTable, _ precision: WeightPrecision) {
        self.name = name
        network = Network(Self.weights(configuration), kernels: kernels, precision: precision)
        memory = NetworkMemory(network)
        classes = configuration.fields[0].classes
        numbers = SplitMix(state: 2)
    }

    func answer() {
        var row = FieldRow(repeating: -1)
        row[0] = Int16(numbers.next() % UInt64(classes))
        network.engine.advance(memory.state, row, scratch: memory.scratch)
        network.engine.logits(0, given: row, state: memory.state, scratch: memory.scratch, into: memory.logits)
    }

    func finish() { network.engine.prepare(memory.state, scratch: memory.scratch) }
}

/// The same numbers on every machine (Steele, Lea & Flood 2014).
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// −1…1.
    mutating func unit() -> Float { Float(Int32(truncatingIfNeeded: next() >> 32)) / 0x8000_0000 }
}
