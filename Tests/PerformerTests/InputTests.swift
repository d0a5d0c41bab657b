import Performer
import Ports
import Representation
import Testing

/// What counts as the player's music, of all that comes in.
@Suite struct InputTests {
    static func rig(_ change: (inout ParameterValues) -> Void = { _ in }) -> Rig {
        Rig {
            $0[.auto] = 0
            change(&$0)
        }
    }

    private func heard(_ rig: Rig) -> [UInt8] {
        rig.recorder.heard.filter { $0.kind == .event && $0.event.kind == .noteOn }.map(\.event.key)
    }

    // MARK: Channels

    @Test func percussionGoesThroughAndIsNotHeard() throws {
        let rig = Rig()
        let pad = [rig.on(100, 36, channel: 9), rig.off(150, 36, channel: 9)]
        rig.play(
            pad + [rig.on(200, 60), rig.off(300, 60)] + [rig.on(400, 38, channel: 9), rig.off(450, 38, channel: 9)],
            until: rig.frame(milliseconds: 3000))
        #expect(heard(rig).first == 60 && !heard(rig).contains(36) && !heard(rig).contains(38))
        #expect(rig.output.filter { $0.status & 0x0F == 9 }.count == 4)
        let machine = rig.output.filter { $0.status == 0x90 && $0.frame > rig.frame(milliseconds: 500) }
        #expect(!machine.isEmpty, "the reply comes on channel 1")
    }

    /// Not even when it is heard is it followed; and a pad does not interrupt.
    @Test func percussionIsNeverFollowed() {
        let rig = Rig { $0[.listen] = 17 }
        rig.play([rig.on(100, 36, channel: 9), rig.off(150, 36, channel: 9)], until: rig.frame(milliseconds: 3000))
        #expect(heard(rig).first == 36)
        #expect(rig.output.contains { $0.status == 0x90 } && rig.output.filter { $0.status == 0x99 }.count == 1)
    }

    @Test func oneChannelAloneIsHeard() throws {
        let rig = Self.rig { $0[.listen] = 3 }
        rig.play([rig.on(0, 60), rig.on(1, 62, channel: 2)], until: 480)
        #expect(heard(rig) == [62] && rig.output.count == 2)
        // A key keeps its end, whatever is heard by then.
        try rig.performer.set(.listen, to: 1)
        rig.play([rig.off(20, 62, channel: 2), rig.off(21, 60)], until: 1920)
        #expect(rig.recorder.heard.filter { $0.kind == .event }.map(\.event.kind) == [.noteOn, .noteOff])
        #expect(soundingNotes(after: rig.output).isEmpty)
        #expect(RandomProgramTests.faultInTokens(rig) == nil)
    }

    @Test func aPadDoesNotInterrupt() {
        let rig = StageTests.replying()
        let before = rig.performer.counters.yields.value
        rig.play([rig.on(frame: rig.port.now + 5, 36, channel: 9)], until: rig.port.now + 480)
        #expect(rig.performer.phase == .replying && rig.performer.counters.yields.value == before)
    }

    private func bend(_ milliseconds: Int64, _ channel: UInt8, _ value: UInt8) -> TimedMessage {
        TimedMessage(frame: Int64(milliseconds) * 48, status: 0xE0 | channel, data1: 0, data2: value)
    }

    private func controls(_ milliseconds: Int64, _ channel: UInt8, _ pairs: [(UInt8, UInt8)]) -> [TimedMessage] {
        pairs.map { TimedMessage(frame: milliseconds * 48, status: 0xB0 | channel, data1: $0.0, data2: $0.1) }
    }

    /// With the configuration message, and without, for which a bent channel is known by its bend.
    @Test(arguments: [false, true]) func inMPETheReplyComesOnTheManagersChannel(isConfigured: Bool) {
        let rig = Rig()
        let configuration = isConfigured ? controls(1, 0, [(101, 0), (100, 6), (6, 15)]) : []
        let play = [
            bend(90, 2, 70), rig.on(100, 60, channel: 2), bend(110, 2, 80), rig.off(200, 60, channel: 2),
            bend(290, 3, 50), rig.on(300, 64, channel: 3), rig.off(400, 64, channel: 3),
        ]
        rig.play(configuration + play, until: rig.frame(milliseconds: 4000))
        let machine = rig.output.filter { $0.status & 0xF0 == 0x90 && $0.frame > rig.frame(milliseconds: 500) }
        #expect(!machine.isEmpty && machine.allSatisfy { $0.status == 0x90 })
    }

    @Test func inMPEThePedalOfTheManagerHoldsTheMembersNotes() {
        let rig = Rig { $0[.hold] = 0.3 }
        let configuration = controls(1, 0, [(101, 0), (100, 6), (6, 15)])
        let call = [rig.pedal(50, down: true), rig.on(100, 60, channel: 4), rig.off(200, 60, channel: 4)]
        rig.play(configuration + call, until: rig.frame(milliseconds: 3000))
        #expect(rig.performer.phase == .replying)
        rig.play([rig.on(frame: rig.port.now + 9, 90, channel: 5)], until: rig.port.now + 256)
        #expect(soundingNotes(after: rig.output) == [4 * 128 + 60, 5 * 128 + 90])
    }

    // MARK: The same stroke twice

    @Test(arguments: [0, 5, 29] as [Int64]) func twoLayersAreOneStroke(apart: Int64) {
        let rig = Self.rig()
        let strokes = [
            rig.on(100, 60), rig.on(100 + apart, 60, 60, channel: 1), rig.off(300, 60), rig.off(300, 60, channel: 1),
        ]
        rig.play(strokes, until: rig.frame(milliseconds: 500))
        #expect(rig.recorder.heard.map(\.event.kind) == [.noteOn, .noteOff])
        // Both layers sound.
        #expect(rig.output.count == 4 && soundingNotes(after: rig.output).isEmpty)
        #expect(RandomProgramTests.faultInTokens(rig) == nil)
    }

    @Test func twoWaysOfOneKeyboardAreOneStroke() {
        let rig = Self.rig()
        let strokes = [
            rig.on(100, 60), rig.on(104, 60), rig.off(120, 60), rig.off(124, 60),
            // A pad is let go before the slower way brings it.
            rig.on(200, 62), rig.off(201, 62), rig.on(204, 62), rig.off(205, 62),
        ]
        rig.play(strokes, until: rig.frame(milliseconds: 500))
        #expect(heard(rig) == [60, 62])
        #expect(soundingNotes(after: rig.output).isEmpty)
    }

    @Test func aKeyStruckAnewIsAnotherStroke() {
        let rig = Self.rig()
        rig.play(
            [
                rig.on(100, 60), rig.off(110, 60), rig.on(120, 60, 40), rig.off(125, 60),
                rig.on(135, 60), rig.off(150, 60), rig.on(170, 60),
            ], until: rig.frame(milliseconds: 500))
        #expect(heard(rig) == [60, 60, 60, 60])
    }

    // MARK: Loops

    /// What goes out comes in again `delay` frames later, as through a Through port at both ends.
    private func loop(_ rig: Rig, delay: Int64, cycle: Int, _ input: [TimedMessage], until end: Int64) {
        var rest = input
        var back = rig.output.firstIndex { $0.frame + delay >= rig.port.now } ?? rig.output.count
        while rig.port.now < end {
            let next = rig.port.now + Int64(cycle)
            var due = rest.filter { $0.frame < next }
            rest.removeAll { $0.frame < next }
            while back < rig.output.count && rig.output[back].frame + delay < next {
                var echo = rig.output[back]
                echo.frame = max(echo.frame + delay, rig.port.now)
                due.append(echo)
                back += 1
            }
            rig.cycle(cycle, due.sorted { $0.frame < $1.frame })
        }
    }

    /// A short note and a trembling pedal have two messages on their way round at once.
    @Test(arguments: [64, 256, 1024]) func whatComesBackIsDropped(cycle: Int) {
        let rig = Self.rig()
        let play =
            [rig.on(100, 60), rig.off(100, 60), rig.on(300, 64), rig.off(500, 64)]
            + [0, 127, 0, 127, 0].enumerated().map {
                TimedMessage(frame: 48 * (600 + Int64($0)), status: 0xB0, data1: 64, data2: $1)
            } + (0..<100).map { TimedMessage(frame: 48 * (700 + 3 * $0), status: 0xB0, data1: 1, data2: UInt8($0)) }
        loop(rig, delay: Int64(cycle), cycle: cycle, play, until: 48 * 1400)
        let settled = rig.output.count
        #expect(rig.performer.stageCounters.echoes.value > 50)
        loop(rig, delay: Int64(cycle), cycle: cycle, [], until: rig.port.now + 48_000)
        #expect(rig.output.count == settled, "it goes round")
        #expect(heard(rig) == [60, 64])
        #expect(soundingNotes(after: rig.output).isEmpty && pedalsDown(after: rig.output).isEmpty)
    }

    @Test func theMachinesNotesThatComeBackDoNotInterruptIt() {
        let rig = Rig { $0[.shortest] = 5 }
        loop(rig, delay: 256, cycle: 256, TurnTests.call(rig), until: rig.frame(milliseconds: 4000))
        #expect(rig.performer.phase == .replying && rig.performer.counters.yields.value == 0)
        #expect(rig.performer.stageCounters.played.value > 3)
        #expect(rig.performer.stageCounters.echoes.value >= rig.performer.stageCounters.played.value)
    }

    @Test func aPanicInALoopComesToRest() throws {
        let rig = Self.rig()
        loop(rig, delay: 64, cycle: 64, [rig.on(10, 60)], until: 4800)
        try rig.performer.command(.panic)
        loop(rig, delay: 64, cycle: 64, [], until: 48_000)
        let settled = rig.output.count
        loop(rig, delay: 64, cycle: 64, [], until: 96_000)
        #expect(rig.output.count == settled)
    }

    /// A trembling pedal alone is none: its every movement is passed on.
    @Test func aTremblingPedalIsNoLoop() {
        let rig = Self.rig()
        let values: [UInt8] = [127, 0, 127, 0, 127]
        rig.play(
            values.enumerated().map {
                TimedMessage(frame: 48 * (100 + 2 * Int64($0)), status: 0xB0, data1: 64, data2: $1)
            }, until: 9600)
        #expect(rig.output.map(\.data2) == values)
    }

    /// Nor is a roll on one key by a sequencer, which strikes with one velocity, in cycles of whatever length.
    @Test(arguments: [48, 256, 1024, 2048]) func aFastRollIsNoLoop(cycle: Int) {
        let rig = Self.rig()
        let roll = (0..<60).flatMap { [rig.on(100 + 31 * $0, 60), rig.off(115 + 31 * $0, 60)] }
        rig.play(roll, until: 48 * 2200, cycle: cycle)
        #expect(rig.output.count == 120 && rig.performer.stageCounters.echoes.value == 0)
        #expect(heard(rig).count == 60)
    }

    // MARK: The pedal's wiring

    @Test func anInvertedPedalIsTurned() throws {
        let rig = Self.rig { $0[.pedalInverted] = 1 }
        rig.play([rig.pedal(10, down: false), rig.pedal(100, down: true)], until: 9600)
        #expect(rig.output.map(\.data2) == [127, 0])
        #expect(rig.recorder.heard.map(\.event.kind) == [.pedalDown, .pedalUp])
        // One that is down when the wiring is told comes up.
        rig.play([rig.pedal(300, down: false)], until: 48 * 400)
        try rig.performer.set(.pedalInverted, to: 0)
        rig.play(until: 48 * 500)
        #expect(pedalsDown(after: rig.output).isEmpty)
    }
}
