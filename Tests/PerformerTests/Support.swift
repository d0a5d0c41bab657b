import Kernels
import Network
import Performer
import Ports
import Representation
import Session
import TestSupport
import Time

let kernels = try! KernelTable.best()

/// Untrained networks, which wander: what the performer must cope with, not what it is for.
enum TinyModel {
    static let performance = network(
        Performance.name, Performance.fields, seed: 1,
        recall: Configuration.Recall(field: 1, classes: 128, width: 16, length: 64), learns: true)
    /// The same network, but one that cannot learn.
    static let unlearning = network(
        Performance.name, Performance.fields, seed: 1,
        recall: Configuration.Recall(field: 1, classes: 128, width: 16, length: 64))
    static let dyads = {
        Representations.register(Dyads.self)
        return network(Dyads.name, Dyads.fields, seed: 2)
    }()

    /// A mask, and a recall, of more classes than `performance` has.
    static let wide = {
        Representations.register(Wide.self)
        return network(
            Wide.name, Wide.fields, seed: 3,
            recall: Configuration.Recall(field: 1, classes: Wide.recalled.classes, width: 16, length: 64))
    }()

    /// Chords whose ends sound long after their onsets, of thousands of classes.
    static let sonority = network(
        Sonority.name, Sonority.fields, seed: 4,
        recall: Configuration.Recall(field: 1, classes: Sonority.recalled.classes, width: 16, length: 64))

    static func network(
        _ name: String, _ fields: [TokenField], seed: UInt64, recall: Configuration.Recall? = nil,
        learns: Bool = false, kernels: KernelTable = kernels
    ) -> Network {
        let configuration = Configuration(
            representation: name, fields: fields.map { Field($0.name, classes: $0.classes) }, embedding: 8, hidden: 16,
            layers: 2, headWidth: 8, recall: recall)
        let layout = ParameterLayout(configuration)
        var dice = Dice(seed: seed)
        var values = (0..<layout.count).map { _ in Float.random(in: -0.6...0.6, using: &dice) }
        // Short shifts are likelier, as in music, so that replies have many notes.
        for shift in layout.headBiases[0].range { values[shift] -= Float(shift - layout.headBiases[0].offset) * 0.05 }
        if let gate = layout.recallGate { values.replaceSubrange(gate.range, with: [4, -1]) }
        var weights = Weights(layout: layout, values: values)
        if learns { weights.factors = factors(configuration) }
        return Network(weights, kernels: kernels, precision: .fp32)
    }

    /// Steps so long that a phrase changes the replies.
    private static func factors(_ configuration: Configuration) -> KroneckerFactors {
        func one(_ size: Int) -> [Float] { (0..<size * size).map { $0 % (size + 1) == 0 ? 1 : 0 } }
        let each = configuration.fields.map { _ in Float(1) }
        return KroneckerFactors(
            input: one(KroneckerFactors.inputs(configuration)), outputs: each.map { _ in one(configuration.headWidth) },
            rates: each.map { $0 / 2 }, limits: each)
    }

    /// By its fingerprint.
    static func network(_ fingerprint: UInt64) -> Network {
        [performance, dyads, wide, sonority].first { $0.fingerprint == fingerprint }!
    }

    static func mind(_ network: Network) -> Mind { try! Mind(network, kernels: kernels) }
}

/// A performer on the virtual clock, with what came out of it and what it heard.
final class Rig {
    let performer: Performer
    let port: MemoryPort
    let sampleRate: Int
    /// What the mind that plays makes of what it hears.
    private(set) var representation: any Representation.Type
    let list: NoteList
    var recorder: Recorder
    private(set) var output: [TimedMessage] = []
    /// The tape of the session, as a file would have it.
    private var tape = TapeEncoder()
    /// Cycles the improviser may miss: fewer than the lead of 10 ms allows.
    var laziness: (() -> Bool) = { false }

    init(
        _ network: Network = TinyModel.performance, sampleRate: Int = 48_000, start: Int64 = 0, room: Int = 4096,
        list: NoteList = NoteList(), _ change: (inout ParameterValues) -> Void = { _ in }
    ) {
        var values = ParameterValues()
        // The rule that tests can foretell.
        (values[.turnTaking], values[.patience], values[.hold], values[.ending]) = (0, 600, 2, 0)
        change(&values)
        self.sampleRate = sampleRate
        self.list = list
        representation = Representations.named(network.configuration.representation)!
        performer = Performer(
            mind: TinyModel.mind(network), sampleRate: sampleRate, values: values, list: list, isTaped: true)
        port = MemoryPort(performer, start: start, room: room)
        recorder = Recorder(sampleRate: sampleRate)
    }

    func cycle(_ frames: Int, _ input: [TimedMessage] = [], transport: Transport? = nil) {
        output += port.cycle(frames, input, improvising: !laziness(), transport: transport)
        recorder.collect(from: performer)
        while let item = performer.nextTapeItem() { tape.append(item) }
    }

    /// The items of the session so far.
    var tapeBody: [UInt8] {
        var tape = tape
        return tape.take()
    }
    /// The file of the session so far.
    var tapeFile: [UInt8] { TapeHeader(of: performer, version: "test", preset: "tiny").bytes + tapeBody }

    /// Runs until `frame` with the given messages.
    func play(_ input: [TimedMessage] = [], until frame: Int64, cycle frames: Int = 256) {
        var rest = input[...]
        while port.now < frame {
            let end = port.now + Int64(frames)
            let due = rest.prefix { $0.frame < end }
            rest = rest.dropFirst(due.count)
            cycle(frames, Array(due))
        }
    }

    /// Hands a new mind over, which takes over in the next cycle.
    func adopt(_ mind: Mind, heard: Int64 = 0) throws {
        try performer.adopt(mind, heard: heard)
        representation = Representations.named(mind.network.configuration.representation)!
    }

    func frame(milliseconds: Int64) -> Int64 { milliseconds * Int64(sampleRate) / 1000 }

    func on(_ milliseconds: Int64, _ key: UInt8, _ velocity: UInt8 = 70, channel: UInt8 = 0) -> TimedMessage {
        TimedMessage(frame: frame(milliseconds: milliseconds), status: 0x90 | channel, data1: key, data2: velocity)
    }

    func off(_ milliseconds: Int64, _ key: UInt8, channel: UInt8 = 0) -> TimedMessage {
        TimedMessage(frame: frame(milliseconds: milliseconds), status: 0x80 | channel, data1: key, data2: 0)
    }

    func on(frame: Int64, _ key: UInt8, channel: UInt8 = 0) -> TimedMessage {
        TimedMessage(frame: frame, status: 0x90 | channel, data1: key, data2: 70)
    }

    func off(frame: Int64, _ key: UInt8, channel: UInt8 = 0) -> TimedMessage {
        TimedMessage(frame: frame, status: 0x80 | channel, data1: key, data2: 0)
    }

    func pedal(_ milliseconds: Int64, down: Bool) -> TimedMessage {
        TimedMessage(frame: frame(milliseconds: milliseconds), status: 0xB0, data1: 64, data2: down ? 127 : 0)
    }

    /// The machine's messages, told apart by their channel.
    func machine(channel: UInt8 = 1) -> [TimedMessage] {
        output.filter { $0.status & 0x0F == channel && ($0.status & 0xE0) == 0x80 }
    }
}

/// What a synth hears: the notes that sound after `messages`.
func soundingNotes(after messages: [TimedMessage]) -> Set<Int> {
    var sounding: Set<Int> = []
    for message in messages {
        let note = Int(message.status & 0x0F) * 128 + Int(message.data1)
        switch message.status & 0xF0 {
        case 0x90 where message.data2 > 0: sounding.insert(note)
        case 0x80, 0x90: sounding.remove(note)
        default: break
        }
    }
    return sounding
}

/// The channels whose pedal is down after `messages`.
func pedalsDown(after messages: [TimedMessage]) -> Set<UInt8> {
    var down: Set<UInt8> = []
    for message in messages where message.status & 0xF0 == 0xB0 && message.data1 == 64 {
        if message.data2 >= 64 { down.insert(message.status & 15) } else { down.remove(message.status & 15) }
    }
    return down
}

/// A synth with sustain pedal (controller 64) and hold 2 (69): the notes that it sounds, as channel × 128 + key.
struct Synth {
    private(set) var sounding: Set<Int> = []
    private var sustained: Set<Int> = []
    /// Controller × 16 + channel of each pedal that is down.
    private var pedals: Set<Int> = []

    private func isSustaining(_ channel: UInt8) -> Bool {
        [64, 69].contains { pedals.contains($0 * 16 + Int(channel)) }
    }

    mutating func hear(_ message: TimedMessage) {
        let channel = message.status & 0x0F
        let note = Int(channel) * 128 + Int(message.data1)
        switch message.status & 0xF0 {
        case 0x90 where message.data2 > 0:
            sounding.insert(note)
            sustained.remove(note)
        case 0x80, 0x90:
            if isSustaining(channel) {
                if sounding.contains(note) { sustained.insert(note) }
            } else {
                sounding.remove(note)
            }
        case 0xB0 where message.data1 == 64 || message.data1 == 69:
            let pedal = Int(message.data1) * 16 + Int(channel)
            if message.data2 >= 64 { pedals.insert(pedal) } else { pedals.remove(pedal) }
            if isSustaining(channel) { break }
            for note in sustained where note / 128 == Int(channel) { sounding.remove(note) }
            sustained = sustained.filter { $0 / 128 != Int(channel) }
        case 0xB0 where message.data1 == 120:
            sounding = sounding.filter { $0 / 128 != Int(channel) }
            sustained = sustained.filter { $0 / 128 != Int(channel) }
        default: break
        }
    }

    static func sounding(after messages: some Sequence<TimedMessage>) -> Set<Int> {
        var synth = Synth()
        for message in messages { synth.hear(message) }
        return synth.sounding
    }
}
