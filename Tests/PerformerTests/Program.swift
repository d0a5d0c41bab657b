import Network
import Performer
import Ports
import Representation
import TestSupport
import Time

/// A session at random: notes, pedal, floods, noise, parameters, commands, another model, and a stop.
struct Program {
    enum Act {
        /// Its offset is set when the cycles are known.
        case message(MIDIMessage)
        case control(TapeItem)
        /// News of the cycle that it falls into.
        case transport(Transport)

        static func message(_ status: UInt8, _ data1: UInt8, _ data2: UInt8, size: UInt8? = nil) -> Act {
            .message(
                MIDIMessage(
                    offset: 0, status: status, data1: data1, data2: data2,
                    size: size ?? MIDIMessage.size(ofStatus: status)))
        }
    }

    let seed: UInt64
    let isDyads: Bool
    /// The model that it begins with.
    var model: Network
    let sampleRate: Int
    let start: Int64
    /// Where the player plays.
    let channels: [UInt8]
    /// The player never lets go of some keys, nor of anything at the end.
    let sticks: Bool
    var acts: [(frame: Int64, act: Act)] = []
    var cycles: [Int] = []

    init(seed: UInt64) {
        var dice = Dice(seed: seed)
        self.seed = seed
        isDyads = Int.random(in: 0..<3, using: &dice) == 0
        model = isDyads ? TinyModel.dyads : TinyModel.performance
        sampleRate = [11_025, 44_100, 48_000, 48_000, 88_200, 96_000, 192_000].randomElement(using: &dice)!
        start = Bool.random(using: &dice) ? 0 : .random(in: 0..<(1 << 40), using: &dice)
        channels = [[0], [0, 0, 0, 0, 0, 0, 0, 3], [9, 2], Array(0..<16)].randomElement(using: &dice)!
        sticks = Int.random(in: 0..<4, using: &dice) == 0
        // Some last long enough for the listener to fall asleep.
        let isLong = Int.random(in: 0..<12, using: &dice) == 0
        let end = start + Int64(sampleRate) * .random(in: isLong ? 20...40 : 3...10, using: &dice)
        makeActs(until: end, isLong, &dice)
        if Int.random(in: 0..<12, using: &dice) == 0 { makeFlood(until: end, &dice) }
        makeCycles(until: end, isLong, &dice)
    }

    private mutating func makeCycles(until end: Int64, _ isLong: Bool, _ dice: inout Dice) {
        let sizes = isLong ? [512, 1024, 8192] : [7, 16, 32, 64, 128, 256, 256, 441, 512, 1024, 2048, 4096, 8192]
        let changes = Int.random(in: 0..<4, using: &dice) == 0
        // A change to a cycle longer than the horizon of 400 ms would come too late for the plan.
        let longest = changes ? sampleRate * 2 / 5 : .max
        var size = min(sizes.randomElement(using: &dice)!, longest)
        var frame = start
        while frame < end {
            if changes && Int.random(in: 0..<50, using: &dice) == 0 {
                size = min(sizes.randomElement(using: &dice)!, longest)
            }
            cycles.append(size)
            frame += Int64(size)
        }
    }

    private mutating func makeActs(until end: Int64, _ isLong: Bool, _ dice: inout Dice) {
        var frame = start
        let keys = UInt8(30)..<UInt8.random(in: 34..<90, using: &dice)
        let millisecond = Int64(sampleRate) / 1000
        while true {
            switch Int.random(in: 0..<12, using: &dice) {
            case 0 where isLong: frame += millisecond * .random(in: 7000..<15_000, using: &dice)
            case 0...1: frame += millisecond * .random(in: 200..<3000, using: &dice)
            case 2...5: frame += millisecond * .random(in: 0..<200, using: &dice)
            default: frame += .random(in: 0..<(12 * millisecond), using: &dice)
            }
            guard frame < end else { return }
            acts.append((frame, act(keys, &dice)))
        }
    }

    /// 10,000 events a second for up to 300 ms: glissandos, trills, or a broken cable's bytes, with clock in between.
    private mutating func makeFlood(until end: Int64, _ dice: inout Dice) {
        let count = Int.random(in: 100..<3000, using: &dice)
        let first = Int64.random(in: start..<(end - Int64(sampleRate)), using: &dice)
        let keys = UInt8(0)..<UInt8.random(in: 1...128, using: &dice)
        let isNoise = Int.random(in: 0..<4, using: &dice) == 0
        let channel = channels.randomElement(using: &dice)!
        for index in 0..<count {
            let frame = first + Int64(index * sampleRate / 10_000)
            if index % 20 == 0 {
                acts.append((frame, .message(0xF8, 0, 0, size: 1)))
            } else if isNoise {
                acts.append((frame, noise(&dice)))
            } else {
                let velocity: UInt8 = index % 2 == 0 ? 70 : 0
                acts.append((frame, .message(0x90 | channel, .random(in: keys, using: &dice), velocity)))
            }
        }
        acts.sort { $0.frame < $1.frame }
    }

    private func act(_ keys: Range<UInt8>, _ dice: inout Dice) -> Act {
        let channel = channels.randomElement(using: &dice)!
        let key = UInt8.random(in: keys, using: &dice)
        let isStuck = sticks && key % 4 == 0
        switch Int.random(in: 0..<100, using: &dice) {
        case 42..<76 where isStuck: return .message(0xD0 | channel, key, 0)
        case 0..<42: return .message(0x90 | channel, key, .random(in: 1..<128, using: &dice))
        case 42..<70: return .message(0x80 | channel, key, 0)
        case 70..<76: return .message(0x90 | channel, key, 0)
        case 76..<82: return .message(0xB0 | channel, 64, .random(in: 0..<128, using: &dice))
        case 82: return .message(0xE0 | channel, key, .random(in: 0..<128, using: &dice))
        case 83: return noise(&dice)
        case 84: return .message(0xB0 | channel, [120, 123].randomElement(using: &dice)!, 0)
        case 85 where key % 8 == 0: return .transport(transport(&dice))
        case 85...86:
            return .message(
                [0xF8, 0xF8, 0xFE, 0xFA, 0xFB, 0xFC].randomElement(using: &dice)!, 0, 0, size: 1)
        case 87..<94: return change(&dice)
        case 94 where key % 4 == 0: return .control([.letGo, .doubt, .releaseLeft].randomElement(using: &dice)!)
        case 94..<99:
            return .control(
                .command(
                    [
                        .takeover, .takeover, .yield, .panic, .reset, .tap, .undo, .undo, .vary, .vary, .again,
                        .again, .loop,
                    ].randomElement(using: &dice)!))
        default:
            let network = Bool.random(using: &dice) ? TinyModel.dyads : TinyModel.performance
            return .control(.mind(network.fingerprint, heard: 0))
        }
    }

    private func transport(_ dice: inout Dice) -> Transport {
        var transport = Transport(
            isRolling: .random(using: &dice), frame: .random(in: 0..<1 << 32, using: &dice))
        if Bool.random(using: &dice) {
            transport.music = Transport.Music(
                beats: Beats(units: .random(in: 0..<1 << 50, using: &dice)),
                tempo: Tempo(beatsPerMinute: .random(in: 1...999, using: &dice))!,
                meter: Meter(.random(in: 1...12, using: &dice), [2, 4, 8].randomElement(using: &dice)!)!)
        }
        return transport
    }

    /// What a bad cable or driver makes of running status: data bytes without status, messages cut short, bytes at random.
    private func noise(_ dice: inout Dice) -> Act {
        let byte = UInt8.random(in: 0...255, using: &dice)
        switch Int.random(in: 0..<4, using: &dice) {
        case 0: return .message(byte & 0x7F, byte, 0, size: .random(in: 1...3, using: &dice))
        case 1: return .message(0x80 | byte & 0x7F, byte & 0x7F, 0, size: .random(in: 1...2, using: &dice))
        case 2: return .message(0x80 | byte & 0x3F, byte | 0x80, 255)
        default: return .message(byte, .random(in: 0...255, using: &dice), .random(in: 0...255, using: &dice))
        }
    }

    private func change(_ dice: inout Dice) -> Act {
        let parameter = Parameter.allCases.randomElement(using: &dice)!
        let value: Float
        switch parameter {
        case .patience: value = .random(in: 0...900, using: &dice)
        case .hold: value = .random(in: 0.1...2, using: &dice)
        case .entry: value = .random(in: -1...300, using: &dice)
        case .shortest, .longest: value = .random(in: 0.5...5, using: &dice)
        case .mode: value = Bool.random(using: &dice) ? 0 : Float(Int.random(in: 0...5, using: &dice))
        case .attract: value = Bool.random(using: &dice) ? 0 : .random(in: 0.3...3, using: &dice)
        case .maxNote: value = .random(in: 0.1...3, using: &dice)
        case .forget: value = .random(in: 1...4, using: &dice)
        case .grid, .quantise, .bars: value = Float(max(0, Int.random(in: -3...3, using: &dice)) % 3)
        case .tempo: value = .random(in: 40...400, using: &dice)
        case .low: value = Float(Int.random(in: 0...60, using: &dice))
        case .high: value = Float(Int.random(in: 50...127, using: &dice))
        case .scale where Bool.random(using: &dice), .notesPerSecond where Bool.random(using: &dice): value = 0
        case .notesPerSecond: value = .random(in: 0...12, using: &dice)
        case .topKTime, .topKKey, .topKVelocity: value = Float(Int.random(in: 0...20, using: &dice))
        case .minPTime, .minPKey, .minPVelocity: value = .random(in: 0...0.3, using: &dice)
        case .chordSplit: value = Float(Bool.random(using: &dice) ? 0 : Int.random(in: 30...80, using: &dice))
        case .channel: value = Float(Int.random(in: 0...4, using: &dice))
        default:
            let declaration = parameter.declaration
            let any = Float.random(in: declaration.minimum...declaration.maximum, using: &dice)
            value = Float(declaration.step(nearest: Double(any)))
        }
        return .control(.parameter(Int32(parameter.rawValue), value))
    }

    /// What it begins with.
    static let values = {
        var values = ParameterValues()
        values[.patience] = 300
        return values
    }()

    /// Plays it.
    /// - Parameters:
    ///   - laziness: how the improviser's thread is timed; 0: it works after each cycle, else only when it is asked to, and late.
    ///   - watch: `MemoryPort.watch`.
    func run(laziness: UInt64, watch: ((Bool) -> Void)? = nil) -> Rig {
        let rig = Rig(model, sampleRate: sampleRate, start: start) { $0 = Self.values }
        rig.port.watch = watch
        var dice = Dice(seed: laziness)
        var missed = 0
        var (frames, next) = (0, 0)
        if laziness != 0 {
            rig.port.followsWakes = true
            rig.laziness = {
                // Not longer than the lead of 10 ms.
                missed += frames
                // Nor across a change of their length, for which a server stands still.
                if missed + frames > sampleRate / 100 || next != frames || Bool.random(using: &dice) { missed = 0 }
                return missed > 0
            }
        }
        let tape = tape
        for (index, cycle) in tape.enumerated() {
            (frames, next) = (cycle.frames, index + 1 < tape.count ? tape[index + 1].frames : cycle.frames)
            for item in cycle.control { control(rig, item) }
            rig.cycle(
                cycle.frames,
                cycle.input.map {
                    TimedMessage(
                        frame: cycle.start + Int64($0.offset), status: $0.status, data1: $0.data1, data2: $0.data2,
                        size: $0.size)
                }, transport: cycle.transport)
        }
        finish(rig)
        return rig
    }

    /// The parameters from each frame on, in order.
    var settings: [(frame: Int64, values: ParameterValues)] {
        var values = Self.values
        var settings = [(frame: start, values: values)]
        for cycle in tape {
            for case .parameter(let index, let value) in cycle.control {
                values[Parameter(rawValue: Int(index))!] = value
                settings.append((cycle.start, values))
            }
        }
        return settings
    }

    /// What happens, in the form of a session's tape.
    private var tape: [TapedCycle] {
        var frame = start
        var rest = acts[...]
        return cycles.map { size in
            var cycle = TapedCycle(start: frame, frames: size, room: 4096)
            frame += Int64(size)
            let due = rest.prefix { $0.frame < frame }
            rest = rest.dropFirst(due.count)
            for (place, act) in due {
                switch act {
                case .message(var message):
                    message.offset = UInt32(max(place - cycle.start, 0))
                    cycle.input.append(message)
                case .control(let item): cycle.control.append(item)
                case .transport(let transport): cycle.transport = transport
                }
            }
            return cycle
        }
    }

    private func control(_ rig: Rig, _ item: TapeItem) {
        switch item {
        case .parameter(let index, let value): try! rig.performer.set(Parameter(rawValue: Int(index))!, to: value)
        case .command(let command): try! rig.performer.command(command)
        // A fresh mind that has heard nothing; it catches up with what the journal still holds.
        case .mind(let fingerprint, let heard):
            try! rig.adopt(TinyModel.mind(TinyModel.network(fingerprint)), heard: heard)
        case .letGo: try! rig.performer.letGo()
        case .doubt: try! rig.performer.doubt()
        case .releaseLeft: try! rig.performer.releaseLeft()
        case .cycle, .transport, .input, .plan, .lapse, .refused, .output, .gap, .beat, .echo, .machine: break
        }
    }

    /// The player lets go of everything, or of nothing, and the daemon leaves.
    private func finish(_ rig: Rig) {
        rig.laziness = { false }
        rig.port.followsWakes = false
        if !sticks {
            rig.cycle(
                256,
                (UInt8(0)..<16).map { TimedMessage(frame: rig.port.now, status: 0xB0 | $0, data1: 123, data2: 0) })
        }
        try! rig.performer.command(.stop)
        for _ in 0..<100 where rig.performer.silentFrom == nil { rig.cycle(256) }
        rig.cycle(256)
    }
}
