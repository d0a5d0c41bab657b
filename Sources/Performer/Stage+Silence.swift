// REAL-TIME (port): how the stage makes silence, and of what it cannot know otherwise that it must.

extension Stage {
    /// Ends the machine's notes that the player's pedal sustains, by lifting it at the output for a moment: long enough for a
    /// synth that models dampers. The player's own notes go on, since their note-offs were kept back.
    mutating func damp(at frame: Int64) {
        let span = timebase.frames(milliseconds: 250)
        for channel in UInt8(0)..<16 {
            let bit = UInt16(1) << UInt16(channel)
            var up = MIDIMessage(offset: 0, status: 0xB0 | channels.manager(of: channel), data1: 66)
            if pedals.caught & bit != 0, ledger.sounds(up) { send(up, frame) }
            pedals.stillCaught(channel)
            guard pedals.ringing & bit != 0 else { continue }
            pedals.still(channel)
            for index in 0..<2 {
                up.data1 = OutputPedals.controller(index)
                guard ledger.sounds(up) else { continue }
                send(up, frame)
                pedals.lift(index, up.status & 0x0F, until: frame &+ span)
            }
        }
    }

    /// Pedals that `damp` has lifted go down again, at the beginning of a cycle.
    private mutating func lowerPedals() {
        for index in 0..<2 {
            let lowered = pedals.takeLowered(index, at: cycleStart)
            guard lowered != 0 && values.isOn(.thru) && !isStopped else { continue }
            for channel in UInt8(0)..<16 where lowered >> UInt16(channel) & 1 != 0 {
                send(
                    MIDIMessage(
                        offset: 0, status: 0xB0 | channel, data1: OutputPedals.controller(index),
                        data2: pedals.value(index, channel)), cycleStart)
            }
        }
    }

    /// Ends what the player holds if their keyboard has gone without saying so, and lowers the pedals that were lifted.
    mutating func watchOverPlayer() {
        lowerPedals()
        if sensing.hasGone(at: cycleStart, after: timebase.frames(milliseconds: ActiveSensing.limit)) { letGo() }
        guard cycleStart >= doubtEnds else { return }
        doubtEnds = .max
        for channel in UInt8(0)..<16 {
            for key in 0..<128 where table.isDoubtful(key, channel: channel) {
                noteOff(.noteOff(key, channel), channel, cycleStart)
            }
            if table.isPedalDoubtful(channel) { liftPedals(channel, cycleStart) }
        }
    }

    /// One of several keyboards has gone. Which keys were its nobody knows: JACK gives no sender. Those that are neither let go
    /// nor struck again within five seconds end.
    mutating func doubt() {
        table.doubt()
        doubtEnds = cycleStart &+ timebase.frames(seconds: 5)
    }

    /// The player's keys and pedals come up, as if they had let go.
    mutating func letGo() {
        for channel in UInt8(0)..<16 {
            allNotesOff(channel, cycleStart)
            liftPedals(channel, cycleStart)
        }
    }

    /// Everything ends that may sound at the output, whether the stage knows of it or not.
    mutating func silenceAll() {
        letGo()
        ledger.releaseAll(into: &output)
        sweep.start()
        sweepOn()
    }

    /// As much of the sweep as leaves room for what else is to be sent in the cycle. What has been struck since it began goes on.
    mutating func sweepOn() {
        let share = min(max(Int(cycleEnd &- cycleStart) / 2, 96), output.capacity &* 3 / 4)
        while !sweep.isDone && output.count < max(share, 1) {
            let message = sweep.takeNext().unsafelyUnwrapped
            let isNote = message.status & 0xF0 == 0x80
            if isNote ? ledger.sounds(message) : ledger.soundsAnything(on: message.status & 0x0F) { continue }
            send(message, cycleStart)
        }
        let silentFrom = links.silentFrom
        if isStopped && sweep.isDone && ledger.isSettled && silentFrom.pointee.load(ordering: .relaxed) == .max {
            silentFrom.pointee.store(cycleEnd, ordering: .relaxed)
        }
    }
}
