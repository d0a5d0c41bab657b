import Performer
import Ports
import Representation
import Testing

/// That silence is silence, at a synth with a pedal, after cables have been pulled, and whoever's notes they were.
@Suite struct SilenceTests {
    /// Player and machine share channel 0; the machine replies, under the player's pedal or without it.
    static func replying(
        pedal: Bool, controller: UInt8 = 64, until milliseconds: Int64 = 4000,
        _ change: (inout ParameterValues) -> Void = { _ in }
    ) -> Rig {
        let rig = Rig {
            $0[.shortest] = 10
            $0[.hold] = 0.5
            change(&$0)
        }
        let foot = TimedMessage(
            frame: rig.frame(milliseconds: 150), status: 0xB0, data1: controller, data2: pedal ? 127 : 0)
        let call = [rig.on(100, 40), foot, rig.off(400, 40), rig.on(500, 44), rig.off(800, 44)]
        rig.play(call, until: rig.frame(milliseconds: 4000))
        return rig
    }

    private func control(_ rig: Rig, _ controller: UInt8, _ value: UInt8, after frames: Int64 = 20) -> TimedMessage {
        TimedMessage(frame: rig.port.now + frames, status: 0xB0, data1: controller, data2: value)
    }

    @Test(arguments: [false, true]) func atThePlayersKeyOnlyThePlayerSounds(pedal: Bool) {
        let rig = Self.replying(pedal: pedal)
        #expect(rig.performer.phase == .replying)
        #expect(Synth.sounding(after: rig.output).count > (pedal ? 2 : 0))
        rig.play([rig.on(frame: rig.port.now + 9, 90)], until: rig.port.now + 256)
        // What the player has let go under the pedal goes on too.
        #expect(Synth.sounding(after: rig.output) == (pedal ? [40, 44, 90] : [90]))
        // The pedal comes down again at the synth, and up with the player's foot.
        rig.play(until: rig.port.now + 24_000)
        #expect(pedalsDown(after: rig.output) == (pedal ? [0] : []))
        rig.play([rig.off(frame: rig.port.now + 9, 90)], until: rig.port.now + 256)
        #expect(Synth.sounding(after: rig.output) == (pedal ? [40, 44, 90] : []))
        rig.play([control(rig, 64, 0)], until: rig.port.now + 256)
        #expect(Synth.sounding(after: rig.output).isEmpty && soundingNotes(after: rig.output).isEmpty)
        #expect(RandomProgramTests.faultInTokens(rig) == nil)
    }

    @Test func aPedalThatComesUpWhileItIsLiftedStaysUp() throws {
        let rig = Self.replying(pedal: true)
        rig.play([rig.on(frame: rig.port.now + 9, 90), control(rig, 64, 100, after: 10)], until: rig.port.now + 256)
        // A pedal that tells its every movement is not passed on meanwhile.
        #expect(pedalsDown(after: rig.output).isEmpty)
        try rig.performer.set(.auto, to: 0)
        rig.play([control(rig, 64, 10)], until: rig.port.now + 48_000)
        #expect(pedalsDown(after: rig.output).isEmpty)
        #expect(Synth.sounding(after: rig.output) == [90])
    }

    /// Pianists change the pedal as they strike: that it was lifted for them a moment ago must not hide it.
    @Test(arguments: [64, 69] as [UInt8]) func aPedalThatComesUpAtTheStrokeIsUp(controller: UInt8) {
        let rig = Self.replying(pedal: true, controller: controller)
        rig.play(
            [rig.on(frame: rig.port.now + 9, 90), control(rig, controller, 0, after: 100)], until: rig.port.now + 256)
        #expect(Synth.sounding(after: rig.output) == [90])
        rig.play(until: rig.port.now + 24_000)
        #expect(rig.output.last { $0.status == 0xB0 && $0.data1 == controller }?.data2 == 0)
    }

    @Test func hold2IsLiftedAsTheSustainPedalIs() {
        let rig = Self.replying(pedal: true, controller: 69)
        // The machine does not hear hold 2, and strikes again what that holds; but not a key that is down.
        rig.play(until: rig.port.now + 256)
        let start = rig.port.now
        rig.play([rig.on(frame: start + 1, 20)], until: start + 96_000)
        #expect(rig.performer.phase == .replying && Synth.sounding(after: rig.output).count > 2)
        let (up, strike) = (rig.off(frame: rig.port.now + 1, 20), rig.on(frame: rig.port.now + 9, 90))
        rig.play([up, strike], until: rig.port.now + 256)
        #expect(Synth.sounding(after: rig.output) == [20, 90])
        rig.play(until: rig.port.now + 24_000)
        #expect(rig.output.last { $0.status == 0xB0 && $0.data1 == 69 }?.data2 == 127)
    }

    /// Sostenuto holds what sounded when it went down, so it is lifted if that was the machine's, and only then.
    @Test(arguments: [false, true]) func sostenutoThatCaughtTheMachineIsLifted(isPlayersOwn: Bool) {
        let rig = Self.replying(pedal: false) { $0[.auto] = isPlayersOwn ? 0 : 1 }
        rig.play([control(rig, 66, 127)], until: rig.port.now + 256)
        let strike = rig.port.now + 9
        rig.play([rig.on(frame: strike, 90)], until: rig.port.now + 48_000)
        let lifts = rig.output.filter { $0.status == 0xB0 && $0.data1 == 66 && $0.data2 == 0 }
        #expect(lifts.map(\.frame) == (isPlayersOwn ? [] : [strike]))
    }

    @Test func whatTheMachineLeftUnderThePedalEndsToo() throws {
        let rig = Self.replying(pedal: true) { $0[.longest] = 10 }
        // The reply is long over; its notes ring on.
        try rig.performer.set(.auto, to: 0)
        rig.play(until: rig.frame(milliseconds: 16_000))
        #expect(rig.performer.phase == .listening && Synth.sounding(after: rig.output).count > 2)
        rig.play([rig.on(frame: rig.port.now + 9, 90)], until: rig.port.now + 256)
        #expect(Synth.sounding(after: rig.output) == [40, 44, 90])
    }

    @Test(arguments: [Command.yield, .panic, .reset, .stop]) func commandsSilenceUnderThePedal(_ command: Command)
        throws
    {
        let rig = Self.replying(pedal: true)
        try rig.performer.command(command)
        rig.play(until: rig.port.now + 256)
        let isAll = command == .panic || command == .stop
        #expect(Synth.sounding(after: rig.output) == (isAll ? [] : [40, 44]))
    }

    @Test func aKeyStruckAgainUnderThePedalIsStruckAgainAtTheSynth() {
        let rig = Self.replying(pedal: true) { $0[.auto] = 0 }
        let count = rig.output.count
        rig.play([rig.on(frame: rig.port.now + 9, 40)], until: rig.port.now + 256)
        #expect(rig.output[count...].map(\.status) == [0x80, 0x90])
    }

    @Test func onAChannelOfItsOwnNoteOffsGoThroughAtOnce() {
        let rig = Rig {
            $0[.channel] = 2
            $0[.auto] = 0
        }
        rig.play([rig.pedal(1, down: true), rig.on(10, 60), rig.off(20, 60)], until: rig.frame(milliseconds: 30))
        #expect(rig.output.map(\.status) == [0xB0, 0x90, 0x80])
        #expect(rig.output.last?.frame == rig.frame(milliseconds: 20))
    }

    // MARK: All sound off

    @Test(arguments: [false, true]) func allSoundOffStopsEverything(pedal: Bool) {
        let rig = Self.replying(pedal: pedal)
        rig.play([control(rig, 120, 0)], until: rig.port.now + 256)
        #expect(Synth.sounding(after: rig.output).isEmpty && soundingNotes(after: rig.output).isEmpty)
        #expect(rig.output.contains { $0.status == 0xB0 && $0.data1 == 120 })
        let count = rig.output.count
        rig.play(until: rig.port.now + 96_000)
        #expect(rig.performer.phase == .listening)
        #expect(!rig.output[count...].contains { $0.status & 0xF0 == 0x90 })
        #expect(RandomProgramTests.faultInTokens(rig) == nil)
        // For the listener too nothing sounds any more, but the pedal is down.
        if pedal { #expect(rig.recorder.heard.last { $0.event.kind != .noteOff }?.event.kind == .pedalDown) }
    }

    @Test func allNotesOffEndsThePlayersKeysOnly() {
        let rig = TurnTests.rig()
        rig.play([rig.on(0, 60), rig.on(1, 64)], until: 480)
        rig.play([control(rig, 123, 0)], until: 960)
        #expect(soundingNotes(after: rig.output).isEmpty)
        #expect(!rig.output.contains { $0.data1 == 123 && $0.status == 0xB0 })
    }

    // MARK: What nobody knows of

    /// Each key has its note-off and each channel its mode messages, over as many cycles as the port's room makes of it.
    @Test(arguments: [Command.panic, .stop], [4096, 40]) func everyKeyOfEveryChannelEnds(_ command: Command, room: Int)
        throws
    {
        let rig = Rig(room: room) { $0[.auto] = 0 }
        rig.play([rig.on(0, 60), rig.on(1, 72), rig.pedal(2, down: true)], until: 480)
        let count = rig.output.count
        try rig.performer.command(command)
        var cycles = 0
        repeat {
            rig.cycle(256)
            cycles += 1
        } while cycles < 200 && (command == .panic || rig.performer.silentFrom == nil)
        let sent = rig.output[count...]
        let offs = Set(sent.filter { $0.status & 0xF0 == 0x80 }.map { Int($0.status & 15) * 128 + Int($0.data1) })
        #expect(offs.count == 16 * 128)
        for controller in [64, 120, 123] as [UInt8] {
            let channels = sent.filter { $0.status & 0xF0 == 0xB0 && $0.data1 == controller && $0.data2 == 0 }
            #expect(Set(channels.map { $0.status & 15 }).count == 16)
        }
        #expect(rig.performer.stageCounters.overflows.value == 0 && rig.list.isEmpty)
        if command == .stop { #expect(cycles < 100 && rig.performer.silentFrom == rig.port.now) }
    }

    /// After a panic the player's keys count from their next note-on, and what is struck while it lasts is not cut off.
    @Test func whatIsStruckDuringAPanicSounds() throws {
        let rig = Rig(room: 40) { $0[.auto] = 0 }
        rig.play([rig.on(0, 60)], until: 480)
        try rig.performer.command(.panic)
        rig.cycle(256)
        rig.cycle(256, [TimedMessage(frame: rig.port.now, status: 0x93, data1: 100, data2: 80)])
        rig.play(until: rig.port.now + 48_000)
        #expect(Synth.sounding(after: rig.output) == [3 * 128 + 100])
        #expect(rig.recorder.heard.map(\.event.kind) == [.noteOn, .noteOff, .noteOn])
        // The end of the key that was down before is a stray.
        rig.play([rig.off(frame: rig.port.now, 60)], until: rig.port.now + 256)
        #expect(rig.performer.counters.heard.value == 3)
    }

    @Test func aDestinationThatIsConnectedGetsTheEndsOfWhatItMaySound() throws {
        let rig = Self.replying(pedal: false)
        rig.play([rig.on(frame: rig.port.now + 9, 90)], until: rig.port.now + 256)
        let begun = Set(rig.output.filter { $0.status & 0xF0 == 0x90 }.map(\.data1))
        let count = rig.output.count
        try rig.performer.releaseLeft()
        rig.cycle(256)
        let ends = rig.output[count...].filter { $0.status == 0x80 }.map(\.data1)
        // But for what sounds.
        #expect(Set(ends) == begun.subtracting([90]) && ends.count == begun.count - 1)
    }

    // MARK: Keyboards that go

    @Test func ofSeveralKeyboardsOneThatGoesLeavesWhatTheOthersHold() throws {
        let rig = Rig { $0[.auto] = 0 }
        rig.play([rig.on(0, 60), rig.on(1, 64), rig.pedal(2, down: true)], until: 480)
        try rig.performer.doubt()
        rig.play(until: 48_000)
        #expect(Synth.sounding(after: rig.output) == [60, 64])
        // One is let go, so it was another's; so is one that is struck again.
        rig.play([rig.off(frame: 48_001, 60), rig.on(frame: 48_300, 60)], until: rig.frame(milliseconds: 4900))
        #expect(Synth.sounding(after: rig.output) == [60, 64])
        rig.play(until: rig.frame(milliseconds: 5100))
        #expect(Synth.sounding(after: rig.output) == [60] && pedalsDown(after: rig.output).isEmpty)
        #expect(RandomProgramTests.faultInTokens(rig) == nil)
    }

    @Test func whenActiveSensingStopsWhatIsHeldEnds() {
        let rig = Rig { $0[.auto] = 0 }
        func sensing(_ milliseconds: Int64) -> TimedMessage {
            TimedMessage(frame: rig.frame(milliseconds: milliseconds), status: 0xFE, data1: 0, data2: 0, size: 1)
        }
        rig.play([sensing(0), rig.on(10, 60), rig.pedal(20, down: true)], until: rig.frame(milliseconds: 300))
        rig.play([sensing(300), sensing(600), sensing(900)], until: rig.frame(milliseconds: 1250))
        #expect(Synth.sounding(after: rig.output) == [60])
        rig.play(until: rig.frame(milliseconds: 1400))
        #expect(Synth.sounding(after: rig.output).isEmpty && pedalsDown(after: rig.output).isEmpty)
        // Who never sends it holds as long as they like; the server may stand still.
        let other = Rig { $0[.auto] = 0 }
        other.play([other.on(10, 60)], until: other.frame(milliseconds: 3000))
        #expect(Synth.sounding(after: other.output) == [60])
    }
}
