import Network
import Performer
import Representation
import Score
import Session
import TestSupport
import Testing

/// The machine leans towards what the player did, as much as each parameter says. The network knows nothing: what is measured comes
/// from following alone.
@Suite struct FollowingTests {
    /// - Parameters:
    ///   - keys: struck together every `every` seconds, each held for `length` of it.
    private static func call(
        keys: [[UInt8]], every: Double = 0.5, length: Double = 0.8, velocity: UInt8 = 64, chords: Int = 48
    ) -> [PlayedEvent] {
        (0..<chords).flatMap { i -> [PlayedEvent] in
            let (start, end) = (Double(i) * every, (Double(i) + length) * every)
            return keys[i % keys.count].map {
                PlayedEvent(time: Int64(start * 1e9), kind: .noteOn, channel: 0, key: $0, value: velocity)
            }
                + keys[i % keys.count].map {
                    PlayedEvent(time: Int64(end * 1e9), kind: .noteOff, channel: 0, key: $0, value: 0)
                }
        }.sorted(by: PlayedEvent.inPlayingOrder)
    }

    /// What the machine plays in 20 s with one of the parameters at 1, and all others at 0.
    private static func reply(to call: [PlayedEvent], _ parameter: Parameter?, seed: Float, topP: Float) throws
        -> [Note]
    {
        var values = ParameterValues()
        for other in [
            Parameter.followPulse, .followDensity, .followPolyphony, .followKey, .followRegister, .followDynamics,
            .followRepetition,
        ] { values[other] = 0 }
        if let parameter { values[parameter] = 1 }
        (values[.seed], values[.topPKey], values[.polyphony]) = (seed, topP, 64)
        let generation = try Generation(
            continuing: call, with: TinyModel.mind(TinyModel.performance), values, seconds: 20)
        return notes(from: generation.machine, foldingPedal: false)
    }

    private static func mean(_ notes: [Note], _ value: (Note) -> Double) -> Double {
        notes.reduce(0) { $0 + value($1) } / Double(max(notes.count, 1))
    }

    /// With the parameter the replies of three dice are nearer to the call than without.
    private func isNearer(
        _ call: [PlayedEvent], _ parameter: Parameter, by factor: Double, topP: Float = 1,
        _ distance: ([Note]) -> Double
    ) throws {
        var sums = (without: 0.0, with: 0.0)
        for seed in [Float(1), 2, 3] {
            sums.without += distance(try Self.reply(to: call, nil, seed: seed, topP: topP))
            sums.with += distance(try Self.reply(to: call, parameter, seed: seed, topP: topP))
        }
        #expect(sums.with < factor * sums.without, "\(parameter): \(sums.with), without \(sums.without)")
    }

    private static let scale: [[UInt8]] = [[60], [62], [64], [65], [67], [65], [64], [62]]

    @Test func densityIsFollowed() throws {
        try isNearer(Self.call(keys: Self.scale), .followDensity, by: 0.8) { abs(Double($0.count) - 40) }
    }

    @Test func polyphonyIsFollowed() throws {
        try isNearer(Self.call(keys: Self.scale), .followPolyphony, by: 0.7) { reply in
            reply.reduce(0) { $0 + Double($1.end - $1.onset) / 20e9 }
        }
    }

    @Test func pitchClassesAreFollowed() throws {
        try isNearer(Self.call(keys: Self.scale), .followKey, by: 0.8) { reply in
            Self.mean(reply) { [0, 2, 4, 5, 7].contains($0.key % 12) ? 0 : 1 }
        }
    }

    @Test func theRegisterIsFollowed() throws {
        try isNearer(Self.call(keys: Self.scale), .followRegister, by: 0.8) { reply in
            Self.mean(reply) { abs(Double($0.key) - 63) }
        }
    }

    @Test func loudnessIsFollowed() throws {
        try isNearer(Self.call(keys: Self.scale, velocity: 100), .followDynamics, by: 0.8) { reply in
            Self.mean(reply) { abs(Double($0.velocity) - 100) }
        }
    }

    @Test func keysAreStruckAgainLess() throws {
        // Few keys are likely.
        try isNearer(Self.call(keys: Self.scale), .followRepetition, by: 0.8, topP: 0.1) { reply in
            // Strikes of a key that was struck in the second before.
            var again = 0
            for (i, note) in reply.enumerated() {
                again += reply[..<i].contains { $0.key == note.key && note.onset - $0.onset < 1_000_000_000 } ? 1 : 0
            }
            return Double(again) / Double(max(reply.count, 1))
        }
    }

    @Test func thePulseIsFollowed() throws {
        // From the beat: 0 on it, 0.5 between two.
        try isNearer(Self.call(keys: Self.scale), .followPulse, by: 0.9) { reply in
            let first = Double(reply.first?.onset ?? 0) / 0.5e9
            return Self.mean(reply.filter { Double($0.onset) / 0.5e9 > first }) {
                abs((Double($0.onset) / 0.5e9).remainder(dividingBy: 1))
            }
        }
    }

    @Test func similarityScalesThemAll() throws {
        let call = Self.call(keys: Self.scale)
        func machine(_ change: (inout ParameterValues) -> Void) throws -> [PlayedEvent] {
            var values = ParameterValues()
            change(&values)
            return try Generation(
                continuing: call, with: TinyModel.mind(TinyModel.performance), values, seconds: 10
            ).machine
        }
        let none = try machine { $0[.similarity] = 0 }
        let alone = try machine {
            for parameter in [
                Parameter.followPulse, .followDensity, .followPolyphony, .followKey, .followRegister, .followDynamics,
                .followRepetition,
            ] { $0[parameter] = 0 }
        }
        #expect(none == alone)
        #expect(try machine { _ in } != none)
    }

    /// Onsets every half second are expected at the next half second, more than between.
    @Test func aSteadyPulseIsExpectedToGoOn() {
        let circle = Circle()
        defer { circle.deallocate() }
        var pulse = Pulse()
        for beat in 0..<16 { pulse.push(at: Int64(beat * 50), circle, isPlayers: true) }
        var expectations = Expectations()
        pulse.expect(from: 760, circle, into: &expectations)
        // The beats to come lie at 800 and 850.
        #expect(expectations[40] > 0.5 && expectations[90] > 0.5)
        #expect(expectations[15] < 0.2 && expectations[65] < 0.2)
        // Of what has no period nothing is expected.
        var dice = Dice(seed: 1)
        var random = Pulse()
        var time: Int64 = 0
        for _ in 0..<64 {
            time += .random(in: 5...120, using: &dice)
            random.push(at: time, circle, isPlayers: true)
        }
        var none = Expectations()
        random.expect(from: time, circle, into: &none)
        #expect((0..<Expectations.count).allSatisfy { abs(none[$0]) < 0.5 })
    }
}
