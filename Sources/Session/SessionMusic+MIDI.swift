// A session as a MIDI file that a sequencer can lay bars over.

import Performer
import Score
import Time

extension SessionMusic {
    /// Two tracks, `player` and `machine`, after one with tempi, meters and marks. It begins with the bar in which somebody first
    /// played, or with the first note where no beat passes.
    public func midiFile() -> MIDIFile {
        let ticks = SessionTicks(sampleRate, from: start ?? 0, beats)
        var conductor = MIDIFile.Track(
            name: "session", events: [],
            tempoChanges: ticks.segments.map {
                TempoChange(tick: $0.tick, microsecondsPerQuarter: $0.microsecondsPerQuarter)
            })
        var meters = ticks.meters[...]
        let marks = [Mark(frame: start ?? 0, text: Self.presetRemark + (presets.first ?? ""))] + marks
        for mark in marks.map({ (tick: ticks.tick(of: $0.frame), text: $0.text) }).sorted(by: { $0.tick < $1.tick }) {
            while let next = meters.first, next.tick <= mark.tick {
                conductor.set(next.meter, at: next.tick)
                meters.removeFirst()
            }
            conductor.mark(mark.text, at: mark.tick)
        }
        for meter in meters { conductor.set(meter.meter, at: meter.tick) }
        func track(_ name: String, _ messages: [Message]) -> MIDIFile.Track {
            MIDIFile.Track(
                name: name,
                events: messages.map {
                    MIDIFileEvent(
                        tick: ticks.tick(of: $0.frame), status: $0.status, data1: $0.data1, data2: $0.data2)
                })
        }
        return MIDIFile(
            format: .simultaneousTracks, timeBase: .ticksPerQuarter(SessionTicks.perQuarter),
            tracks: [conductor, track("player", player), track("machine", machine)])
    }
}

/// Frames of a session and ticks of its MIDI file: each tempo holds from a frame on. Bars of the beat are bars of the file.
package struct SessionTicks {
    /// 0.1 ms at 120 quarters a minute.
    package static let perQuarter = 4_800

    struct Segment {
        var frame: Double
        var tick: Int
        var microsecondsPerQuarter: Int
    }

    private let rate: Double
    private(set) var segments: [Segment]
    private(set) var meters: [(tick: Int, meter: Meter)]

    /// - Parameters:
    ///   - start: the frame of the first note.
    ///   - beats: in order.
    package init(_ sampleRate: Int, from start: Int64, _ beats: [(frame: Int64, beat: Beat)]) {
        rate = Double(sampleRate)
        var beat = beats.last { $0.frame <= start }?.beat ?? Beat()
        if beat.isPassing {
            // From the bar line on.
            let inBar = Self.ticks(inBar: beat, at: start)
            let frames = Double(inBar) / Double(Self.perQuarter) * beat.line.framesPerBeat
            segments = [
                Segment(
                    frame: Double(start) - frames, tick: 0,
                    microsecondsPerQuarter: Self.microseconds(beat.line.framesPerBeat, rate))
            ]
        } else {
            segments = [Segment(frame: Double(start), tick: 0, microsecondsPerQuarter: 500_000)]
        }
        meters = [(0, beat.meter)]
        for (frame, next) in beats where frame > start {
            if next.isPassing { follow(next, from: frame, after: beat) }
            beat = next
        }
    }

    /// The nearest; 0 before the first.
    package func tick(of frame: Int64) -> Int {
        var (low, high) = (0, segments.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if segments[middle].frame <= Double(frame) { low = middle } else { high = middle }
        }
        return max(Int(exact(Double(frame), segments[low]).rounded()), segments[low].tick, 0)
    }

    private func exact(_ frame: Double, _ segment: Segment) -> Double {
        Double(segment.tick) + (frame - segment.frame) / rate * 1e6 / Double(segment.microsecondsPerQuarter)
            * Double(Self.perQuarter)
    }

    private static func microseconds(_ framesPerBeat: Double, _ rate: Double) -> Int {
        Int(min(max((framesPerBeat / rate * 1e6).rounded(), 1), Double(0xFF_FFFF)))
    }

    private static func ticks(_ beats: Beats) -> Int { Int(beats.ticks(perBeat: Int64(perQuarter))) }

    /// Ticks since the bar line.
    private static func ticks(inBar beat: Beat, at frame: Int64) -> Int {
        let (units, bar) = (beat.position(at: frame).units, beat.meter.bar.units)
        let rest = units % bar
        return ticks(Beats(units: rest < 0 ? rest + bar : rest))
    }

    /// From `frame` on the beat is another: what comes before is drawn out until the new bars are the file's. Where a beat goes on
    /// that is a hair; where it jumps, it is the last quarter before that.
    private mutating func follow(_ beat: Beat, from frame: Int64, after last: Beat) {
        let now = exact(Double(frame), segments[segments.count - 1])
        let (bar, inBar) = (Self.ticks(beat.meter.bar), Self.ticks(inBar: beat, at: frame))
        let bars = (now - Double(inBar)) / Double(bar)
        var target = inBar + Int(bars.rounded()) * bar
        let goesOn = last.isPassing && last.meter == beat.meter
        if !goesOn || abs(Double(target) - now) > Double(Self.perQuarter) / 4 {
            target = inBar + Int(bars.rounded(.up)) * bar
            let quarter = (Int(now) - 1) / Self.perQuarter * Self.perQuarter
            var split = segments[segments.count - 1]
            if quarter > split.tick {
                split.frame +=
                    Double(quarter - split.tick) / Double(Self.perQuarter) * Double(split.microsecondsPerQuarter) / 1e6
                    * rate
                split.tick = quarter
                segments.append(split)
            }
        }
        let previous = segments[segments.count - 1]
        while target <= previous.tick { target += bar }
        let quarters = Double(target - previous.tick) / Double(Self.perQuarter)
        segments[segments.count - 1].microsecondsPerQuarter = Self.microseconds(
            max(Double(frame) - previous.frame, 0) / quarters, rate)
        segments.append(
            Segment(
                frame: Double(frame), tick: target,
                microsecondsPerQuarter: Self.microseconds(beat.line.framesPerBeat, rate)))
        if beat.meter != meters[meters.count - 1].meter {
            meters.append((max(target - inBar, meters[meters.count - 1].tick), beat.meter))
        }
    }
}
