import Network
import Performer
import Ports
import TestSupport
import Testing
import Time

/// Turns on the lines of a beat, and notes on its grid. At 100 beats a minute a beat is 28,800 frames, and the internal clock
/// begins with frame 0.
@Suite struct GridTests {
    private static let beat: Int64 = 28_800

    private static func rig(
        _ names: [(Parameter, String)], on network: Network = TinyModel.performance,
        _ change: (inout ParameterValues) -> Void = { _ in }
    ) throws -> Rig {
        let chosen = try names.map { ($0, try $0.declaration.value(named: $1)) }
        return Rig(network) {
            $0[.channel] = 2
            ($0[.tempo], $0[.shortest]) = (100, 6)
            for (parameter, value) in chosen { $0[parameter] = value }
            change(&$0)
        }
    }

    private static func onsets(_ rig: Rig) -> [Int64] {
        rig.machine().filter { $0.status & 0xF0 == 0x90 && $0.data2 > 0 }.map(\.frame)
    }

    @Test(arguments: 0..<50) func everyOnsetIsInTheGrid(seed: Int) throws {
        let grids = [("1/4", 1), ("1/8", 2), ("1/16", 4), ("1/32", 8), ("1/8t", 3), ("1/16t", 6)] as [(String, Int64)]
        let (name, parts) = grids[seed % grids.count]
        let rig = try Self.rig([(.grid, name)]) { $0[.seed] = Float(seed) }
        rig.play(TurnTests.call(rig), until: rig.frame(milliseconds: 9_000), cycle: 64 << (seed % 3))
        let onsets = Self.onsets(rig)
        #expect(onsets.count > 2)
        #expect(onsets.allSatisfy { $0 % (Self.beat / parts) == 0 }, "\(name): \(onsets)")
        #expect(rig.performer.stageCounters.late.value == 0)
    }

    /// The listener's time stands still for what is undone; the lines do not.
    @Test func theGridHoldsAfterAnUndo() throws {
        let rig = try Self.rig([(.grid, "1/16")])
        rig.play(TurnTests.call(rig), until: rig.frame(milliseconds: 4_321))
        try rig.performer.command(.undo)
        rig.play(until: rig.frame(milliseconds: 4_500))
        let undone = rig.port.now
        try rig.performer.command(.takeover)
        rig.play(until: rig.frame(milliseconds: 9_000))
        let later = Self.onsets(rig).filter { $0 > undone }
        #expect(later.count > 2 && later.allSatisfy { $0 % (Self.beat / 4) == 0 }, "\(later)")
    }

    @Test func swingDelaysEverySecondLine() throws {
        let rig = try Self.rig([(.grid, "1/8")]) { $0[.swing] = 0.7 }
        rig.play(TurnTests.call(rig), until: rig.frame(milliseconds: 12_000))
        let places = Set(Self.onsets(rig).map { $0 % Self.beat })
        #expect(places.isSubset(of: [0, 20_160]) && places.contains(20_160), "\(places)")
    }

    @Test(arguments: [TinyModel.performance, TinyModel.dyads, TinyModel.wide, TinyModel.sonority])
    func aReplyBeginsAndEndsOnBarLines(network: Network) throws {
        let rig = try Self.rig([(.quantise, "bar"), (.meter, "3/4")], on: network) {
            ($0[.bars], $0[.similarity]) = (2, 0)
        }
        rig.play(TurnTests.call(rig), until: rig.frame(milliseconds: 5_500))
        rig.play(until: rig.frame(milliseconds: 9_000))
        // The player rests from 1.4 s on; bars are 1.8 s long.
        let bar = 3 * Self.beat
        let machine = rig.machine()
        // Chords come in steps that grow with the distance.
        let first = try #require(Self.onsets(rig).first)
        #expect(
            network === TinyModel.sonority ? first >= bar && first < bar + rig.frame(milliseconds: 200) : first == bar)
        #expect(try #require(machine.last).frame <= 3 * bar)
        #expect(Self.onsets(rig).allSatisfy { $0 < 3 * bar })
        #expect(rig.performer.phase == .listening)
    }

    @Test func whatRingsAtTheLastBarLineEndsThere() throws {
        var ends: [Int64] = []
        for seed in 0..<20 {
            let rig = try Self.rig([(.quantise, "bar")]) { ($0[.bars], $0[.seed]) = (1, Float(seed)) }
            rig.play(TurnTests.call(rig), until: rig.frame(milliseconds: 9_000))
            ends.append(try #require(rig.machine().last).frame)
        }
        let line = 8 * Self.beat
        #expect(ends.allSatisfy { $0 <= line } && ends.filter { $0 == line }.count > 5, "\(ends)")
    }

    @Test func aCommandWaitsForTheNextBeat() throws {
        let rig = try Self.rig([(.quantise, "beat")])
        rig.play(until: rig.frame(milliseconds: 1000))
        try rig.performer.command(.takeover)
        rig.play(until: rig.frame(milliseconds: 3000))
        #expect(try #require(Self.onsets(rig).first) == 2 * Self.beat)
    }

    /// Another tempo in the middle of a reply: from soon after on the notes are on its lines.
    @Test func theGridFollowsTheTempo() throws {
        let rig = try Self.rig([(.grid, "1/16")]) { $0[.shortest] = 20 }
        rig.play(TurnTests.call(rig), until: rig.frame(milliseconds: 4_000))
        let change = rig.port.now
        try rig.performer.set(.tempo, to: 150)
        rig.play(until: rig.frame(milliseconds: 12_000))
        let begin = Double(change) / Double(Self.beat)
        let later = Self.onsets(rig).filter { $0 > change + rig.frame(milliseconds: 100) }
        #expect(later.count > 5)
        for onset in later {
            let sixteenths = 4 * (begin + Double(onset - change) / 19_200)
            #expect(abs(sixteenths - sixteenths.rounded()) * 4_800 <= 1, "\(onset)")
        }
    }

    /// Replies on the beats of a clock that nobody has started, each message up to a millisecond late.
    @Test func aMIDIClockIsPlayedTo() throws {
        let rig = try Self.rig([(.clock, "midi"), (.grid, "1/8")])
        var dice = Dice(seed: 4)
        let clock = (0..<240).map { number in
            TimedMessage(
                frame: Int64(number) * 1200 + 1000 + .random(in: 0...48, using: &dice), status: 0xF8, data1: 0,
                data2: 0,
                size: 1)
        }
        let input = (clock + TurnTests.call(rig)).sorted { $0.frame < $1.frame }
        rig.play(input, until: 240 * 1200)
        let onsets = Self.onsets(rig)
        #expect(onsets.count > 2)
        for onset in onsets {
            let eighths = Double(onset - 1024) / 14_400
            #expect(abs(eighths - eighths.rounded()) * 14_400 < 72, "\(onset)")
        }
    }
}
