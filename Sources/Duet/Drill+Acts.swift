/// What random players do, and what is done to the instrument meanwhile.

import OSC
import Performer
import Processes

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
            for _ in 0..<3 { try load((setting.others + [setting.preset]).randomElement(using: &dice)!) }
            try followPhrase()
            try follow(seconds: dice.number(0.2...2))
            try load(setting.preset)
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

    private func load(_ preset: String) throws {
        try sample()
        let answer = control.ask(OSCMessage("/continuo/preset/load", [.string(preset)]), within: 60_000)
        guard answer?.address == "/continuo/reply" else {
            try check()
            throw ProcessError.late(
                "the preset \(preset) was not loaded: \(answer.map { "\($0.arguments)" } ?? "no answer")")
        }
        try sample()
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
            throw ProcessError.late("\(parameter.declaration.name) could not be set")
        }
    }
}
