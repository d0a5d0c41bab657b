import Performer
import Representation
import Score
import Session
import TestSupport
import Testing

/// What the machine must keep to. `RandomProgramTests` shows that no program breaks it; here, that it says what it says.
@Suite struct ConstraintTests {
    static func machine(
        _ network: Int = 0, seconds: Float = 30, _ change: (inout ParameterValues) -> Void
    ) throws -> [PlayedEvent] {
        var values = ParameterValues()
        change(&values)
        let model = [TinyModel.performance, TinyModel.dyads, TinyModel.wide][network]
        return try Generation(continuing: GenerationTests.seed, with: TinyModel.mind(model), values, seconds: seconds)
            .machine
    }

    static func keys(_ events: [PlayedEvent]) -> [Int] { events.filter { $0.kind == .noteOn }.map { Int($0.key) } }

    @Test(arguments: 0..<3) func aScaleIsKept(network: Int) throws {
        let keys = Self.keys(
            try Self.machine(network) { ($0[.scale], $0[.scaleRoot]) = (Parameter.scale.value("dorian"), 2) })
        // D dorian: the white keys.
        #expect(keys.count > 20 && Set(keys.map { $0 % 12 }).isSubset(of: [0, 2, 4, 5, 7, 9, 11]))
    }

    /// Each scale as music theory spells it, on C, by its steps.
    @Test(
        arguments: [
            ("major", "2212221"), ("minor", "2122122"), ("harmonic-minor", "2122131"), ("melodic-minor", "2122221"),
            ("dorian", "2122212"), ("phrygian", "1222122"), ("lydian", "2221221"), ("mixolydian", "2212212"),
            ("locrian", "1221222"), ("major-pentatonic", "22323"), ("minor-pentatonic", "32232"), ("blues", "321132"),
            ("whole-tone", "222222"), ("octatonic", "21212121"),
        ])
    func scalesAreSpelt(_ name: String, _ steps: String) throws {
        var classes: Set<Int> = []
        var at = 0
        for step in steps {
            classes.insert(at)
            at += step.wholeNumberValue!
        }
        let keys = Self.keys(try Self.machine(seconds: 90) { $0[.scale] = Parameter.scale.value(name) })
        #expect(at == 12 && Set(keys.map { $0 % 12 }) == classes, "\(name)")
    }

    @Test(arguments: 0..<3) func keysStayInTheirRange(network: Int) throws {
        let keys = Self.keys(try Self.machine(network) { ($0[.low], $0[.high]) = (50, 61) })
        #expect(keys.count > 20 && keys.allSatisfy { 50...61 ~= $0 })
        #expect(Set(keys).count > 6)
    }

    @Test(arguments: 0..<3, [0.5, 1, 3, 8] as [Float]) func noMoreNotesASecondThanAllowed(
        network: Int, ceiling: Float
    ) throws {
        let machine = try Self.machine(network) { $0[.notesPerSecond] = ceiling }
        let onsets = machine.filter { $0.kind == .noteOn }.map(\.time)
        let (count, window) = (max(Int(ceiling), 1), Int64(1e9 / min(Double(ceiling), 1)))
        #expect(onsets.count > 5)
        // Frames are rounded to nanoseconds.
        for (early, late) in zip(onsets, onsets.dropFirst(count)) { #expect(late - early >= window - 1000) }
        // And it does play as many.
        let free = Self.keys(try Self.machine(network) { _ in }).count
        #expect(onsets.count > min(Int(30 * ceiling), free) / 2)
    }

    @Test func aWeightOfNothingForbids() throws {
        let keys = Self.keys(
            try Self.machine {
                for weight in [Parameter.weightC, .weightFSharp, .weightB] { $0[weight] = 0 }
            })
        #expect(keys.count > 50 && Set(keys.map { $0 % 12 }).isDisjoint(with: [0, 6, 11]))
    }

    /// Ratios count: all twice as heavy is nothing new.
    @Test func weightsMakeNotesLikelier() throws {
        let plain = Self.keys(try Self.machine { _ in })
        let even = Self.keys(
            try Self.machine { for i in 0..<12 { $0[Parameter(rawValue: Parameter.weightC.rawValue + i)!] = 2 } })
        #expect(even == plain)
        // A note that the seed, which is recalled, does not have.
        let heavy = Self.keys(try Self.machine(seconds: 90) { $0[.weightFSharp] = 4 })
        func share(_ keys: [Int]) -> Double { Double(keys.count { $0 % 12 == 6 }) / Double(keys.count) }
        #expect(share(heavy) > 1.5 * share(Self.keys(try Self.machine(seconds: 90) { _ in })))
    }

    /// Nothing is left to strike: the machine is silent, its reply ends, and nothing hangs.
    @Test(arguments: 0..<3) func whereNothingMayBeStruckItIsSilent(network: Int) throws {
        let changes: [(inout ParameterValues) -> Void] = [
            { ($0[.low], $0[.high]) = (61, 60) },
            { for i in 0..<12 { $0[Parameter(rawValue: Parameter.weightC.rawValue + i)!] = 0 } },
            { ($0[.scale], $0[.low], $0[.high]) = (Parameter.scale.value("major"), 61, 61) },
        ]
        for change in changes { #expect(try Self.machine(network, seconds: 5, change).isEmpty) }
    }

    /// A line is answered by a line, chords of three by at most three notes at once.
    @Test(arguments: [1, 3]) func autoPolyphonyIsThePlayers(voices: Int) throws {
        var values = ParameterValues()
        values[.polyphony] = 0
        var seed: [PlayedEvent] = []
        for beat in 0..<24 {
            for voice in 0..<voices {
                let key = UInt8(60 + 4 * voice)
                let onset = Int64(beat) * 500_000_000
                seed.append(PlayedEvent(time: onset, kind: .noteOn, channel: 0, key: key, value: 80))
                seed.append(PlayedEvent(time: onset + 400_000_000, kind: .noteOff, channel: 0, key: key, value: 0))
            }
        }
        seed.sort(by: PlayedEvent.inPlayingOrder)
        let machine = try Generation(
            continuing: seed, with: TinyModel.mind(TinyModel.performance), values, seconds: 20
        ).machine
        var (sounding, most) = (0, 0)
        for event in machine {
            sounding += event.kind == .noteOn ? 1 : -1
            most = max(most, sounding)
        }
        #expect(most <= voices && most > voices / 2)
    }

    /// The network's waits fall off by 5 % a tick: a plain temperature of 0.5 would halve them.
    @Test(arguments: [0.4, 0.6, 1.6, 2.5] as [Float]) func theTemperatureOfTimeIsNoDensity(temperature: Float) throws {
        func count(_ temperature: Float) throws -> Double {
            var count = 0
            for seed in [Float(1), 2, 3] {
                let machine = try Self.machine(seconds: 60) {
                    ($0[.temperatureTime], $0[.similarity], $0[.seed]) = (temperature, 0, seed)
                }
                count += machine.count
            }
            return Double(count)
        }
        let ratio = try count(temperature) / count(1)
        #expect(0.75 < ratio && ratio < 1.33, "\(ratio)")
        #expect(try Self.machine { $0[.temperatureTime] = temperature } != Self.machine { _ in })
    }

    @Test func neutralValuesChangeNothing() throws {
        let plain = try Self.machine { _ in }
        let neutral = try Self.machine {
            ($0[.scaleRoot], $0[.topKTime], $0[.topKKey], $0[.topKVelocity]) = (5, 128, 0, 32)
            $0[.notesPerSecond] = 64
        }
        #expect(neutral == plain)
    }

    @Test func onlyTheLikeliestAreDrawn() throws {
        // One choice is left of each field: whatever the dice, the same music.
        func machine(_ seed: Float, _ change: (inout ParameterValues) -> Void) throws -> [PlayedEvent] {
            try Self.machine {
                $0[.seed] = seed
                change(&$0)
            }
        }
        let one: (inout ParameterValues) -> Void = { ($0[.topKTime], $0[.topKKey], $0[.topKVelocity]) = (1, 1, 1) }
        #expect(try machine(1, one) == machine(2, one))
        let all: (inout ParameterValues) -> Void = { ($0[.minPTime], $0[.minPKey], $0[.minPVelocity]) = (1, 1, 1) }
        #expect(try machine(1, all) == machine(1, one) && machine(2, all) == machine(1, one))
        // Two choices are more than one.
        #expect(try machine(1) { $0[.topKKey] = 2 } != machine(2) { $0[.topKKey] = 2 })
        // Few velocities come near the likeliest.
        func velocities(_ change: (inout ParameterValues) -> Void) throws -> Int {
            Set(try machine(1, change).filter { $0.kind == .noteOn }.map(\.value)).count
        }
        #expect(try velocities { $0[.minPVelocity] = 0.9 } < velocities { _ in } / 2)
    }
}

extension Parameter {
    /// The value of this name.
    func value(_ name: String) -> Float { try! declaration.value(named: name) }
}
