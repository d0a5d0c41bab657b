/// A continuation without a port: the same instrument on a virtual clock.

import Performer
import Ports
import Score

/// What `continuo generate` plays. The same seed file, model, parameters and kernel variant give the same events.
public struct Generation {
    /// The seed, ended by letting go of what it leaves down, and what came after it; times from the start of the seed.
    public let human: [PlayedEvent]
    public let machine: [PlayedEvent]

    private static let sampleRate: Int64 = 48_000
    /// A tick.
    private static let cycle = 480

    /// Plays the seed to the mind, lets go of all keys, and has it continue.
    /// - Parameters:
    ///   - seed: in playing order; may be empty.
    ///   - mind: taken over.
    ///   - seconds: length of the continuation, 0.5…3600.
    public init(
        continuing seed: [PlayedEvent], with mind: Mind, _ values: ParameterValues, seconds: Float
    ) throws(PerformerError) {
        var values = values
        values[.auto] = 0
        values[.thru] = 0
        (values[.shortest], values[.longest]) = (seconds, seconds)
        let performer = Performer(mind: mind, sampleRate: Int(Self.sampleRate), values: values)
        let port = MemoryPort(performer)
        var recorder = Recorder(sampleRate: Int(Self.sampleRate))
        func pass(_ input: [TimedMessage] = []) {
            _ = port.cycle(Self.cycle, input)
            recorder.collect(from: performer)
        }
        let seed = seed + Self.lettingGo(of: seed)
        var rest = Self.messages(seed)[...]
        while !rest.isEmpty {
            let due = rest.prefix { $0.frame < port.now + Int64(Self.cycle) }
            rest = rest.dropFirst(due.count)
            pass(Array(due))
        }
        let end = port.now + Int64(Double(seconds) * Double(Self.sampleRate))
        while port.now < end {
            // It may fall asleep over a long rest; then it is asked again.
            if performer.phase == .listening {
                let left = max(Float(end - port.now) / Float(Self.sampleRate), 0.5)
                try performer.set(.shortest, to: left)
                try performer.set(.longest, to: left)
                try performer.command(.takeover)
            }
            pass()
        }
        for _ in 0..<200 where performer.phase == .replying { pass() }
        try performer.command(.stop)
        pass()
        (human, machine) = (seed, recorder.machine)
    }

    /// The ends of the keys and pedals that the seed leaves down.
    private static func lettingGo(of seed: [PlayedEvent]) -> [PlayedEvent] {
        var pedals: Set<UInt8> = []
        var keys: Set<Int> = []
        for event in seed {
            let note = Int(event.channel) * 128 + Int(event.key)
            switch event.kind {
            case .noteOn: keys.insert(note)
            case .noteOff: keys.remove(note)
            case .sustain: if event.value >= 64 { pedals.insert(event.channel) } else { pedals.remove(event.channel) }
            }
        }
        let end = seed.last?.time ?? 0
        return keys.sorted().map {
            PlayedEvent(time: end, kind: .noteOff, channel: UInt8($0 / 128), key: UInt8($0 % 128), value: 64)
        } + pedals.sorted().map { PlayedEvent(time: end, kind: .sustain, channel: $0, key: 0, value: 0) }
    }

    /// The seed as a keyboard sends it.
    private static func messages(_ seed: [PlayedEvent]) -> [TimedMessage] {
        seed.map { event in
            let status: UInt8
            switch event.kind {
            case .noteOn: status = 0x90
            case .noteOff: status = 0x80
            case .sustain: status = 0xB0
            }
            let (seconds, rest) = event.time.quotientAndRemainder(dividingBy: 1_000_000_000)
            let frame = seconds * sampleRate + (rest * sampleRate + 500_000_000) / 1_000_000_000
            return TimedMessage(
                frame: frame, status: status | event.channel,
                data1: event.kind == .sustain ? 64 : event.key, data2: event.value)
        }
    }
}
