/// What random players do, and what is done to the instrument meanwhile.

import Control
import Performer

extension Drill {
    public enum Act: String, CaseIterable, Sendable {
        case phrase, interruption, takeover, yield, panic, reset, rest
        case manyInterruptions = "many interruptions"
        case playingAlong = "playing along"
        case parameterStorm = "parameter storm"
        case changePreset = "preset change"
        case changeServer = "server change"
    }

    func perform(_ act: Act) throws {
        switch act {
        case .phrase:
            playPhrase()
            try followPhrase()
            try follow(seconds: dice.number(0.2...3))
        case .interruption: try interrupt()
        case .manyInterruptions: for _ in 0..<4 { try interrupt() }
        case .takeover:
            control.send(OSCMessage("/continuo/takeover"))
            try follow(seconds: dice.number(0.1...2))
        case .playingAlong:
            try set(.yield, 0)
            control.send(OSCMessage("/continuo/takeover"))
            playPhrase()
            try followPhrase()
            try set(.yield, 1)
        case .parameterStorm: try storm()
        case .changePreset:
            playPhrase()
            for _ in 0..<3 { try loadPreset() }
            try followPhrase()
            try follow(seconds: dice.number(0.2...2))
            try loadPreset()
            try follow(seconds: 0.5)
        case .yield, .panic, .reset:
            control.send(OSCMessage("/continuo/takeover"))
            try follow(seconds: dice.number(0.05...1))
            control.send(OSCMessage("/continuo/\(act.rawValue)"))
            try expectSilence(after: act)
        case .rest: try follow(seconds: dice.number(0.5...6))
        case .changeServer:
            playPhrase()
            try follow(seconds: dice.number(0.1...1))
            try changeServer()
        }
    }

    private func interrupt() throws {
        control.send(OSCMessage("/continuo/takeover"))
        playPhrase(interrupting: true)
        try followPhrase()
        try follow(seconds: dice.number(0...1))
    }

    private func loadPreset() throws {
        let answer = control.ask(OSCMessage("/continuo/preset/load", [.string(setting.preset)]), within: 60_000)
        guard answer?.address == "/continuo/reply" else {
            try check()
            throw DuetError.late("the preset was not loaded: \(answer.map { "\($0.arguments)" } ?? "no answer")")
        }
    }

    /// Hundreds of changes in a row, while there is playing.
    private func storm() throws {
        playPhrase()
        for round in 0..<20 {
            for _ in 0..<20 {
                let parameter = Parameter.allCases.randomElement(using: &dice)!
                send(parameter, dice.value(of: parameter))
            }
            if round % 5 == 0 { control.send(OSCMessage("/continuo/takeover")) }
            control.drain()
            try follow(seconds: 0.02)
        }
        try followPhrase()
        try restoreParameters()
        // What was begun under other values ends under these.
        control.send(OSCMessage("/continuo/yield"))
        try expectSilence(after: .parameterStorm)
    }

    /// The defaults, but a machine that does not wait long.
    func restoreParameters() throws {
        for parameter in Parameter.allCases { try set(parameter, parameter.declaration.defaultValue) }
        try set(.channel, Float(Self.machineChannel) + 1)
        try set(.patience, 300)
    }

    private func send(_ parameter: Parameter, _ value: Float) {
        control.send(OSCMessage("/continuo/set", [.string(parameter.declaration.name), .float(Double(value))]))
    }

    private func set(_ parameter: Parameter, _ value: Float) throws {
        control.drain()
        let message = OSCMessage("/continuo/set", [.string(parameter.declaration.name), .float(Double(value))])
        guard control.ask(message, within: 20_000)?.address == "/continuo/reply" else {
            try check()
            throw DuetError.late("\(parameter.declaration.name) could not be set")
        }
    }
}

/// Where the players' ideas come from: SplitMix64 (Steele, Lea, Flood 2014), the same for the same seed.
public struct Dice: RandomNumberGenerator {
    private var state: UInt64

    public init(seed: UInt64) { state = seed }

    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    public mutating func number(_ range: ClosedRange<Double>) -> Double { .random(in: range, using: &self) }
    public mutating func chance(_ share: Double) -> Bool { number(0...1) < share }

    /// Mostly playing.
    mutating func act(changesServers: Bool) -> Drill.Act {
        if chance(0.6) { return chance(0.5) ? .phrase : .interruption }
        let acts = Drill.Act.allCases.filter { $0 != .changeServer || changesServers && chance(0.5) }
        return acts.randomElement(using: &self)!
    }

    mutating func value(of parameter: Parameter) -> Float {
        let it = parameter.declaration
        let value = Float.random(in: it.minimum...it.maximum, using: &self)
        return it.kind == .number ? value : value.rounded()
    }

    /// One to thirty notes, some together, with pedal, wheel and program change; all of it has ended at its end.
    public mutating func phrase(sampleRate: Int) -> [FrameMessage] {
        var messages: [FrameMessage] = []
        func frames(_ seconds: Double) -> Int64 { Int64(seconds * Double(sampleRate)) }
        func add(_ frame: Int64, _ status: UInt8, _ data1: UInt8, _ data2: UInt8) {
            let message = MIDIMessage(
                offset: 0, status: status, data1: data1, data2: data2, size: MIDIMessage.size(ofStatus: status))
            messages.append(FrameMessage(frame: frame, message: message))
        }
        var (frame, end) = (Int64(0), Int64(0))
        /// When each key is free again.
        var free = [Int64](repeating: 0, count: 128)
        for _ in 0..<Int.random(in: 1...30, using: &self) {
            let key = Int.random(in: chance(0.1) ? 0...127 : 40...88, using: &self)
            let length = frames(number(0.02...0.6))
            if free[key] <= frame {
                add(frame, 0x90, UInt8(key), UInt8.random(in: 1...127, using: &self))
                add(frame + length, chance(0.5) ? 0x80 : 0x90, UInt8(key), 0)
                free[key] = frame + length + 1
                end = max(end, frame + length)
            }
            if chance(0.05) { add(frame, 0xB0, 64, chance(0.5) ? 127 : 0) }
            if chance(0.03) { add(frame, 0xE0, 0, UInt8.random(in: 0...127, using: &self)) }
            if chance(0.02) { add(frame, 0xC0, UInt8.random(in: 0...127, using: &self), 0) }
            if !chance(0.3) { frame += frames(number(0.01...0.35)) }
        }
        add(end + 1, 0xB0, 64, 0)
        return messages.sorted { $0.frame < $1.frame }
    }
}
