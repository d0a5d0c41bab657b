/// What `continuo bench step` measures.
import Commands
import Kernels
import Network
import Random

/// A network that is played one event after the other.
protocol BenchSubject: AnyObject {
    var name: String { get }
    var network: Network { get }
    /// Hears the next event, up to its answer.
    func answer()
    /// What is left to do before the next event.
    func finish()
    /// As the instrument does between two events.
    func keepWarm()
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
    private var numbers: SplitMix64

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
        var numbers = SplitMix64(seed: 1)
        let layout = ParameterLayout(configuration)
        let range = 1 / Float(configuration.hidden).squareRoot()
        return Weights(layout: layout, values: (0..<layout.count).map { _ in range * numbers.unit() })
    }

    init(_ name: String, _ configuration: Configuration, _ kernels: KernelTable, _ precision: WeightPrecision) {
        self.name = name
        network = Network(Self.weights(configuration), kernels: kernels, precision: precision)
        memory = NetworkMemory(network)
        classes = configuration.fields[0].classes
        numbers = SplitMix64(seed: 2)
    }

    func answer() {
        var row = FieldRow(repeating: -1)
        row[0] = Int16(numbers.next() % UInt64(classes))
        memory.advance(row)
        memory.answer(0, given: row)
    }

    func finish() { memory.prepare() }

    func keepWarm() { memory.keepWarm() }
}

extension SplitMix64 {
    /// −1…1.
    fileprivate mutating func unit() -> Float { Float(Int32(truncatingIfNeeded: next() >> 32)) / 0x8000_0000 }
}
