import Performer
import Random

/// Where the players' ideas come from, the same for the same seed.
public struct Dice: RandomNumberGenerator {
    private var numbers: SplitMix64

    public init(seed: UInt64) { numbers = SplitMix64(seed: seed) }

    public mutating func next() -> UInt64 { numbers.next() }

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
        return Float(it.step(nearest: Double(value)))
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
