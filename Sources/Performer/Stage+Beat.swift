// REAL-TIME (port): the beat reaches the improviser, and those who look on.

import Time

extension Stage {
    mutating func hear(_ transport: Transport) {
        tape.write(.transport(transport))
        clock.hear(transport, at: cycleStart)
    }

    /// A system message, which is no music.
    mutating func hearSystem(_ message: MIDIMessage, at frame: Int64) {
        clock.hear(message, at: frame)
        tellBeat(at: frame)
    }

    /// Only while the improviser can be told; else when it can again.
    mutating func tellBeat(at frame: Int64) {
        guard !lostRecord, let beat = clock.news(at: frame) else { return }
        publish(beat)
        tape.write(.beat(beat))
        send(StageRecord(kind: .beat, epoch: epoch, frame: frame, cycleEnd: cycleEnd, beat: beat))
    }

    /// For `status`.
    private func publish(_ beat: Beat) {
        counters.beatState.set(to: Int(beat.state.rawValue))
        counters.tempo.set(to: Int(beat.line.framesPerBeat * 1_000_000))
        counters.beatFrame.set(to: Int(beat.line.frame))
        counters.beatUnits.set(to: Int(beat.line.beats.units))
        counters.meter.set(to: beat.meter.numerator << 16 | beat.meter.denominator)
    }
}
