// REAL-TIME (port): JACK's transport as the instrument knows it.

import CJACK
import Time

extension Transport {
    /// The server's timeline at the first frame of the cycle.
    @_semantics("no_performance_analysis")  // libjack reads its shared memory, and promises to be real-time safe
    init(of client: OpaquePointer) {
        var position = jack_position_t()
        let state = jack_transport_query(client, &position)
        // A server that is starting waits for slow programs, and does not move yet.
        self.init(
            isRolling: state == JackTransportRolling, frame: Int64(position.frame), music: Music(position))
    }
}

extension Transport.Music {
    /// Nil unless the timebase master tells bar, beat and tick, and such as can be.
    @_noAllocation @_noLocks
    fileprivate init?(_ position: jack_position_t) {
        guard position.valid.rawValue & JackPositionBBT.rawValue != 0,
            position.beats_per_bar >= 1, position.beats_per_bar <= 255, position.beat_type >= 1,
            position.beat_type <= 8_192, position.ticks_per_beat >= 1, position.frame_rate > 0,
            let meter = Meter(Int(position.beats_per_bar), Int(position.beat_type)),
            // Beats of the meter a minute (jack/types.h).
            let tempo = Tempo(beatsPerMinute: position.beats_per_minute * 4 / Double(position.beat_type))
        else { return nil }
        let ticks = Double(position.tick) / position.ticks_per_beat
        // Bars and beats are counted from 1. What cannot be, by a fault of the master, is the nearest that can: sums of beats trap.
        let beat = min(max(Int(position.beat), 1), meter.numerator) &- 1
        let beats = Double(beat) + min(max(ticks, 0), 1)
        let bar = meter.bar * (min(max(Int(position.bar), 1), 100_000) &- 1)
        var place = bar + Beats(nearest: beats * meter.beat.quarters)
        if position.valid.rawValue & JackBBTFrameOffset.rawValue != 0 {
            // They are those of a frame so much earlier.
            place = place + Beats(nearest: Double(position.bbt_offset) / tempo.framesPerBeat(Int(position.frame_rate)))
        }
        self.init(beats: place, tempo: tempo, meter: meter)
    }
}
