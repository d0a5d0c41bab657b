// REAL-TIME (port): the stage and the player: what is heard, and what goes through.

import Representation

extension Stage {
    mutating func receive(_ message: MIDIMessage, at frame: Int64) {
        sensing.hear(status: message.status, at: frame)
        if message.status >= 0xF0 { return hearSystem(message, at: frame) }
        // Data bytes have seven bits (MIDI 1.0, 1); what has more, or is cut short, is noise.
        guard (message.data1 | message.data2) < 0x80, message.size == MIDIMessage.size(ofStatus: message.status),
            (0x80..<0xF0).contains(message.status)
        else { return }
        let channel = message.status & 0x0F
        guard !isEcho(message, channel, frame) else {
            tape.write(.echo)
            return counters.echoes.add()
        }
        switch message.status & 0xF0 {
        case 0x90 where message.data2 > 0: noteOn(message, channel, frame)
        case 0x80, 0x90: noteOff(message, channel, frame)
        case 0xB0: control(message, channel, frame)
        case 0xE0:
            channels.bend(message, channel)
            pass(message, frame)
        default: pass(message, frame)
        }
    }

    /// Whether the message is one that was sent and has come back. What ends a note or a pedal of the player's never is: taken
    /// for one, it would leave that hanging.
    private mutating func isEcho(_ message: MIDIMessage, _ channel: UInt8, _ frame: Int64) -> Bool {
        echo.remember(output, from: cycleStart)
        var (isNews, isEnd) = (false, false)
        if message.status & 0xF0 == 0xB0, let index = OutputPedals.index(of: message.data1) {
            let isTurned = index == 0 && values.isOn(.pedalInverted)
            let isDown = (message.data2 >= 64) != isTurned
            isNews = isDown != (pedals.value(index, channel) >= 64)
            isEnd = isNews && !isDown
        } else if message.status & 0xE0 == 0x80 {
            isEnd = NoteMap.isEnd(message) && table.isDown(Int(message.data1), channel: channel)
        }
        return echo.isEcho(message, at: frame, isNews: isNews) && !isEnd
    }

    private mutating func control(_ message: MIDIMessage, _ channel: UInt8, _ frame: Int64) {
        switch message.data1 {
        case 64:
            var turned = message
            if values.isOn(.pedalInverted) { turned.data2 = 127 &- message.data2 }
            pedal(turned, channel, frame)
        case 66: sostenuto(message, channel, frame)
        case 69: hold2(message, channel, frame)
        case 120: allSoundOff(message, channel, frame)
        case 121:
            // It lifts the pedals too (MIDI recommended practice RP-015).
            pass(message, frame)
            channels.reset(channel)
            liftPedals(channel, frame)
        case 123: allNotesOff(channel, frame)
        default:
            channels.control(message.data1, message.data2, channel)
            pass(message, frame)
        }
    }

    private mutating func noteOn(_ message: MIDIMessage, _ channel: UInt8, _ frame: Int64) {
        let key = Int(message.data1)
        let isHeard =
            values.hears(channel) && !table.isDoubled(message, at: frame, within: timebase.frames(milliseconds: 30))
        if isHeard {
            if values.yieldKind == .atOnce && !values.isInChordZone(key) {
                releaseMachine(at: frame, .heard)
            } else {
                if table.machineKeys.contains(key) { release(key, at: frame, .heard) }
                // The network takes it for the player's from now on.
                let heard = values.heardKey(key)
                if table.machineKeys.contains(heard) { release(heard, at: frame, .heard) }
            }
            raiseEpoch()
            channels.follow(channel)
        }
        table.press(message, at: frame, isHeard: isHeard, passes: passes)
        if passes { endDeferred(key, channel, frame) }
        pass(message, frame)
        if isHeard { tell(.noteOn, channel, key, message.data2, frame) }
    }

    mutating func noteOff(_ message: MIDIMessage, _ channel: UInt8, _ frame: Int64) {
        let key = Int(message.data1)
        let (held, passed) = table.release(key, channel: channel)
        // The end of a note that went through goes through, whatever `thru` says by now; a stray one must not end a
        // note of the machine.
        let isStray = !held && passes && !table.machineKeys.contains(key) && !table.isDeferred(key, channel: channel)
        if !isStopped {
            if passed && isDeferring(channel) {
                table.defer(key, channel: channel)
            } else if passed || isStray {
                send(message, frame)
            }
        }
        guard held else { return }
        raiseEpoch()
        tell(.noteOff, channel, key, 0, frame)
    }

    // MARK: Pedals

    mutating func pedal(_ message: MIDIMessage, _ channel: UInt8, _ frame: Int64) {
        let isDown = message.data2 >= 64
        passSustaining(message, 0, channel, frame)
        guard values.hears(channel) || table.isPedalDown(channel), table.pedal(channel: channel, isDown: isDown) else {
            return
        }
        if !isDown { raiseEpoch() }
        tell(isDown ? .pedalDown : .pedalUp, channel, 0, 0, frame)
    }

    /// Hold 2 and sostenuto: the machine does not hear them, but they come up again as the sustain pedal does.
    private mutating func hold2(_ message: MIDIMessage, _ channel: UInt8, _ frame: Int64) {
        passSustaining(message, 1, channel, frame)
    }

    private mutating func sostenuto(_ message: MIDIMessage, _ channel: UInt8, _ frame: Int64) {
        if passes || (message.data2 < 64 && ledger.sounds(message)) { send(message, frame) }
        guard message.data2 >= 64 else { return pedals.stillCaught(channel) }
        for key in table.machineKeys where table.channel(ofMachineKey: key) == channel { pedals.catch(channel) }
    }

    private mutating func passSustaining(_ message: MIDIMessage, _ index: Int, _ channel: UInt8, _ frame: Int64) {
        let isDown = message.data2 >= 64
        if !isDown { endDeferred(on: channel, frame) }
        guard !pedals.move(index, channel, to: message.data2) else { return }
        // As of a key: a pedal that went down at the output comes up there, whatever `thru` says by now.
        if passes || (!isDown && ledger.sounds(message)) { send(message, frame) }
        if !isSustained(channel) { pedals.still(channel) }
    }

    /// Those that are down.
    mutating func liftPedals(_ channel: UInt8, _ frame: Int64) {
        var up = MIDIMessage(offset: 0, status: 0xB0 | channel, data1: 64)
        if table.isPedalDown(channel) || ledger.sounds(up) || pedals.isLifted(0, channel) { pedal(up, channel, frame) }
        up.data1 = 66
        if ledger.sounds(up) { sostenuto(up, channel, frame) }
        up.data1 = 69
        if ledger.sounds(up) || pedals.isLifted(1, channel) { hold2(up, channel, frame) }
    }

    /// Whether a note-off on the channel leaves the note sounding at the output, under the player's pedal.
    func isSustained(_ channel: UInt8) -> Bool {
        isPedalDownAtOutput(channel) || isPedalDownAtOutput(channels.manager(of: channel))
    }

    /// Sustain or hold 2; also while it is lifted for a moment.
    private func isPedalDownAtOutput(_ channel: UInt8) -> Bool {
        for index in 0..<2 {
            let up = MIDIMessage(offset: 0, status: 0xB0 | channel, data1: OutputPedals.controller(index))
            if ledger.sounds(up) || pedals.isLifted(index, channel) { return true }
        }
        return false
    }

    /// Whether the player's note-offs are kept back until the pedal comes up. For the synth that is the same, but when the
    /// pedal is lifted at the output, to end what it sustains of the machine's notes (`damp`), the player's go on.
    private func isDeferring(_ channel: UInt8) -> Bool {
        machineChannel == channels.manager(of: channel) && isSustained(channel)
    }

    /// The key's note-off, if it was kept back, goes out before the key is struck again.
    mutating func endDeferred(_ key: Int, _ channel: UInt8, _ frame: Int64) {
        guard table.endDeferred(key, channel: channel) else { return }
        send(.noteOff(key, channel), frame)
    }

    /// All that was kept back under the channel's pedal goes out.
    mutating func endDeferred(on channel: UInt8, _ frame: Int64) {
        for member in UInt8(0)..<16 where member == channel || channels.manager(of: member) == channel {
            for key in 0..<128 { endDeferred(key, member, frame) }
        }
    }

    // MARK: Mode messages

    /// All-notes-off of the player's keyboard ends its keys. It does not go through: the machine may play on that channel.
    mutating func allNotesOff(_ channel: UInt8, _ frame: Int64) {
        for key in 0..<128 where table.isDown(key, channel: channel) {
            noteOff(.noteOff(key, channel), channel, frame)
        }
    }

    /// All-sound-off is an emergency: the channel's notes end, sustained ones too, and the machine stops.
    private mutating func allSoundOff(_ message: MIDIMessage, _ channel: UInt8, _ frame: Int64) {
        allNotesOff(channel, frame)
        endDeferred(on: channel, frame)
        if table.isPedalDown(channel) {
            // What the pedal sustained has ended; the pedal is still down.
            tell(.pedalUp, channel, 0, 0, frame)
            tell(.pedalDown, channel, 0, 0, frame)
        }
        if values.hears(channel) {
            releaseMachine(at: frame, .heard)
            raiseEpoch()
            queue.removeAll()
            var control = ControlMessage(kind: .command)
            control.command = .yield
            send(
                StageRecord(kind: .command, epoch: epoch, frame: frame, cycleEnd: cycleEnd, control: control))
        }
        pass(message, frame)
    }

    // MARK: On their way

    private mutating func tell(
        _ kind: HeardEvent.Kind, _ channel: UInt8, _ key: Int, _ velocity: UInt8, _ frame: Int64
    ) {
        let event = HeardEvent(
            tick: 0, kind: kind, channel: channels.manager(of: channel), key: UInt8(key),
            velocity: velocity)
        send(StageRecord(kind: .human, epoch: epoch, frame: frame, cycleEnd: cycleEnd, event: event))
    }

    private mutating func pass(_ message: MIDIMessage, _ frame: Int64) {
        if passes { send(message, frame) }
    }

    /// Whether what the player does goes to the output. What began after `stop` would have no end.
    private var passes: Bool { values.isOn(.thru) && !isStopped }
}
