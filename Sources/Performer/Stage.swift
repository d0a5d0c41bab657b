// REAL-TIME (port): runs inside the port's callback. Stage+Setup.swift prepares it.

import Representation
import Synchronization

/// The last word on what sounds. It alone knows what really does, so it alone can release every note of the machine
/// in the very cycle in which the player returns, and tell the improviser what was heard.
struct Stage: ~Copyable {
    let timebase: Timebase
    let links: Links
    let counters: StageCounters
    var table = SoundingTable()
    var queue = PlanQueue()
    var values: ParameterValues
    /// Raised by whatever the plan did not know of; a plan of an older epoch is not played.
    var epoch: UInt32 = 0
    var channels = PlayerChannels()
    var pedals = OutputPedals()
    var echo: EchoFilter
    var sweep = Sweep()
    var sensing = ActiveSensing()
    var clock: BeatClock
    /// After `stop` nothing sounds any more.
    var isStopped = false
    /// When keys end that a keyboard may have held which has gone; see `doubt`.
    var doubtEnds: Int64 = .max
    /// A record did not fit; the improviser must be told when one fits again.
    var lostRecord = false
    /// The length of the cycles as the improviser knows it.
    var toldPeriod: Int64 = 0
    /// What has gone out and must end.
    var ledger: OutputLedger
    /// Longest time the improviser may be unresponsive while its notes sound, in frames.
    let longestSilence: Int64
    /// Of the cycle before.
    var lastStart: Int64 = 0
    /// The end of the cycle after which the improviser was last woken, and how long it may sleep with nothing to hear.
    var lastWake: Int64 = .min / 2
    let longestSleep: Int64
    /// What it depends on and sends goes on tape.
    var tape: TapeHead
    /// Of a replay: the questions of this cycle that had their rare answer; nil when it plays live.
    var lapses: UnsafeBufferPointer<Int32>?
    /// Questions so far in this cycle.
    var questions: Int32 = 0
    var cycleStart: Int64 = 0
    var cycleEnd: Int64 = 0
    var output = OutputBuffer()

    /// One cycle of the port.
    /// - Returns: how many messages were written.
    @_noAllocation @_noLocks mutating func run(_ cycle: Cycle) -> Int {
        guard cycle.frames > 0 else { return 0 }
        begin(cycle)
        if lostRecord { recover() }
        tellPeriod(Int64(cycle.frames))
        if let transport = cycle.transport { hear(transport) }
        // The plan first: a command may make it old, and then only its ends are kept.
        takePlan()
        takeCommands()
        tellBeat(at: cycleStart)
        sweepOn()
        watchOverImproviser()
        watchOverPlayer()
        var next = 0
        while true {
            let human = next < cycle.input.count ? cycleStart &+ Int64(cycle.input[next].offset) : Int64.max
            let (plan, overlong) = (nextPlanned(), nextOverlong())
            // What the player does comes before what the machine does at the same frame.
            if human <= plan && human <= overlong {
                guard human != .max else { break }
                tape.write(.input(cycle.input[next]))
                receive(cycle.input[next], at: min(human, cycleEnd &- 1))
                next &+= 1
            } else if overlong <= plan {
                guard overlong < cycleEnd else { break }
                endOverlong(at: overlong)
            } else {
                guard plan < cycleEnd else { break }
                play(at: plan)
            }
        }
        echo.remember(output, from: cycleStart)
        for index in 0..<output.count { tape.write(.output(cycle.output[index])) }
        links.now.pointee.store(cycleEnd, ordering: .releasing)
        wakeImproviser()
        return output.count
    }

    private mutating func begin(_ cycle: Cycle) {
        tape.write(
            .cycle(
                start: cycle.start, frames: Int32(truncatingIfNeeded: cycle.frames),
                room: Int32(truncatingIfNeeded: cycle.output.count)))
        questions = 0
        lastStart = cycleStart
        sensing.skip(cycle.start &- cycleEnd)
        (cycleStart, cycleEnd) = (cycle.start, cycle.end)
        clock.begin(at: cycleStart)
        echo.begin(cycle: Int64(cycle.frames))
        output = OutputBuffer(messages: cycle.output.baseAddress, capacity: cycle.output.count)
        ledger.begin(&output)
    }

    /// Every question whose answer depends on how other threads are timed is asked here, so that a replay can give the same
    /// answer. The rare answer is false.
    mutating func isUsual(_ answer: Bool) -> Bool {
        questions &+= 1
        if let lapses { return !lapses.contains(questions) }
        if !answer { tape.write(.lapse(questions)) }
        return answer
    }

    // MARK: The machine

    private func nextPlanned() -> Int64 {
        guard let first = queue.first else { return .max }
        return max(first.frame, cycleStart)
    }

    private mutating func play(at frame: Int64) {
        let message = queue.first!
        queue.removeFirst()
        let key = Int(message.key)
        let isLate = message.frame < frame
        if message.kind == .noteOff {
            // It may have been released already, by the player's return or as overlong.
            guard table.machineKeys.contains(key) else { return }
            if isLate { countLate(at: frame) }
            return release(key, at: frame, isLate ? .surprise : .heard)
        }
        let channel = machineChannel
        let veryLate = frame &- message.frame > timebase.frames(milliseconds: 50)
        let isFree = !isStopped && !veryLate && !table.machineKeys.contains(key) && !table.isHeld(key)
        if isFree { endDeferred(key, channel, frame) }
        // Planned before the ceiling came down.
        let velocity = min(message.velocity, values.ceiling)
        let isSofter = isFree && velocity < message.velocity
        if isSofter { raiseEpoch() }
        guard isFree, ledger.send(noteOnMessage(key, velocity, channel, frame), into: &output) else {
            if veryLate && !isStopped { countLate(at: frame) }
            counters.dropped.add()
            return report(.dropped, .noteOn, key, velocity, frame)
        }
        if isLate { countLate(at: frame) }
        table.begin(key, channel: channel, at: frame)
        counters.played.add()
        report(isLate || isSofter ? .surprise : .heard, .noteOn, key, velocity, frame)
    }

    private func countLate(at frame: Int64) {
        counters.late.add()
        counters.lastLate.set(to: Int(frame))
    }

    /// Where the machine's next note sounds.
    var machineChannel: UInt8 { values[.channel] > 0 ? UInt8(values[.channel]) &- 1 : channels.reply }

    private func noteOnMessage(_ key: Int, _ velocity: UInt8, _ channel: UInt8, _ frame: Int64) -> MIDIMessage {
        MIDIMessage(
            offset: UInt32(frame &- cycleStart), status: 0x90 | channel, data1: UInt8(key), data2: velocity)
    }

    private func nextOverlong() -> Int64 {
        guard let oldest = table.oldest() else { return .max }
        return max(oldest.onset &+ timebase.frames(seconds: values[.maxNote]), cycleStart)
    }

    private mutating func endOverlong(at frame: Int64) {
        counters.overlong.add()
        raiseEpoch()
        release(table.oldest()!.key, at: frame, .surprise)
    }

    mutating func release(_ key: Int, at frame: Int64, _ verdict: StageRecord.Kind) {
        let channel = table.channel(ofMachineKey: key)
        send(.noteOff(key, channel), frame)
        if isSustained(channel) { pedals.ring(channel) }
        table.end(key)
        report(verdict, .noteOff, key, 0, frame)
    }

    /// All notes of the machine end, those that a pedal still sustains too.
    mutating func releaseMachine(at frame: Int64, _ verdict: StageRecord.Kind) {
        let keys = table.machineKeys
        for key in keys { release(key, at: frame, verdict) }
        damp(at: frame)
    }

    mutating func send(_ message: MIDIMessage, _ frame: Int64) {
        var placed = message
        placed.offset = UInt32(frame &- cycleStart)
        if !ledger.send(placed, into: &output) { counters.overflows.add() }
    }

    /// The port had no room for a message. A note-off will be sent in the next cycle.
    mutating func refused(_ message: MIDIMessage) {
        tape.write(.refused(message))
        counters.overflows.add()
        ledger.refused(message)
    }

    private mutating func report(
        _ verdict: StageRecord.Kind, _ kind: HeardEvent.Kind, _ key: Int, _ velocity: UInt8, _ frame: Int64
    ) {
        if verdict != .dropped {
            let status: UInt8 = (kind == .noteOn ? 0x90 : 0x80) | table.channel(ofMachineKey: key)
            tape.write(
                .machine(
                    MIDIMessage(
                        offset: UInt32(truncatingIfNeeded: frame &- cycleStart), status: status, data1: UInt8(key),
                        data2: velocity)))
        }
        let event = HeardEvent(
            tick: 0, kind: kind, player: .machine, key: UInt8(key), velocity: velocity)
        send(StageRecord(kind: verdict, epoch: epoch, frame: frame, cycleEnd: cycleEnd, event: event))
    }
}
