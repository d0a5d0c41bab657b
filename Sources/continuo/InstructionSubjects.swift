/// What `continuo bench instructions` counts: parts of the instrument on inputs that are the same in every run.
import Kernels
import Network
import Performer
import Ports
import Random
import Representation

/// A part of the instrument that can be done again and again.
struct InstructionSubject {
    let name: String
    /// How often in the first of the two runs whose difference counts.
    let times: Int
    /// Does it `count` times.
    let work: (_ count: Int) throws -> Void
    /// What must follow a run and is not counted.
    var settle: () -> Void = {}

    /// Sizes of the random networks. The second is that of `maestro-small`, without its recall.
    private static let shapes = [("64", shape(64, 64, 32)), ("256", shape(128, 256, 128))]

    private static func shape(_ embedding: Int, _ hidden: Int, _ headWidth: Int) -> Configuration {
        Configuration(
            representation: Performance.name, fields: Performance.fields.map { Field($0.name, classes: $0.classes) },
            embedding: embedding, hidden: hidden, layers: 2, headWidth: headWidth)
    }

    /// All that this processor runs.
    static func all() throws -> [InstructionSubject] {
        var subjects: [InstructionSubject] = []
        for variant in KernelVariant.allCases where variant.isSupported {
            let kernels = try KernelTable.table(variant)
            for precision in WeightPrecision.allCases {
                let name = "step \(variant.rawValue) \(precision.rawValue)"
                subjects.append(step(name, Network(weights(0), kernels: kernels, precision: precision)))
            }
            subjects.append(
                step("step \(variant.rawValue) mixed 256", Network(weights(1), kernels: kernels, precision: .mixed)))
            let mind = try Mind(Network(weights(0), kernels: kernels, precision: .mixed), kernels: kernels)
            subjects.append(draw("draw \(variant.rawValue)", mind))
        }
        // Beside the network's part, which is above, the same with every instruction set.
        let kernels = try KernelTable.table(.portable)
        func performer() throws -> Performer {
            let network = Network(weights(0), kernels: kernels, precision: .mixed)
            return Performer(mind: try Mind(network, kernels: kernels), sampleRate: 48_000, values: values)
        }
        subjects.append(cycle("cycle, empty", try performer(), chords: false))
        subjects.append(cycle("cycle, a chord of four begins or ends", try performer(), chords: true))
        subjects.append(try reply("reply, a second planned and played", performer()))
        return subjects
    }

    private static var values: ParameterValues {
        var values = ParameterValues()
        values[.seed] = 1
        values[.auto] = 0
        values[.shortest] = 3600
        values[.longest] = 3600
        return values
    }

    private static func weights(_ shape: Int) -> Weights { PlainSubject.weights(shapes[shape].1) }

    /// A whole step: an event heard, the logits of every field, and what is prepared for the next.
    private static func step(_ name: String, _ network: Network) -> InstructionSubject {
        let memory = NetworkMemory(network)
        var numbers = SplitMix64(seed: 2)
        return InstructionSubject(name: name, times: 4) { count in
            for _ in 0..<count {
                var row = FieldRow(repeating: -1)
                for (field, value) in network.configuration.fields.enumerated() {
                    row[field] = Int16(numbers.next() % UInt64(value.classes))
                }
                memory.advance(row)
                for field in network.configuration.fields.indices { memory.answer(field, given: row) }
                memory.prepare()
            }
        }
    }

    /// A sampled event: masks, logits, temperature and top-p of its fields.
    private static func draw(_ name: String, _ mind: Mind) -> InstructionSubject {
        mind.beginAnswers()
        var values = values
        for parameter in [Parameter.topPTime, .topPKey, .topPVelocity] { values[parameter] = 0.9 }
        return InstructionSubject(name: name, times: 16) { count in
            // Another event each time, the same ones in every run of so many.
            for index in 0..<count { _ = mind.draw(values, index: UInt64(index % 16)) }
        }
    }

    /// Cycles of 256 frames of the stage alone, which passes the player's notes on. What the improviser makes of
    /// them is not counted.
    private static func cycle(_ name: String, _ performer: Performer, chords: Bool) -> InstructionSubject {
        let output = UnsafeMutablePointer<MIDIMessage>.allocate(capacity: 256)
        let chord = UnsafeMutablePointer<MIDIMessage>.allocate(capacity: 4)
        var now: Int64 = 0
        var isOn = false
        let work = { (count: Int) in
            for _ in 0..<count {
                isOn.toggle()
                for (index, key) in ([60, 64, 67, 72] as [UInt8]).enumerated() {
                    chord[index] = MIDIMessage(
                        offset: UInt32(index * 9), status: isOn ? 0x90 : 0x80, data1: key, data2: 70)
                }
                _ = performer.stage.run(
                    Cycle(
                        start: now, frames: 256, input: UnsafeBufferPointer(start: chord, count: chords ? 4 : 0),
                        output: UnsafeMutableBufferPointer(start: output, count: 256)))
                now += 256
            }
        }
        return InstructionSubject(name: name, times: 8, work: work) { performer.work() }
    }

    /// A reply that does not end, a second each time: stage and improviser together, planning included.
    private static func reply(_ name: String, _ performer: Performer) throws -> InstructionSubject {
        let port = MemoryPort(performer)
        try performer.command(.takeover)
        return InstructionSubject(name: name, times: 1) { count in
            for _ in 0..<(count * 100) { _ = port.cycle(480) }
        }
    }
}
