import Performer
import Ports
import Representation
import Testing

/// What the stage does on its own account.
@Suite struct StageTests {
    static func replying(_ change: (inout ParameterValues) -> Void = { _ in }) -> Rig {
        let rig = TurnTests.rig {
            $0[.shortest] = 10
            change(&$0)
        }
        rig.play(TurnTests.call(rig), until: rig.frame(milliseconds: 2500))
        return rig
    }

    @Test func everyCommandButTakeOverIsSilenceInItsCycle() throws {
        for command in Command.allCases where command.isSilencing {
            let rig = Self.replying()
            #expect(!soundingNotes(after: rig.machine()).isEmpty)
            try rig.performer.command(command)
            rig.cycle(256)
            #expect(soundingNotes(after: rig.machine()).isEmpty, "\(command)")
            rig.play(until: rig.port.now + 96_000)
            // Some begin anew.
            let beginsAnew = [Command.vary, .again, .loop].contains(command)
            #expect(rig.performer.phase == .listening || beginsAnew, "\(command)")
        }
    }

    /// To wake a thread is dear; the improviser sleeps while there is nothing for it to hear, though not for long.
    @Test func theImproviserIsWokenForWhatHappensAndNowAndThen() {
        let performer = TurnTests.rig().performer
        let output = UnsafeMutablePointer<MIDIMessage>.allocate(capacity: 64)
        defer { output.deallocate() }
        var now: Int64 = 0
        func wakes(cycles: Int, playing message: MIDIMessage?) -> Int {
            (0..<cycles).reduce(0) { woken, _ in
                var played = message ?? MIDIMessage(offset: 0, status: 0xFE)
                played.data1 = UInt8(now / 64 % 100)
                _ = withUnsafePointer(to: &played) {
                    performer.stage.run(
                        Cycle(
                            start: now, frames: 64,
                            input: UnsafeBufferPointer(start: $0, count: message == nil ? 0 : 1),
                            output: UnsafeMutableBufferPointer(start: output, count: 64)))
                }
                now += 64
                return woken + (performer.workIfWoken() ? 1 : 0)
            }
        }
        #expect(wakes(cycles: 1, playing: nil) == 1)
        // A second: each eighth cycle ends 10 ms or more after the last.
        #expect(wakes(cycles: 750, playing: nil) == 93)
        #expect(wakes(cycles: 16, playing: MIDIMessage(offset: 1, status: 0x90, data1: 60, data2: 70)) == 16)
    }

    @Test func aYieldSendsNothingButNoteOffs() {
        let rig = Self.replying()
        let count = rig.output.count
        rig.play([TimedMessage(frame: rig.port.now + 9, status: 0x90, data1: 70, data2: 90)], until: rig.port.now + 256)
        #expect(rig.output[count...].dropLast().allSatisfy { $0.status == 0x81 })
    }

    @Test func ifTheImproviserDiesItsNotesEnd() {
        let rig = Self.replying()
        rig.laziness = { true }
        let died = rig.port.now
        rig.play(until: died + rig.frame(milliseconds: 900))
        #expect(soundingNotes(after: rig.machine()).isEmpty)
        // Nothing new either: the plan it left behind ends with it.
        #expect(!rig.machine().contains { $0.frame > died + rig.frame(milliseconds: 500) && $0.status == 0x91 })
        #expect(rig.performer.stageCounters.silenced.value >= 1)
        rig.laziness = { false }
        rig.play(until: rig.port.now + 4800)
        #expect(RandomProgramTests.faultInTokens(rig) == nil)
    }

    /// A plan that comes too late is played late, or, more than 50 ms late, not at all: both count.
    @Test func whatComesTooLateIsCounted() {
        let rig = Self.replying {
            $0[.yield] = 0
            $0[.shortest] = 60
            // Many notes.
            $0[.topPTime] = 0.1
            $0[.minNote] = 0
        }
        let counters = rig.performer.stageCounters
        for _ in 0..<20 {
            rig.laziness = { true }
            let now = rig.port.now
            // The player plays along: all is planned anew, by an improviser that sleeps, though not for as long as would
            // silence it.
            let along = [rig.on(frame: now + 9, 100), rig.off(frame: now + 99, 100)]
            rig.play(along, until: now + rig.frame(milliseconds: 185))
            rig.laziness = { false }
            let (awake, before) = (rig.port.now, counters.late.value)
            rig.play(until: rig.port.now + rig.frame(milliseconds: 300))
            guard counters.late.value > before else { continue }
            #expect(awake..<awake + rig.frame(milliseconds: 200) ~= Int64(counters.lastLate.value))
        }
        #expect(counters.silenced.value == 0 && counters.dropped.value > 0)
        // Also those that were dropped, which are the most of them.
        #expect(counters.dropped.value < counters.late.value && counters.late.value < 2 * counters.dropped.value)
    }

    @Test func noNoteOutlastsMaxNote() {
        let rig = Self.replying { $0[.maxNote] = 0.25 }
        rig.play(until: rig.frame(milliseconds: 6000))
        var began: [UInt8: Int64] = [:]
        for message in rig.machine() {
            if message.status == 0x91 {
                began[message.data1] = message.frame
            } else {
                #expect(message.frame - began[message.data1]! <= rig.frame(milliseconds: 250))
            }
        }
        #expect(rig.performer.stageCounters.overlong.value > 0)
    }

    @Test func noNoteIsShorterThanMinNote() {
        let rig = Self.replying {
            $0[.minNote] = 200
            $0[.shortest] = 60
        }
        rig.play(until: rig.frame(milliseconds: 6000))
        var began: [UInt8: Int64] = [:]
        var ended = 0
        for message in rig.machine() {
            if message.status == 0x91 {
                began[message.data1] = message.frame
            } else {
                #expect(message.frame - began[message.data1]! >= rig.frame(milliseconds: 200))
                ended += 1
            }
        }
        #expect(ended > 4)
    }

    @Test func polyphonyIsKept() {
        let rig = Self.replying { $0[.polyphony] = 2 }
        rig.play(until: rig.frame(milliseconds: 6000))
        let machine = rig.machine()
        #expect(machine.count > 4)
        for end in machine.indices { #expect(soundingNotes(after: Array(machine[...end])).count <= 2) }
    }

    @Test func thruPassesChannelMessagesInOrderAndNothingElse() {
        let rig = TurnTests.rig()
        let bend = TimedMessage(frame: 20, status: 0xE0, data1: 1, data2: 64)
        let clock = TimedMessage(frame: 21, status: 0xF8, data1: 0, data2: 0)
        let pressure = TimedMessage(frame: 22, status: 0xD0, data1: 9, data2: 0)
        rig.play([TimedMessage(frame: 10, status: 0x90, data1: 60, data2: 1), bend, clock, pressure], until: 256)
        #expect(rig.output.map(\.status) == [0x90, 0xE0, 0xD0])
        #expect(rig.output.map(\.frame) == [10, 20, 22])
    }

    @Test func aNoteThatWentThroughAlsoEnds() throws {
        let rig = TurnTests.rig()
        rig.play([TimedMessage(frame: 10, status: 0x90, data1: 60, data2: 1)], until: 256)
        try rig.performer.set(.thru, to: 0)
        rig.play(
            [
                TimedMessage(frame: 300, status: 0x90, data1: 62, data2: 1),
                TimedMessage(frame: 301, status: 0x80, data1: 62, data2: 1),
                TimedMessage(frame: 302, status: 0x90, data1: 60, data2: 0),
            ], until: 512)
        #expect(rig.output.map(\.data1) == [60, 60])
    }

    @Test func aPedalThatWentDownThroughAlsoComesUp() throws {
        let rig = TurnTests.rig()
        rig.play([rig.pedal(0, down: true)], until: 256)
        try rig.performer.set(.thru, to: 0)
        rig.play([rig.pedal(10, down: false), rig.pedal(12, down: true)], until: 1024)
        #expect(rig.output.map(\.data2) == [127, 0])
    }

    /// Sostenuto (66) and hold 2 (69) keep at the synth what they caught, as the sustain pedal (64) does.
    @Test(arguments: [64, 66, 69] as [UInt8]) func eachKindOfPedalComesUp(controller: UInt8) throws {
        let reset = TimedMessage(frame: 300, status: 0xB0, data1: 121, data2: 0)
        for end in ["leaving", "keyboard gone", "reset of controllers"] {
            let rig = TurnTests.rig { $0[.auto] = 0 }
            rig.play([TimedMessage(frame: 1, status: 0xB0, data1: controller, data2: 127)], until: 256)
            let count = rig.output.count
            switch end {
            case "leaving": try rig.performer.command(.stop)
            case "keyboard gone": try rig.performer.letGo()
            default: rig.play([reset], until: 512)
            }
            rig.play(until: 8192)
            let ups = rig.output[count...].filter { $0.status == 0xB0 && $0.data1 == controller }
            #expect(!ups.isEmpty && ups.allSatisfy { $0.data2 == 0 }, "\(end)")
            #expect(rig.list.isEmpty, "\(end)")
            #expect(RandomProgramTests.faultInTokens(rig) == nil)
        }
    }

    @Test func aKeyboardThatHasGoneHoldsNothing() throws {
        let rig = TurnTests.rig { $0[.auto] = 0 }
        rig.play([rig.on(0, 60), rig.on(0, 64, channel: 3), rig.pedal(1, down: true)], until: 256)
        try rig.performer.letGo()
        rig.play(until: 1024)
        #expect(soundingNotes(after: rig.output).isEmpty && pedalsDown(after: rig.output).isEmpty)
        #expect(rig.recorder.heard.suffix(3).map(\.event.kind) == [.noteOff, .pedalUp, .noteOff])
        #expect(RandomProgramTests.faultInTokens(rig) == nil)
        // Their ends, should they come after all, are strays.
        try rig.performer.letGo()
        rig.play(until: 1536)
        #expect(rig.performer.counters.heard.value == 6)
    }

    @Test func onLeavingTooWhatThePlayerHoldsEnds() throws {
        let rig = TurnTests.rig()
        rig.play([rig.on(0, 60), rig.on(1, 64, channel: 3), rig.pedal(2, down: true)], until: 480)
        try rig.performer.set(.thru, to: 0)
        rig.play([rig.on(10, 67)], until: 960)
        let count = rig.output.count
        try rig.performer.command(.stop)
        rig.play([rig.on(20, 70), rig.off(21, 60)], until: 1920)
        let ends = rig.output[count...].prefix { $0.frame < 960 + 256 }
        #expect(Synth.sounding(after: rig.output[..<count]) == [60, 3 * 128 + 64])
        #expect(
            Synth.sounding(after: rig.output[..<count] + ends).isEmpty
                && !rig.output.contains { $0.data1 == 70 && $0.status == 0x90 })
    }

    @Test func aFullPortBufferOwesTheEndsAndPaysThem() {
        let rig = Rig(TinyModel.performance, room: 3) {
            $0[.channel] = 2
            $0[.shortest] = 10
        }
        rig.play(TurnTests.call(rig), until: rig.frame(milliseconds: 3000))
        let strike = TimedMessage(frame: rig.port.now, status: 0x90, data1: 70, data2: 90)
        rig.play([strike], until: rig.port.now + 256 * 12)
        #expect(soundingNotes(after: rig.machine()).isEmpty)
    }

    @Test func bytesThatAreNoMIDIAreDropped() {
        let rig = TurnTests.rig()
        rig.play([TimedMessage(frame: 5, status: 0x90, data1: 60, data2: 200)], until: 256)
        rig.play([TimedMessage(frame: 300, status: 0x90, data1: 190, data2: 20)], until: 512)
        rig.play([TimedMessage(frame: 600, status: 0x90, data1: 60, data2: 20, size: 2)], until: 768)
        rig.play([TimedMessage(frame: 800, status: 60, data1: 64, data2: 20)], until: 1024)
        #expect(rig.output.isEmpty && rig.performer.counters.heard.value == 0)
        #expect(rig.port.cycle(0, [TimedMessage(frame: 1024, status: 0x90, data1: 60, data2: 20)]).isEmpty)
    }

    @Test func ifTheImproviserIsFloodedTheMachineFallsSilentAndBothBeginAnew() {
        let rig = Self.replying { $0[.thru] = 0 }
        rig.laziness = { true }
        // More than the ring holds, before the dead-man's time is over.
        let start = rig.port.now
        let flood = (0..<20_000).map { (index: Int) -> TimedMessage in
            let status: UInt8 = index % 2 == 0 ? 0x90 : 0x80
            let (key, velocity) = (UInt8(index / 2 % 90), UInt8(index / 180 % 120 + 1))
            return TimedMessage(frame: start + Int64(index / 3), status: status, data1: key, data2: velocity)
        }
        rig.play(flood, until: start + 6912)
        #expect(rig.performer.stageCounters.lost.value > 0)
        #expect(soundingNotes(after: rig.machine()).isEmpty)
        rig.laziness = { false }
        rig.play(until: rig.port.now + 9600)
        let call = [
            TimedMessage(frame: rig.port.now, status: 0x90, data1: 60, data2: 64),
            TimedMessage(frame: rig.port.now + 200, status: 0x80, data1: 60, data2: 64),
        ]
        let count = rig.machine().count
        rig.play(call, until: rig.port.now + 96_000)
        #expect(rig.machine().count > count)
        #expect(RandomProgramTests.faultInTokens(rig) == nil)
    }

    @Test func aNewMindTakesOverInTheMiddleOfAReply() throws {
        for network in [TinyModel.dyads, TinyModel.performance, TinyModel.sonority] {
            let rig = Self.replying()
            try rig.adopt(TinyModel.mind(network))
            rig.play(until: rig.frame(milliseconds: 4000))
            #expect(rig.performer.phase == .replying)
            #expect(rig.performer.stageCounters.late.value == 0)
            #expect(RandomProgramTests.faultInTokens(rig) == nil)
            try rig.performer.command(.stop)
            rig.cycle(256)
            #expect(soundingNotes(after: rig.output.filter { $0.status & 0x0F == 1 }).isEmpty)
        }
    }

    @Test func aFloodOfNotesIsHeardInFull() {
        let rig = TurnTests.rig()
        // 10 000 events a second for two seconds.
        let flood = (0..<20_000).map { (index: Int) -> TimedMessage in
            let status: UInt8 = index % 2 == 0 ? 0x90 : 0x80
            let (key, velocity) = (UInt8(index / 2 % 128), UInt8(index / 256 % 120 + 1))
            return TimedMessage(frame: Int64(index) * 24 / 5, status: status, data1: key, data2: velocity)
        }
        rig.play(flood, until: 96_256)
        #expect(rig.performer.counters.heard.value == 20_000)
        #expect(rig.performer.stageCounters.lost.value == 0)
        #expect(RandomProgramTests.faultInTokens(rig) == nil)
    }
}
