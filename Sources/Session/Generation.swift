/// A continuation without a port: the same instrument on a virtual clock.

import Performer
import Ports
import Score

/// What `continuo generate` plays. The same seed file, model, parameters and kernel variant give the same events.
public struct Generation {
    /// What was continued, as far as it changes what sounds.
    public let seed: Seed
    /// What came after it, on the channel of the seed's last note unless a parameter names another; times from the start
    /// of the seed.
    public let machine: [PlayedEvent]
    /// When, in nanoseconds, the machine last began from a blank memory after notes of the seed: a pause there was longer
    /// than `forget`.
    public let forgotAt: Int64?

    private static let sampleRate: Int64 = 48_000
    /// A tick.
    private static let cycle = 480

    /// Plays the seed to the mind, lets go of all keys, and has it continue.
    /// - Parameters:
    ///   - played: in playing order; may be empty. What changes nothing is no end of it.
    ///   - mind: taken over.
    ///   - seconds: length of the continuation, 0.5…3600.
    ///   - ends: it ends as a reply does (`ending`), near this length; otherwise it stops there.
    public init(
        continuing played: [PlayedEvent], with mind: Mind, _ values: ParameterValues, seconds: Float,
        ends: Bool = false
    ) throws(PerformerError) {
        var values = values
        values[.auto] = 0
        (values[.thru], values[.mode], values[.length], values[.attract]) = (0, 0, 0, 0)
        (values[.shortest], values[.longest]) = (seconds, seconds)
        if !ends { values[.ending] = 0 }
        let performer = Performer(mind: mind, sampleRate: Int(Self.sampleRate), values: values)
        let port = MemoryPort(performer)
        var recorder = Recorder(sampleRate: Int(Self.sampleRate))
        func pass(_ input: [TimedMessage] = []) {
            _ = port.cycle(Self.cycle, input)
            recorder.collect(from: performer)
        }
        let seed = Seed(played)
        var rest = Self.messages(seed.events + seed.endings)[...]
        while !rest.isEmpty {
            let due = rest.prefix { $0.frame < port.now + Int64(Self.cycle) }
            rest = rest.dropFirst(due.count)
            pass(Array(due))
        }
        let forgotAt = recorder.forgotAt
        let end = port.now + Int64(Double(seconds) * Double(Self.sampleRate))
        if ends {
            try performer.command(.takeover)
            repeat { pass() } while performer.phase != .listening && port.now < 2 * end
        }
        while port.now < end && !ends {
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
        let channel = values[.channel] > 0 ? UInt8(values[.channel]) - 1 : seed.channel
        let machine = recorder.machine.map { event in
            var event = event
            event.channel = channel
            return event
        }
        (self.seed, self.machine, self.forgotAt) = (seed, machine, forgotAt)
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
