import Performer
import Ports
import TestSupport
import Testing

/// What the instrument learns from its player while they play. The random programs show besides that replays and other
/// thread timings give the same music, and that no step allocates: their network learns too.
@Suite struct LearningTests {
    private static func rig(learning: Float, unlearning: Bool = false) -> Rig {
        Rig(unlearning ? TinyModel.unlearning : TinyModel.performance) {
            $0[.channel] = 2
            $0[.auto] = 0
            $0[.learning] = learning
        }
    }

    /// The same four notes again and again, so many times from `start` on (ms).
    private static func phrase(_ rig: Rig, _ times: Int, from start: Int64 = 100, key: UInt8 = 60) -> [TimedMessage] {
        (0..<Int64(4 * times)).flatMap { i in
            let (at, key) = (start + 200 * i, key + UInt8(i % 4 * 2))
            return [rig.on(at, key), rig.off(at + 150, key)]
        }
    }

    /// What the machine plays when it is asked after the phrase.
    private static func reply(_ rig: Rig, to call: [TimedMessage]) throws -> [TimedMessage] {
        let end = call.last!.frame + 9600
        rig.play(call, until: end)
        try rig.performer.command(.takeover)
        rig.play(until: end + 240_000)
        return rig.machine()
    }

    @Test func whatIsLearntIsPlayed() throws {
        func reply(_ learning: Float, unlearning: Bool = false) throws -> [TimedMessage] {
            let rig = Self.rig(learning: learning, unlearning: unlearning)
            return try Self.reply(rig, to: Self.phrase(rig, 8))
        }
        let without = try reply(0)
        let (some, all) = (try reply(0.5), try reply(1))
        #expect(!without.isEmpty && some != without && all != without && some != all)
        // Without learning it is the very network that cannot; and one that cannot is not asked to.
        #expect(try reply(0, unlearning: true) == without)
        #expect(try reply(1, unlearning: true) == without)
    }

    /// What repeats itself is predicted better than without learning, and status says by how much, as long as that is no
    /// more than a minute ago.
    @Test func whatItSavesIsTold() throws {
        let rig = Self.rig(learning: 1)
        #expect(rig.performer.savedNats == 0)
        rig.play(Self.phrase(rig, 20), until: rig.frame(milliseconds: 16_500))
        #expect(rig.performer.savedNats > 0.5)
        rig.play(until: rig.frame(milliseconds: 77_500))
        #expect(rig.performer.savedNats == 0)
        let other = Self.rig(learning: 0)
        other.play(Self.phrase(other, 20), until: other.frame(milliseconds: 16_500))
        #expect(other.performer.savedNats == 0)
    }

    /// A reset, and a silence longer than `forget`, leave nothing of it.
    @Test(arguments: [true, false]) func itForgetsWhatItLearnt(byReset: Bool) throws {
        func reply(learntBefore: Bool) throws -> [TimedMessage] {
            let rig = Self.rig(learning: 1)
            try rig.performer.set(.forget, to: byReset ? 3600 : 5)
            if learntBefore {
                rig.play(Self.phrase(rig, 8), until: rig.frame(milliseconds: 7000))
                #expect(rig.performer.savedNats != 0)
            }
            rig.play(until: rig.frame(milliseconds: 12_000))
            if byReset { try rig.performer.command(.reset) }
            rig.play(until: rig.frame(milliseconds: 20_000))
            return try Self.reply(rig, to: Self.phrase(rig, 3, from: 20_100, key: 70))
        }
        let fresh = try reply(learntBefore: false)
        #expect(try !fresh.isEmpty && reply(learntBefore: true) == fresh)
    }

    /// From what the machine plays itself it learns nothing.
    @Test func itLearnsFromThePlayerAlone() throws {
        let rig = Self.rig(learning: 1)
        _ = try Self.reply(rig, to: Self.phrase(rig, 8))
        #expect(rig.machine().count > 10)
        // Sixteen phrases of four, of which the last waits.
        #expect(rig.performer.counters.learntNotes.value == 32)
    }

    /// Live: what it is set to in the middle of a reply acts as if it had been set there whenever the threads ran.
    @Test func itIsSetInTheMiddleOfAReply() throws {
        func session(_ learning: Float?, isLate: Bool) throws -> [TimedMessage] {
            let rig = Self.rig(learning: 1)
            let call = Self.phrase(rig, 8)
            let end = call.last!.frame + 9600
            rig.play(call, until: end)
            try rig.performer.command(.takeover)
            var cycles = 0
            rig.laziness = {
                cycles += 1
                return isLate && cycles % 3 != 0
            }
            rig.play(until: end + 48_000, cycle: 64)
            if let learning { try rig.performer.set(.learning, to: learning) }
            rig.play(until: end + 240_000, cycle: 64)
            return rig.machine()
        }
        let kept = try session(nil, isLate: false)
        let changed = try session(0, isLate: false)
        #expect(changed != kept)
        #expect(try session(0.5, isLate: false) == session(0.5, isLate: true))
        #expect(try session(0, isLate: true) == changed)
    }
}
