import Network
import Performer
import Representation
import Score
import Session
import Testing

@Suite struct GenerationTests {
    static let seed = [60, 64, 67, 72].enumerated().flatMap { index, key in
        [
            PlayedEvent(time: Int64(index) * 300_000_000, kind: .noteOn, channel: 0, key: UInt8(key), value: 80),
            PlayedEvent(time: Int64(index + 1) * 300_000_000, kind: .noteOff, channel: 0, key: UInt8(key), value: 0),
        ]
    }.sorted(by: PlayedEvent.inPlayingOrder)

    static func generate(_ network: Network, seed: Float, seconds: Float) throws -> [PlayedEvent] {
        var values = ParameterValues()
        values[.seed] = seed
        return try Generation(
            continuing: Self.seed, with: TinyModel.mind(network), values, seconds: seconds
        ).machine
    }

    /// A model of a part of the music is refused, and told why.
    @Test func whatCannotBePlayedIsRefused() {
        let network = TinyModel.network(
            SonorityStream<ChordStream>.name, SonorityStream<ChordStream>.fields, seed: 5)
        #expect(throws: PerformerError.notPlayable("sonority-chord")) { try Mind(network, kernels: kernels) }
    }

    @Test func theSameSeedGivesTheSameEvents() throws {
        for network in [TinyModel.performance, TinyModel.dyads, TinyModel.sonority] {
            let first = try Self.generate(network, seed: 7, seconds: 20)
            #expect(try Self.generate(network, seed: 7, seconds: 20) == first)
            #expect(try Self.generate(network, seed: 8, seconds: 20) != first)
        }
    }

    @Test func itLastsAsLongAsAskedAndNothingHangs() throws {
        let machine = try Self.generate(TinyModel.performance, seed: 1, seconds: 150)
        let onsets = machine.filter { $0.kind == .noteOn }
        #expect(onsets.count == machine.count { $0.kind == .noteOff })
        #expect(notes(from: machine, foldingPedal: true).allSatisfy { $0.end - $0.onset <= 10_000_000_000 })
        let last = try #require(onsets.last).time
        #expect(last > 145_000_000_000 && last < 151_500_000_000)
    }

    @Test func aSeedWithHangingNotesAndPedalIsLetGo() throws {
        let hanging = [
            PlayedEvent(time: 0, kind: .sustain, channel: 3, key: 0, value: 127),
            PlayedEvent(time: 1000, kind: .noteOn, channel: 3, key: 60, value: 80),
        ]
        let generation = try Generation(
            continuing: hanging, with: TinyModel.mind(TinyModel.performance), ParameterValues(), seconds: 5)
        #expect(!generation.machine.isEmpty)
        // Otherwise the pedal would hold the machine's notes too, for whoever plays the file.
        #expect(generation.seed.endings.map(\.kind) == [.noteOff, .sustain])
        #expect(generation.seed.endings.last?.value == 0)
    }

    @Test func aSeedOfNothingIsContinuedToo() throws {
        let generation = try Generation(
            continuing: [], with: TinyModel.mind(TinyModel.performance), ParameterValues(), seconds: 5)
        #expect(!generation.machine.isEmpty)
    }

    // MARK: The end of the seed

    private static func event(
        _ kind: PlayedEvent.Kind, _ seconds: Int64, key: UInt8 = 0, _ value: UInt8 = 0, channel: UInt8 = 0
    ) -> PlayedEvent {
        PlayedEvent(time: seconds * 1_000_000_000, kind: kind, channel: channel, key: key, value: value)
    }

    private static func generation(_ seed: [PlayedEvent], _ values: ParameterValues = .init()) throws -> Generation {
        try Generation(continuing: seed, with: TinyModel.mind(TinyModel.performance), values, seconds: 5)
    }

    /// Ends of what does not sound, and pedals that hold nothing.
    static let nothings: [[PlayedEvent]] = [5, 70].flatMap { late in
        [
            [event(.sustain, late, 0)], [event(.sustain, late, 0, channel: 4)], [event(.noteOff, late, key: 60)],
            [event(.noteOff, late, key: 60, 64, channel: 1)],
            [event(.sustain, late, 127), event(.sustain, late + 1, 0)], [event(.sustain, late, 127)],
            [event(.sustain, late, 0), event(.sustain, late + 200, 0)],
        ]
    }

    @Test(arguments: nothings) func whatChangesNothingIsNoEndOfTheSeed(_ nothing: [PlayedEvent]) throws {
        let plain = try Self.generation(Self.seed)
        let generation = try Self.generation(Self.seed + nothing)
        #expect(generation.machine == plain.machine)
        #expect(generation.seed.events == Self.seed && generation.seed.endings.isEmpty)
        #expect(generation.forgotAt == nil)
    }

    /// A pedal that lets go of notes, a key that is let go of, a note.
    @Test func whatEndsOrBeginsANoteIsTheEndOfTheSeed() {
        let held = Self.seed.filter { !($0.kind == .noteOff && $0.key == 72) }
        let down = [Self.event(.sustain, 0, 127)]
        let lifted = Seed(down + Self.seed + [Self.event(.sustain, 3, 0), Self.event(.sustain, 9, 0)])
        #expect(lifted.end == 3_000_000_000 && lifted.endings.isEmpty)
        #expect(Seed(held + [Self.event(.noteOff, 3, key: 72)]).end == 3_000_000_000)
        #expect(Seed(Self.seed + [Self.event(.noteOn, 3, key: 72, 9)]).endings.map(\.key) == [72])
        // The pedal is down at the end, though nothing shows it afterwards.
        #expect(
            Seed(down + Self.seed).endings == [
                PlayedEvent(time: 1_200_000_000, kind: .sustain, channel: 0, key: 0, value: 0)
            ])
        #expect(Seed([]).end == 0)
    }

    @Test func aPauseLongerThanForgetIsTold() throws {
        let last = [Self.event(.noteOn, 70, key: 60, 64), Self.event(.noteOff, 71, key: 60)]
        let generation = try Self.generation(Self.seed + last)
        #expect(generation.forgotAt == 70_000_000_000)
        var values = ParameterValues()
        values[.forget] = 100
        #expect(try Self.generation(Self.seed + last, values).forgotAt == nil)
        // Before the first note there is nothing to forget.
        #expect(try Self.generation([Self.event(.sustain, 0, 127)] + last).forgotAt == nil)
    }

    @Test func theMachinePlaysOnTheChannelOfTheLastNote() throws {
        let seed =
            Self.seed + [
                Self.event(.noteOn, 2, key: 60, 64, channel: 5), Self.event(.noteOff, 3, key: 60, channel: 5),
            ]
        #expect(Set(try Self.generation(seed).machine.map(\.channel)) == [5])
        var values = ParameterValues()
        values[.channel] = 3
        #expect(Set(try Self.generation(seed, values).machine.map(\.channel)) == [2])
    }
}
