import Kernels
import Network
import Performer
import Ports
import Session
import Testing

/// `undo`, `vary`, `again` and `loop`, on the virtual clock.
@Suite struct CommandTests {
    /// Two notes of the player from a millisecond on, over 700 ms later.
    private static func call(_ rig: Rig, at frame: Int64, _ keys: [UInt8] = [60, 64])
        -> [TimedMessage]
    {
        let unit = rig.frame(milliseconds: 100)
        return [
            rig.on(frame: frame, keys[0]), rig.off(frame: frame + 3 * unit, keys[0]),
            rig.on(frame: frame + 4 * unit, keys[1]), rig.off(frame: frame + 7 * unit, keys[1]),
        ]
    }

    private struct Note: Hashable {
        let frame: Int64
        let isOn: Bool
        let key, velocity: UInt8
    }

    /// The machine's messages of some frames, with distances from the first of them.
    private static func notes(
        _ rig: Rig, from start: Int64, to end: Int64 = .max, origin: Int64? = nil
    ) -> [Note] {
        let messages = rig.machine().filter { $0.frame >= start && $0.frame < end }
        let first = origin ?? messages.first?.frame ?? 0
        return messages.map {
            Note(
                frame: $0.frame - first, isOn: $0.status & 0xF0 == 0x90, key: $0.data1,
                velocity: $0.status & 0xF0 == 0x90 ? $0.data2 : 0)
        }
    }

    /// Plays on until the machine has ended by itself.
    private static func finish(_ rig: Rig) {
        let end = rig.port.now + 48_000 * 30
        while rig.performer.phase != .listening && rig.port.now < end { rig.cycle(256) }
    }

    private static func replaySame(_ rig: Rig) throws {
        #expect(RandomProgramTests.faultInTokens(rig) == nil)
        #expect(RandomProgramTests.faultInReplay(of: rig, .taped) == nil)
        #expect(RandomProgramTests.faultInReplay(of: rig, .own) == nil)
    }

    private static let models = [TinyModel.performance, TinyModel.dyads, TinyModel.sonority]

    private static func rig(_ network: Network, _ change: (inout ParameterValues) -> Void = { _ in })
        -> Rig
    {
        Rig(network) {
            ($0[.channel], $0[.shortest], $0[.longest], $0[.learning]) = (2, 3, 3, 1)
            change(&$0)
        }
    }

    /// An instrument whose last turn was undone answers the next phrase as one that never had that turn: the same notes on the same
    /// frames. State, recall, habits, what is learnt and the time are what they were.
    @Test(arguments: models, [0, 1, 2] as [Int]) func whatIsUndoneNeverHappened(
        _ network: Network, moment: Int
    ) throws {
        let unit: Int64 = 48_000
        // A reply and a reset, so that both have drawn one reply before the last.
        let other = Self.rig(network)
        try other.performer.set(.auto, to: 0)
        other.play([other.on(10, 50), other.off(100, 50)], until: unit)
        try other.performer.command(.takeover)
        other.play(until: 2 * unit)
        try other.performer.command(.reset)
        other.play(until: 3 * unit)
        let base = 4 * unit
        other.play(Self.call(other, at: base), until: base + unit)
        // As undo does, the turn is over.
        try other.performer.command(.yield)

        let rig = Self.rig(network)
        rig.play(Self.call(rig, at: 0), until: unit * [2, 4, 7][moment])
        #expect(!rig.machine().isEmpty)
        #expect((rig.performer.phase == .replying) == (moment < 2) || moment == 1)
        try rig.performer.command(.undo)
        rig.cycle(256)
        #expect(soundingNotes(after: rig.machine()).isEmpty)
        rig.play(until: rig.port.now + unit)
        // The next phrase, at the same distance from the first.
        let tick = unit / Int64(rig.representation.ticksPerSecond)
        let next = (rig.port.now / tick + 2) * tick
        let undone = rig.recorder.undoneTicks * tick
        #expect(undone > 0)
        rig.play(Self.call(rig, at: next, [67, 62]), until: next + 4 * unit)
        try other.performer.set(.auto, to: 1)
        let same = next - undone + base
        other.play(Self.call(other, at: same, [67, 62]), until: same + 4 * unit)
        let (now, then) = (
            Self.notes(rig, from: next, to: next + 3 * unit, origin: next),
            Self.notes(other, from: same, to: same + 3 * unit, origin: same)
        )
        #expect(now == then && now.count > 2, "\(now.prefix(4)) \(then.prefix(4))")
        try Self.replaySame(rig)
    }

    /// Keys that were let go of since, and pedals, are known.
    @Test func whatHoldsIsStillKnown() throws {
        let rig = Self.rig(TinyModel.performance) { $0[.hold] = 0.5 }
        rig.play(
            [rig.on(100, 60), rig.pedal(200, down: true), rig.on(300, 67)],
            until: rig.frame(milliseconds: 2500))
        #expect(rig.performer.phase == .replying)
        // In the reply, which yields, one key comes up.
        let now = rig.port.now
        rig.play(
            [rig.off(frame: now + 100, 60), rig.on(frame: now + 200, 72)], until: now + 9600)
        try rig.performer.command(.undo)
        rig.play(until: rig.port.now + 4800)
        let mended = rig.recorder.heard.filter { $0.kind == .mended }.map(\.event)
        #expect(mended.contains { $0.kind == .noteOff && $0.key == 60 && $0.player == .human })
        #expect(!mended.contains { $0.key == 67 })
        rig.play(
            [rig.off(frame: rig.port.now + 9, 72), rig.off(frame: rig.port.now + 9, 67)],
            until: rig.port.now + 96_000)
        try Self.replaySame(rig)
    }

    /// Nothing can be undone before there was a turn, twice, or after a reset: then it is a `yield`.
    @Test(arguments: [Command.undo, .vary, .again, .loop]) func withoutATurnItIsAYield(
        _ command: Command
    ) throws {
        let rig = Self.rig(TinyModel.performance)
        try rig.performer.command(command)
        rig.play(Self.call(rig, at: 4800), until: 36_000)
        try rig.performer.command(command)
        rig.play(until: 192_000)
        #expect(rig.machine().isEmpty)
        rig.play(Self.call(rig, at: rig.port.now + 480), until: rig.port.now + 120_000)
        #expect(rig.performer.phase == .replying)
        try rig.performer.command(.reset)
        let count = rig.machine().count
        if command == .undo || command == .vary {
            try rig.performer.command(command)
            rig.play(until: rig.port.now + 96_000)
            #expect(rig.machine().count <= count + 128)
            #expect(Self.notes(rig, from: rig.port.now - 90_000).filter(\.isOn).isEmpty)
        }
        try Self.replaySame(rig)
    }

    /// Drawn without chance, the other reply from the same moment is the same: the state is.
    @Test(arguments: models) func whatVariesBeginsAtTheSameMoment(_ network: Network) throws {
        let rig = Self.rig(network) { ($0[.topKTime], $0[.topKKey], $0[.topKVelocity]) = (1, 1, 1) }
        rig.play(Self.call(rig, at: 0), until: 48_000 * 2)
        Self.finish(rig)
        let first = Self.notes(rig, from: 0)
        #expect(first.count(where: \.isOn) > 1 && rig.performer.phase == .listening)
        for wait in [1, 20] as [Int64] {
            rig.play(until: rig.port.now + 48_000 * wait)
            let now = rig.port.now
            try rig.performer.command(.vary)
            rig.play(until: now + 48_000)
            Self.finish(rig)
            #expect(Self.notes(rig, from: now) == first)
        }
        try Self.replaySame(rig)
    }

    /// With chance it is another, and both of two players of the same seed hear the same.
    @Test func whatVariesIsAnotherReply() throws {
        func play() throws -> [[Note]] {
            let rig = Self.rig(TinyModel.performance)
            rig.play(Self.call(rig, at: 0), until: 48_000 * 3)
            var replies: [[Note]] = [Self.notes(rig, from: 0)]
            for _ in 0..<3 {
                let now = rig.port.now
                try rig.performer.command(.vary)
                rig.play(until: now + 48_000 * 2)
                replies.append(Self.notes(rig, from: now))
            }
            try Self.replaySame(rig)
            return replies
        }
        let replies = try play()
        #expect(Set(replies).count == 4 && replies.allSatisfy { $0.count > 1 })
        #expect(try play() == replies)
    }

    /// The same notes at the same distances, whatever is set by then, and heard as they sound.
    @Test(arguments: models) func againIsTheSame(_ network: Network) throws {
        let rig = Self.rig(network)
        rig.play(Self.call(rig, at: 0), until: 48_000 * 2)
        Self.finish(rig)
        let first = Self.notes(rig, from: 0)
        #expect(first.count(where: \.isOn) > 2 && rig.performer.phase == .listening)
        try rig.performer.set(.temperatureKey, to: 2)
        for _ in 0..<2 {
            let now = rig.port.now
            try rig.performer.command(.again)
            rig.play(until: now + 48_000)
            Self.finish(rig)
            #expect(Self.notes(rig, from: now) == first)
            #expect(rig.performer.phase == .listening)
        }
        #expect(rig.performer.stageCounters.late.value + rig.performer.stageCounters.dropped.value == 0)
        try Self.replaySame(rig)
    }

    /// In the middle of a reply what has sounded of it begins again; a key of the player's ends it.
    @Test func againInTheMiddleIsTheReplySoFar() throws {
        let rig = Self.rig(TinyModel.performance) { $0[.longest] = 10 }
        rig.play(Self.call(rig, at: 0), until: 48_000 * 3)
        let first = Self.notes(rig, from: 0).filter(\.isOn)
        #expect(rig.performer.phase == .replying && first.count > 2)
        let now = rig.port.now
        try rig.performer.command(.again)
        rig.play(until: now + 48_000)
        let again = Self.notes(rig, from: now + 256).filter(\.isOn)
        #expect(again.count > 1 && again == Array(first.prefix(again.count)))
        let key = rig.port.now + 99
        rig.play([rig.on(frame: key, 40), rig.off(frame: key + 99, 40)], until: key + 9600)
        #expect(soundingNotes(after: rig.machine()).isEmpty)
        try Self.replaySame(rig)
    }

    /// What a constraint bars by now is left out; the rest is the same.
    @Test func againKeepsWithinTheConstraints() throws {
        let rig = Self.rig(TinyModel.performance)
        rig.play(Self.call(rig, at: 0), until: 48_000 * 2)
        Self.finish(rig)
        let first = Self.notes(rig, from: 0, origin: 0).filter(\.isOn)
        let middle = first.map(\.key).sorted()[first.count / 2]
        try rig.performer.set(.high, to: Float(middle))
        let now = rig.port.now
        try rig.performer.command(.again)
        rig.play(until: now + 48_000)
        Self.finish(rig)
        let again = Self.notes(rig, from: now).filter(\.isOn)
        #expect(again.map(\.key) == first.map(\.key).filter { $0 <= middle } && !again.isEmpty)
    }

    /// Round after round at one distance, until somebody plays; and what was looped can be had again.
    @Test func aLoopGoesOnUntilItIsTold() throws {
        let rig = Self.rig(TinyModel.performance) { ($0[.shortest], $0[.longest]) = (1, 1) }
        rig.play(Self.call(rig, at: 0), until: 48_000 * 4)
        let first = Self.notes(rig, from: 0)
        let count = first.count
        #expect(count > 2)
        let now = rig.port.now
        try rig.performer.command(.loop)
        rig.play(until: now + 48_000 * 12)
        let all = Self.notes(rig, from: now)
        #expect(all.count > 4 * count && rig.performer.phase == .replying)
        #expect(Array(all.prefix(count)) == first)
        let period = all[count].frame - all[0].frame
        for (a, b) in zip(all, all.dropFirst(count)) {
            #expect(
                b.frame - a.frame == period && b.key == a.key && b.isOn == a.isOn
                    && b.velocity == a.velocity)
        }
        try rig.performer.command(.yield)
        rig.play(until: rig.port.now + 48_000)
        #expect(rig.performer.phase == .listening && soundingNotes(after: rig.machine()).isEmpty)
        let later = rig.port.now
        try rig.performer.command(.again)
        rig.play(until: later + 48_000 * 4)
        #expect(Self.notes(rig, from: later) == first)
        try Self.replaySame(rig)
    }

    /// A model that comes after an undo has not heard what was undone.
    @Test func aModelThatComesLaterHasNotHeardIt() throws {
        let rig = Self.rig(TinyModel.performance)
        rig.play(Self.call(rig, at: 0), until: 48_000 * 4)
        try rig.performer.command(.undo)
        rig.play(until: 48_000 * 5)
        try rig.adopt(TinyModel.mind(TinyModel.unlearning))
        rig.play(until: 48_000 * 6)
        let heard = rig.recorder.heard.map(\.event)
        #expect(heard.count == 4 && heard.allSatisfy { $0.player == .human })
        #expect(RandomProgramTests.faultInTokens(rig) == nil)
    }

    /// What a take-over keeps is little.
    @Test func whatIsKeptIsLittle() {
        let rig = Rig()
        #expect(rig.performer.keptBytes < 1 << 17)
    }
}
