import Hostile
import Kernels
import Network
import Performer
import Ports
import TestSupport
import Testing

/// A model file whose weights are all finite may still make the network overflow, to infinities and numbers that are none.
/// It plays nonsense then, but nonsense that ends.
@Suite struct WildModelTests {
    private static let configuration = Configuration.performance(embedding: 8, headWidth: 8)

    private enum Wildness: CaseIterable {
        /// Of any size that a number has.
        case anyBits
        case largest
        case smallest
    }

    private func weights(_ wildness: Wildness, _ damage: inout Damage) -> Weights {
        let layout = ParameterLayout(Self.configuration)
        return Weights(
            layout: layout,
            values: (0..<layout.count).map { _ in
                let bits = UInt32.random(in: 0...UInt32.max, using: &damage)
                let any = Float(bitPattern: bits)
                let sign: Float = bits & 1 == 0 ? 1 : -1
                return switch wildness {
                case .anyBits: any.isFinite ? any : sign
                case .largest: sign * Float.greatestFiniteMagnitude
                case .smallest: sign * Float.leastNonzeroMagnitude
                }
            })
    }

    @Test(arguments: WeightPrecision.allCases) func whateverItPlaysEnds(precision: WeightPrecision) throws {
        let kernels = try KernelTable.best()
        for seed in 0..<12 {
            var damage = Damage(seed: UInt64(seed))
            let wildness = Wildness.allCases[seed % 3]
            let network = Network(weights(wildness, &damage), kernels: kernels, precision: precision)
            var values = ParameterValues()
            values[.patience] = 50
            values[.channel] = 2
            if seed % 2 == 0 { values[.topPKey] = 1 }
            let performer = Performer(mind: try Mind(network, kernels: kernels), sampleRate: 48_000, values: values)
            let port = MemoryPort(performer)
            var sounding: Set<UInt8> = []
            // Leaving, it ends what does not sound too.
            var isLeaving = false
            func cycle(_ input: [TimedMessage] = []) {
                for message in port.cycle(256, input) where message.status & 0x0F == 1 {
                    #expect(message.data1 < 128 && message.data2 < 128)
                    switch message.status {
                    case 0x91: #expect(message.data2 > 0 && sounding.insert(message.data1).inserted)
                    case 0x81: #expect(sounding.remove(message.data1) != nil || isLeaving)
                    case 0xB1: #expect(sounding.isEmpty && isLeaving)
                    default: Issue.record("\(message)")
                    }
                }
            }
            for round in 0..<3 {
                cycle([TimedMessage(frame: port.now, status: 0x90, data1: UInt8(60 + round), data2: 80)])
                cycle([TimedMessage(frame: port.now, status: 0x80, data1: UInt8(60 + round), data2: 0)])
                for _ in 0..<300 { cycle() }
            }
            try performer.command(.stop)
            isLeaving = true
            for _ in 0..<4 { cycle() }
            #expect(sounding.isEmpty, "\(wildness), seed \(seed)")
        }
    }
}
