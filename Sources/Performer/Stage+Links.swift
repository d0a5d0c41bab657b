// REAL-TIME (port): the stage and the other threads: what it takes from them, and what it tells the improviser.

import Synchronization

extension Stage {
    mutating func raiseEpoch() {
        epoch &+= 1
        queue.keepEnds(of: table.machineKeys)
    }

    mutating func takePlan() {
        while !queue.isFull, let message = links.plan.pop() {
            guard message.epoch == epoch else { continue }
            tape.write(.plan(message))
            if message.kind == .withdraw {
                queue.withdraw(after: message.frame)
            } else {
                queue.append(message)
            }
        }
    }

    /// Only while the improviser can be told of them and of the releases that they cause: a message that it never
    /// hears of would leave it with another mind or other parameters than those that `status` names.
    mutating func takeCommands() {
        var silences = false
        while let message = links.control.peek() {
            guard !lostRecord && hasRoom(for: table.machineKeys.count &+ 1) else {
                silences = mustSilence(untold: message)
                break
            }
            _ = links.control.pop()
            note(message)
            var kind = StageRecord.Kind.parameter
            switch message.kind {
            case .parameter:
                values.set(Int(message.parameter), to: message.value)
                clock.take(values)
                if Int(message.parameter) == Parameter.tempo.rawValue { clock.setTempo(message.value, at: cycleStart) }
                if Int(message.parameter) == Parameter.mode.rawValue && !values.mode.plays { endReply() }
                // A pedal that is down would have to go up to come up.
                if Int(message.parameter) == Parameter.pedalInverted.rawValue {
                    for channel in UInt8(0)..<16 { liftPedals(channel, cycleStart) }
                }
            case .command:
                kind = .command
                obey(message.command)
            case .mind:
                kind = .mind
                raiseEpoch()
            case .releaseLeft:
                // Ends of an earlier life: this improviser has not heard their beginnings.
                ledger.releaseLeft(into: &output)
                continue
            case .letGo:
                letGo()
                continue
            case .doubt:
                doubt()
                continue
            }
            send(
                StageRecord(kind: kind, epoch: epoch, frame: cycleStart, cycleEnd: cycleEnd, control: message))
        }
        if !isUsual(!silences) { silenceUntold() }
    }

    private mutating func note(_ message: ControlMessage) {
        switch message.kind {
        case .parameter: tape.write(.parameter(message.parameter, message.value))
        case .command: tape.write(.command(message.command))
        case .mind: tape.write(.mind(message.view!.pointee.fingerprint, heard: message.heard))
        case .releaseLeft: tape.write(.releaseLeft)
        case .letGo: tape.write(.letGo)
        case .doubt: tape.write(.doubt)
        }
    }

    private func mustSilence(untold message: ControlMessage) -> Bool {
        message.kind == .command && message.command.isSilencing && !lostRecord
    }

    /// A command that there is no room for waits, but not with notes sounding: they end now, as if a record were lost.
    private mutating func silenceUntold() {
        lostRecord = true
        releaseMachine(at: cycleStart, .heard)
        raiseEpoch()
        queue.removeAll()
    }

    private mutating func obey(_ command: Command) {
        if command == .tap { return clock.tap(at: cycleStart) }
        guard command.isSilencing else { return }
        endReply()
        if command == .stop { isStopped = true }
        if command == .panic || command == .stop { silenceAll() }
    }

    /// The machine falls silent, and nothing that was planned is played.
    private mutating func endReply() {
        releaseMachine(at: cycleStart, .heard)
        raiseEpoch()
        queue.removeAll()
    }

    private func hasRoom(for records: Int) -> Bool {
        links.records.capacity &- links.records.count >= records
    }

    mutating func send(_ record: StageRecord) {
        guard !lostRecord, isUsual(hasRoom(for: 1)), links.records.push(record) else {
            lostRecord = true
            return counters.lost.add()
        }
    }

    /// The improviser has missed something: the machine falls silent, and the improviser begins anew once it can be told.
    mutating func recover() {
        releaseMachine(at: cycleStart, .heard)
        raiseEpoch()
        queue.removeAll()
        guard isUsual(hasRoom(for: 2)) else { return }
        lostRecord = false
        toldPeriod = 0
        clock.forgetTold()
        send(StageRecord(kind: .lost, epoch: epoch, frame: cycleStart, cycleEnd: cycleEnd))
    }

    /// The length of the cycles, whenever it changes: a rule of the improviser's depends on it.
    mutating func tellPeriod(_ frames: Int64) {
        guard frames != toldPeriod && !lostRecord else { return }
        toldPeriod = frames
        send(StageRecord(kind: .period, epoch: epoch, frame: cycleStart, cycleEnd: cycleEnd))
    }

    /// When there is something for it to hear, and from time to time, since it plans ahead and turns come by themselves. Not
    /// each cycle: to wake a thread is the dearest thing that the port's thread does, and each one woken may keep the
    /// server's own clients from a core.
    mutating func wakeImproviser() {
        guard links.records.count > 0 || cycleEnd &- lastWake >= longestSleep else { return }
        lastWake = cycleEnd
        links.wake.post()
    }

    /// The dead-man: if the improviser is silent for 200 ms while its notes sound, they end. It is woken when a cycle is
    /// over, so of the last one it may know nothing yet, however long that was.
    mutating func watchOverImproviser() {
        guard !table.machineKeys.isEmpty else { return }
        let silence = lastStart &- links.seen.pointee.load(ordering: .relaxed)
        if isUsual(silence <= longestSilence) { return }
        counters.silenced.add()
        raiseEpoch()
        releaseMachine(at: cycleStart, .surprise)
    }
}
