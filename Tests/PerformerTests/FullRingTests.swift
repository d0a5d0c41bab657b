import Performer
import Ports
import Testing

/// What the stage does while the improviser takes no records and their ring is full.
@Suite struct FullRingTests {
    /// A reply under way, and an improviser that stands still from here on.
    static func standingStill(_ change: (inout ParameterValues) -> Void = { _ in }) -> Rig {
        let rig = StageTests.replying {
            // What is sent and comes again at once would count as an echo.
            $0[.thru] = 0
            change(&$0)
        }
        rig.laziness = { true }
        return rig
    }

    /// So many records, all at the first frame of the next cycle: key 20 goes down and up, each time at another velocity, since
    /// it is the same stroke otherwise.
    static func flood(_ rig: Rig, records: Int) {
        let messages = (0..<records).map { index -> TimedMessage in
            let velocity = UInt8(index / 2 % 100 + 1)
            return TimedMessage(frame: rig.port.now, status: index % 2 == 0 ? 0x90 : 0x80, data1: 20, data2: velocity)
        }
        rig.cycle(256, messages)
    }

    /// The dead-man's time is never over here.
    private static func wake(_ rig: Rig) {
        rig.laziness = { false }
        rig.play(until: rig.port.now + 1024)
    }

    @Test func whatControlSendsMeanwhileTakesEffectWhenTheImproviserIsBack() throws {
        let rig = Self.standingStill()
        Self.flood(rig, records: 20_000)
        #expect(rig.performer.stageCounters.lost.value > 0)
        weak var waiting: Mind?
        try {
            let mind = TinyModel.mind(TinyModel.dyads)
            waiting = mind
            try rig.adopt(mind)
        }()
        try rig.performer.set(.auto, to: 0)
        rig.play(until: rig.port.now + 1024)
        #expect(waiting != nil)
        Self.wake(rig)
        let from = rig.port.now
        rig.play([rig.on(frame: from, 60), rig.off(frame: from + 4800, 60)], until: from + 96_000)
        // The new mind heard it, and the new value holds: no reply.
        #expect(RandomProgramTests.faultInTokens(rig) == nil && rig.recorder.tokens.count > 0)
        #expect(!rig.machine().contains { $0.frame > from && $0.status == 0x91 })
        try rig.performer.command(.takeover)
        rig.play(until: rig.port.now + 48_000)
        #expect(rig.machine().contains { $0.frame > from && $0.status == 0x91 })
    }

    @Test func aMindThatWaitsForRoomIsFreedWithThePerformer() throws {
        weak var waiting: Mind?
        try {
            let rig = Self.standingStill()
            Self.flood(rig, records: 20_000)
            let mind = TinyModel.mind(TinyModel.performance)
            waiting = mind
            try rig.adopt(mind)
            rig.play(until: rig.port.now + 1024)
        }()
        #expect(waiting == nil)
    }

    @Test func aCommandSilencesAlsoWhereItFindsNoRoom() throws {
        for command in [Command.yield, .panic, .reset, .stop] {
            let rig = Self.standingStill { $0[.yield] = 0 }
            // Room is left for one record.
            Self.flood(rig, records: 16_383)
            #expect(rig.performer.stageCounters.lost.value == 0)
            #expect(soundingNotes(after: rig.machine()).count > 1)
            try rig.performer.command(command)
            rig.cycle(256)
            #expect(soundingNotes(after: rig.machine()).isEmpty, "\(command)")
            #expect(rig.performer.silentFrom == nil)
            Self.wake(rig)
            rig.play(until: rig.port.now + 9600)
            #expect((rig.performer.silentFrom != nil) == (command == .stop))
            #expect(soundingNotes(after: rig.output).isEmpty && rig.performer.phase == .listening)
        }
    }

    @Test func aKeyWhoseEndWasLostIsNotHeldForEver() {
        let rig = Self.standingStill {
            $0[.auto] = 0
            $0[.forget] = 1
        }
        rig.laziness = { false }
        rig.play([rig.on(frame: rig.port.now, 60)], until: rig.port.now + 512)
        rig.laziness = { true }
        Self.flood(rig, records: 20_000)
        rig.cycle(256, [rig.off(frame: rig.port.now, 60)])
        Self.wake(rig)
        let from = rig.port.now
        rig.play([rig.on(frame: from, 62), rig.off(frame: from + 480, 62)], until: from + 96_000)
        rig.play([rig.on(frame: rig.port.now, 64)], until: rig.port.now + 512)
        // After two seconds of silence the memory begins with the last note.
        #expect(rig.recorder.heard.map(\.event.key) == [64])
    }
}
