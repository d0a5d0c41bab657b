// REAL-TIME: runs inside the port's callback. Stage+Setup.swift prepares it.

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
    /// The channel the player used last.
    var lastChannel: UInt8 = 0
    /// After `stop` nothing sounds any more.
    var isStopped = false
    /// A record did not fit; the improviser must be told when one fits again.
    var lostRecord = false
    /// The length of the cycles as the improviser knows it.
    var toldPeriod: Int64 = 0
    /// What has gone out and must end.
    var ledger: OutputLedger
    /// Until when the improviser may be silent with notes sounding.
    let patience: Int64
    /// Of the cycle before.
    var lastStart: Int64 = 0
    /// The end of the cycle after which the improviser was last woken, and how long it may sleep with nothing to hear.
    var lastWake: Int64 = .min / 2
    let longestSleep: Int64
    var cycleStart: Int64 = 0
    var cycleEnd: Int64 = 0
    var output = OutputBuffer()

    /// One cycle of the port.
    /// - Parameters:
    ///   - start: the frame of the cycle's first sample; never less than the end of the cycle before.
    ///   - input: in order of time, offsets below `frames`.
    ///   - buffer: room for `capacity` messages; gets what is to be sent, in order of time.
    /// - Returns: how many were written.
    @_noAllocation @_noLocks
    mutating func run(
        start: Int64, frames: Int, input: UnsafePointer<MIDIMessage>, count: Int,
        into buffer: UnsafeMutablePointer<MIDIMessage>, capacity: Int
    ) -> Int {
        guard frames > 0 else { return 0 }
        lastStart = cycleStart
        (cycleStart, cycleEnd) = (start, start &+ Int64(frames))
        output = OutputBuffer(messages: buffer, capacity: capacity)
        ledger.begin(&output)
        if lostRecord { recover() }
        tellPeriod(Int64(frames))
        // The plan first: a command may make it old, and then only its ends are kept.
        takePlan()
        takeCommands()
        watchOverImproviser()
        var next = 0
        while true {
            let human = next < count ? start &+ Int64(input[next].offset) : Int64.max
            let (plan, overlong) = (nextPlanned(), nextOverlong())
            // What the player does comes before what the machine does at the same frame.
            if human <= plan && human <= overlong {
                guard human != .max else { break }
                receive(input[next], at: min(human, cycleEnd &- 1))
                next &+= 1
            } else if overlong <= plan {
                guard overlong < cycleEnd else { break }
                endOverlong(at: overlong)
            } else {
                guard plan < cycleEnd else { break }
                play(at: plan)
            }
        }
        links.now.pointee.store(cycleEnd, ordering: .releasing)
        wakeImproviser()
        return output.count
    }

    // MARK: The player

    private mutating func receive(_ message: MIDIMessage, at frame: Int64) {
        // Data bytes have seven bits (MIDI 1.0, 1); what has more, or is cut short, is noise.
        guard (message.data1 | message.data2) < 0x80, message.size == MIDIMessage.size(ofStatus: message.status) else {
            return
        }
        let channel = message.status & 0x0F
        switch message.status & 0xF0 {
        case 0x90 where message.data2 > 0: noteOn(message, channel, frame)
        case 0x80, 0x90: noteOff(message, channel, frame)
        case 0xB0 where message.data1 == 64: pedal(message, channel, frame)
        case 0xB0 where message.data1 == 66 || message.data1 == 69: hold(message, frame)
        case 0xB0 where message.data1 == 120 || message.data1 == 123: allNotesOff(message, channel, frame)
        case 0xB0 where message.data1 == 121: resetControllers(message, channel, frame)
        case 0x80...0xE0: pass(message, frame)
        default: break
        }
    }

    private mutating func noteOn(_ message: MIDIMessage, _ channel: UInt8, _ frame: Int64) {
        let key = Int(message.data1)
        if values.isOn(.yield) {
            releaseMachine(at: frame, .heard)
        } else if table.machineKeys.contains(key) {
            release(key, at: frame, .heard)
        }
        raiseEpoch()
        lastChannel = channel
        table.press(key, channel: channel, passes: passes)
        pass(message, frame)
        tell(.noteOn, channel, key, message.data2, frame)
    }

    private mutating func noteOff(_ message: MIDIMessage, _ channel: UInt8, _ frame: Int64) {
        let key = Int(message.data1)
        let (held, passed) = table.release(key, channel: channel)
        // The end of a note that went through goes through, whatever `thru` says by now; a stray one must not end a
        // note of the machine.
        if !isStopped && (held ? passed : passes && !table.machineKeys.contains(key)) { write(message, frame) }
        guard held else { return }
        raiseEpoch()
        tell(.noteOff, channel, key, 0, frame)
    }

    mutating func pedal(_ message: MIDIMessage, _ channel: UInt8, _ frame: Int64) {
        let isDown = message.data2 >= 64
        // As of a key: a pedal that went down at the output comes up there, whatever `thru` says by now.
        if passes || (!isDown && ledger.sounds(message)) { write(message, frame) }
        guard table.pedal(channel: channel, isDown: isDown) else { return }
        if !isDown { raiseEpoch() }
        tell(isDown ? .pedalDown : .pedalUp, channel, 0, 0, frame)
    }

    /// Sostenuto and hold 2: the machine does not hear them, but they come up again as the sustain pedal does.
    mutating func hold(_ message: MIDIMessage, _ frame: Int64) {
        if passes || (message.data2 < 64 && ledger.sounds(message)) { write(message, frame) }
    }

    /// Reset-all-controllers lifts the pedals too (MIDI 1.0 recommended practice RP-015).
    private mutating func resetControllers(_ message: MIDIMessage, _ channel: UInt8, _ frame: Int64) {
        pass(message, frame)
        liftPedals(channel, frame)
    }

    /// Those that are down.
    mutating func liftPedals(_ channel: UInt8, _ frame: Int64) {
        var up = MIDIMessage(offset: 0, status: 0xB0 | channel, data1: 64)
        if table.isPedalDown(channel) { pedal(up, channel, frame) }
        up.data1 = 66
        if ledger.sounds(up) { hold(up, frame) }
        up.data1 = 69
        if ledger.sounds(up) { hold(up, frame) }
    }

    /// All-sound-off and all-notes-off of the player's keyboard (MIDI 1.0, channel mode messages) end their keys.
    mutating func allNotesOff(_ message: MIDIMessage, _ channel: UInt8, _ frame: Int64) {
        for key in 0..<128 where table.isHeld(key, channel: channel) {
            noteOff(
                MIDIMessage(offset: message.offset, status: 0x80 | channel, data1: UInt8(key), data2: 64), channel,
                frame)
        }
    }

    private mutating func tell(
        _ kind: HeardEvent.Kind, _ channel: UInt8, _ key: Int, _ velocity: UInt8, _ frame: Int64
    ) {
        let event = HeardEvent(
            tick: timebase.tick(of: frame), kind: kind, channel: channel, key: UInt8(key), velocity: velocity)
        send(StageRecord(kind: .human, epoch: epoch, frame: frame, cycleEnd: cycleEnd, event: event))
    }

    private mutating func pass(_ message: MIDIMessage, _ frame: Int64) {
        if passes { write(message, frame) }
    }

    /// Whether what the player does goes to the output. What began after `stop` would have no end.
    private var passes: Bool { values.isOn(.thru) && !isStopped }

    private mutating func write(_ message: MIDIMessage, _ frame: Int64) {
        var placed = message
        placed.offset = UInt32(frame &- cycleStart)
        if !ledger.send(placed, into: &output) { counters.overflows.add() }
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
        let channel = values[.channel] > 0 ? UInt8(values[.channel]) &- 1 : lastChannel
        let veryLate = frame &- message.frame > timebase.frames(milliseconds: 50)
        if isStopped || veryLate || table.machineKeys.contains(key) || table.isHeld(key)
            || !ledger.send(noteOnMessage(message, channel, frame), into: &output)
        {
            if veryLate && !isStopped { countLate(at: frame) }
            counters.dropped.add()
            return report(.dropped, .noteOn, key, message.velocity, frame)
        }
        if isLate { countLate(at: frame) }
        table.begin(key, channel: channel, at: frame)
        counters.played.add()
        report(isLate ? .surprise : .heard, .noteOn, key, message.velocity, frame)
    }

    private func countLate(at frame: Int64) {
        counters.late.add()
        counters.lastLate.set(to: Int(frame))
    }

    private func noteOnMessage(_ message: PlanMessage, _ channel: UInt8, _ frame: Int64) -> MIDIMessage {
        MIDIMessage(
            offset: UInt32(frame &- cycleStart), status: 0x90 | channel, data1: message.key, data2: message.velocity)
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

    private mutating func release(_ key: Int, at frame: Int64, _ verdict: StageRecord.Kind) {
        let off = MIDIMessage(
            offset: UInt32(frame &- cycleStart), status: 0x80 | table.channel(ofMachineKey: key), data1: UInt8(key),
            data2: 64)
        if !ledger.send(off, into: &output) { counters.overflows.add() }
        table.end(key)
        report(verdict, .noteOff, key, 0, frame)
    }

    mutating func releaseMachine(at frame: Int64, _ verdict: StageRecord.Kind) {
        let keys = table.machineKeys
        for key in keys { release(key, at: frame, verdict) }
    }

    /// The port had no room for a message. A note-off will be sent in the next cycle.
    mutating func refused(_ message: MIDIMessage) {
        counters.overflows.add()
        ledger.refused(message)
    }

    private mutating func report(
        _ verdict: StageRecord.Kind, _ kind: HeardEvent.Kind, _ key: Int, _ velocity: UInt8, _ frame: Int64
    ) {
        let event = HeardEvent(
            tick: timebase.tick(of: frame), kind: kind, player: .machine, key: UInt8(key), velocity: velocity)
        send(StageRecord(kind: verdict, epoch: epoch, frame: frame, cycleEnd: cycleEnd, event: event))
    }
}
