// Not real-time: the beat, for those who look on.

import Time

/// The beat at the end of the last cycle.
public struct BeatReport: Sendable {
    public let state: Beat.State
    /// Quarter notes a minute; 0 if there is no beat.
    public let beatsPerMinute: Double
    public let meter: Meter
    /// Bar and beat, counted from 0.
    public let place: BarPosition
}

extension Performer {
    /// While the beat changes its parts may be of two moments.
    /// - Thread: any
    public var beat: BeatReport {
        let counters = stageCounters
        let state = Beat.State(rawValue: UInt8(counters.beatState.value))!
        let meter = Meter(counters.meter.value >> 16, counters.meter.value & 0xFFFF) ?? .common
        let framesPerBeat = Double(counters.tempo.value) / 1_000_000
        var beat = Beat()
        beat.state = state
        beat.line = BeatLine(
            from: Int64(counters.beatFrame.value), at: Beats(units: Int64(counters.beatUnits.value)),
            framesPerBeat: framesPerBeat)
        let isKnown = state != .none && state != .lost && framesPerBeat > 0
        return BeatReport(
            state: state, beatsPerMinute: isKnown ? 60 * Double(sampleRate) / framesPerBeat : 0, meter: meter,
            place: TempoMap(meters: [TempoMap.Change(at: .zero, meter)]).position(at: beat.position(at: now)))
    }
}
