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

    @Test func theSameSeedGivesTheSameEvents() throws {
        for network in [TinyModel.performance, TinyModel.dyads] {
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
        #expect(generation.human.suffix(2).map(\.kind) == [.noteOff, .sustain])
        #expect(generation.human.last?.value == 0)
    }

    @Test func aSeedOfNothingIsContinuedToo() throws {
        let generation = try Generation(
            continuing: [], with: TinyModel.mind(TinyModel.performance), ParameterValues(), seconds: 5)
        #expect(!generation.machine.isEmpty)
    }
}
