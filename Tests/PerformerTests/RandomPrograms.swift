import Foundation
import Network
import Performer
import Ports
import Representation
import Testing

/// A session at random: notes, pedal, other messages, parameters, commands, another model, and a stop.
struct Program {
    enum Act {
        case message(UInt8, UInt8, UInt8)
        case set(Parameter, Float)
        case command(Command)
        case adopt(isDyads: Bool)
    }

    let seed: UInt64
    let isDyads: Bool
    let sampleRate: Int
    let start: Int64
    var acts: [(frame: Int64, act: Act)] = []
    var cycles: [Int] = []

    init(seed: UInt64) {
        var dice = Dice(state: seed)
        self.seed = seed
        isDyads = Int.random(in: 0..<3, using: &dice) == 0
        sampleRate = [11_025, 44_100, 48_000, 48_000, 96_000, 192_000].randomElement(using: &dice)!
        start = Bool.random(using: &dice) ? 0 : .random(in: 0..<(1 << 40), using: &dice)
        // Some last long enough for the listener to fall asleep.
        let isLong = Int.random(in: 0..<12, using: &dice) == 0
        let end = start + Int64(sampleRate) * .random(in: isLong ? 20...40 : 3...10, using: &dice)
        makeActs(until: end, isLong, &dice)
        let sizes = isLong ? [512, 1024, 8192] : [7, 16, 64, 128, 256, 256, 512, 1024, 4096, 8192]
        // A change to a cycle longer than the horizon of 400 ms would come too late for the plan.
        let longestCycle = sampleRate * 2 / 5
        var size = min(sizes.randomElement(using: &dice)!, longestCycle)
        let changes = Int.random(in: 0..<4, using: &dice) == 0
        var frame = start
        while frame < end {
            if changes && Int.random(in: 0..<50, using: &dice) == 0 {
                size = min(sizes.randomElement(using: &dice)!, longestCycle)
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

    private func act(_ keys: Range<UInt8>, _ dice: inout Dice) -> Act {
        let channel = UInt8(Int.random(in: 0..<8, using: &dice) == 0 ? 3 : 0)
        let key = UInt8.random(in: keys, using: &dice)
        switch Int.random(in: 0..<100, using: &dice) {
        case 0..<42: return .message(0x90 | channel, key, .random(in: 1..<128, using: &dice))
        case 42..<70: return .message(0x80 | channel, key, 0)
        case 70..<76: return .message(0x90 | channel, key, 0)
        case 76..<82: return .message(0xB0 | channel, 64, .random(in: 0..<128, using: &dice))
        case 82..<84: return .message(0xE0 | channel, key, .random(in: 0..<128, using: &dice))
        case 84: return .message([0x90, 0x80, 0xB0].randomElement(using: &dice)!, 200, 255)
        case 85: return .message(0xB0 | channel, 123, 0)
        case 86: return .message([0xF8, 0xFE, 0xFA].randomElement(using: &dice)!, 0, 0)
        case 87..<94: return change(&dice)
        case 94..<99:
            return .command([.takeover, .takeover, .yield, .panic, .reset].randomElement(using: &dice)!)
        default: return .adopt(isDyads: Bool.random(using: &dice))
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
        case .maxNote: value = .random(in: 0.1...3, using: &dice)
        case .forget: value = .random(in: 1...4, using: &dice)
        case .channel: value = Float(Int.random(in: 0...4, using: &dice))
        default:
            let declaration = parameter.declaration
            let any = Float.random(in: declaration.minimum...declaration.maximum, using: &dice)
            value = declaration.kind == .number ? any : any.rounded()
        }
        return .set(parameter, value)
    }

    /// Plays it.
    /// - Parameter laziness: how the improviser's thread is timed.
    func run(laziness: UInt64) -> Rig {
        var values = ParameterValues()
        values[.patience] = 300
        let rig = Rig(isDyads ? TinyModel.dyads : TinyModel.performance, sampleRate: sampleRate, start: start) {
            $0 = values
        }
        var dice = Dice(state: laziness)
        var missed = 0
        var frames = 0
        if laziness != 0 {
            rig.laziness = {
                // Not longer than the lead of 10 ms.
                missed += frames
                if missed + frames > sampleRate / 100 || Bool.random(using: &dice) { missed = 0 }
                return missed > 0
            }
        }
        var rest = acts[...]
        for size in cycles {
            frames = size
            let due = rest.prefix { $0.frame < rig.port.now + Int64(size) }
            rest = rest.dropFirst(due.count)
            var input: [TimedMessage] = []
            for (frame, act) in due {
                if case .message(let status, let data1, let data2) = act {
                    input.append(
                        TimedMessage(frame: max(frame, rig.port.now), status: status, data1: data1, data2: data2))
                } else {
                    control(rig, act)
                }
            }
            rig.cycle(size, input)
        }
        finish(rig)
        return rig
    }

    private func control(_ rig: Rig, _ act: Act) {
        switch act {
        case .set(let parameter, let value): try! rig.performer.set(parameter, to: value)
        case .command(let command): try! rig.performer.command(command)
        case .adopt(let isDyads):
            // A fresh mind that has heard nothing; it catches up with what the journal still holds.
            let mind = TinyModel.mind(isDyads ? TinyModel.dyads : TinyModel.performance)
            try! rig.adopt(mind)
        case .message: break
        }
    }

    /// The player lets go of everything, and the daemon leaves.
    private func finish(_ rig: Rig) {
        rig.laziness = { false }
        let channels: [UInt8] = [0, 3]
        rig.cycle(
            256,
            channels.map { TimedMessage(frame: rig.port.now, status: 0xB0 | $0, data1: 123, data2: 0) })
        try! rig.performer.command(.stop)
        rig.cycle(256)
        rig.cycle(256)
    }
}

@Suite struct RandomProgramTests {
    /// Every property a program must have; the first that fails, in words.
    static func fault(of program: Program, _ played: inout Int) -> String? {
        let rig = program.run(laziness: 0)
        played += rig.performer.stageCounters.played.value
        if let fault = faultInOutput(rig) ?? faultInHearing(rig, program) { return fault }
        let again = program.run(laziness: program.seed &+ 1)
        if again.output != rig.output {
            let index = zip(again.output, rig.output).enumerated().first { $1.0 != $1.1 }?.offset
            return "another thread timing gave another output, from message \(index ?? -1) of \(rig.output.count)"
        }
        return nil
    }

    static func faultInOutput(_ rig: Rig) -> String? {
        let counters = rig.performer.stageCounters
        if counters.late.value > 0 { return "\(counters.late.value) late" }
        if counters.dropped.value > 0 { return "\(counters.dropped.value) dropped" }
        if counters.lost.value + counters.silenced.value + counters.overflows.value > 0 { return "lost something" }
        for (a, b) in zip(rig.output, rig.output.dropFirst()) where b.frame < a.frame { return "out of order" }
        let hanging = soundingNotes(after: rig.output)
        if !hanging.isEmpty { return "\(hanging) hang" }
        return nil
    }

    static func faultInHearing(_ rig: Rig, _ program: Program) -> String? {
        var sounding: Set<UInt8> = []
        let rate = Int64(rig.sampleRate)
        for event in rig.recorder.machine {
            let isOn = event.kind == .noteOn
            if sounding.contains(event.key) == isOn { return "key \(event.key) of the machine twice on or off" }
            if isOn { sounding.insert(event.key) } else { sounding.remove(event.key) }
        }
        if !sounding.isEmpty { return "\(sounding) of the machine never ended" }
        for entry in rig.recorder.heard
        where entry.kind == .event && entry.event.player == .machine && entry.event.kind == .noteOn {
            if entry.frame != (entry.event.tick * rate + 50) / 100 { return "a note off its frame" }
        }
        return faultInTokens(rig)
    }

    /// The tokens the listener stepped are those of what was heard, encoded from nothing.
    static func faultInTokens(_ rig: Rig) -> String? {
        let tick = ((rig.port.now - 1) * 100 + Int64(rig.sampleRate) / 2) / Int64(rig.sampleRate)
        let events = rig.recorder.heard.map(\.event)
        guard !events.isEmpty else { return nil }
        let expected = encode(rig.representation, events, until: tick)
        if rig.recorder.tokens == expected { return nil }
        return
            "the tokens are not those of what was heard: \(rig.recorder.tokens.suffix(5)) \(expected.suffix(5))"
    }

    static func encode(_ representation: LiveRepresentation, _ events: [HeardEvent], until tick: Int64) -> [Token] {
        switch representation {
        case .performance: encode(Performance(), events, until: tick)
        case .dyads: encode(Dyads(), events, until: tick)
        }
    }

    private static func encode<R: Representation>(
        _ fresh: R, _ events: [HeardEvent], until tick: Int64
    ) -> [Token] {
        var representation = fresh
        var tokens: [Token] = []
        for event in events { representation.hear(event) { tokens.append($0) } }
        representation.advance(to: tick) { tokens.append($0) }
        return tokens
    }

    static let count = ProcessInfo.processInfo.environment["CONTINUO_PROGRAMS"].flatMap { Int($0) } ?? 10_000

    /// In batches, so that both cores are used.
    @Test(arguments: 0..<20) func programsEndInSilenceOnTheirFramesAndAreReproducible(batch: Int) {
        var played = 0
        for seed in stride(from: batch, to: Self.count, by: 20) {
            if let fault = Self.fault(of: Program(seed: UInt64(seed)), &played) {
                Issue.record("program \(seed): \(fault)")
                return
            }
        }
        // A machine that never plays would pass everything above.
        #expect(played > Self.count / 20 * 5, "only \(played) notes of the machine")
    }

    /// One program in full, for whoever looks for a fault: CONTINUO_PROGRAM=1421.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["CONTINUO_PROGRAM"] != nil))
    func oneProgram() {
        let program = Program(seed: UInt64(ProcessInfo.processInfo.environment["CONTINUO_PROGRAM"]!)!)
        print(
            "dyads \(program.isDyads), \(program.sampleRate) Hz, from \(program.start), cycles \(Set(program.cycles))")
        for (frame, act) in program.acts { print(frame - program.start, act) }
        let rig = program.run(laziness: 0)
        for entry in rig.recorder.heard {
            print(entry.frame - program.start, entry.kind, entry.event, entry.token)
        }
        for entry in rig.recorder.dropped { print("dropped", entry.frame - program.start, entry.event) }
        for message in rig.output { print("out", message.frame - program.start, message) }
        var played = 0
        print(Self.fault(of: program, &played) ?? "no fault")
    }
}
