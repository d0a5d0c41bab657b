// The figures of the instrument.

import Performer

extension Instrument {
    private static func figures(of beat: BeatReport) -> [Figure] {
        [
            Figure("beat-state", .text("\(beat.state)")), Figure("tempo-bpm", .number(beat.beatsPerMinute)),
            Figure("meter", .text("\(beat.meter.numerator)/\(beat.meter.denominator)")),
            Figure("bar", .whole(beat.place.bar + 1)), Figure("beat", .whole(beat.place.beat + 1)),
        ]
    }

    public func status() -> [Figure] {
        let (preset, precision, performer, port) = state.withLock {
            ($0.preset.folderName, $0.network.precision, $0.performer, $0.portStatus)
        }
        var status = [
            Figure("preset", .text(preset)), Figure("kernels", .text(kernels.variant.rawValue)),
            Figure("precision", .text(precision.rawValue)),
            Figure("record", .text(isRecording ? sessions?.session ?? "waiting" : "off")),
        ]
        guard let performer else { return status + [Figure("port", .text("waiting for JACK or ALSA"))] }
        status.append(Figure("phase", .text("\(performer.phase)")))
        status += port() + Self.figures(of: performer.beat)
        let (improviser, stage) = (performer.counters, performer.stageCounters)
        for (name, counter) in improviser.counts + stage.counts { status.append(Figure(name, .whole(counter.value))) }
        status.append(Figure("saved-nats", .number(performer.savedNats)))
        let since = Double(performer.now - Int64(stage.lastLate.value)) / Double(performer.sampleRate)
        status.append(Figure("late-ago-s", .number(stage.late.value > 0 ? since : -1)))
        for (name, histogram) in improviser.times + stage.times {
            let times = histogram.snapshot()
            var shares = [("p50", 0.5), ("p99", 0.99), ("max", 1)]
            // Of those there are hundreds a second.
            if name == "callback" { shares.insert(("p9999", 0.9999), at: 2) }
            for (part, share) in shares {
                status.append(Figure("\(name)-\(part)-us", .number(Double(times.percentile(share)) / 1000)))
            }
        }
        return status
    }
}
