// What those see who look on: copies, kept by the threads of control.

import Representation

extension Instrument {
    public func heard(from number: Int64) -> (events: [FeedEvent], next: Int64) {
        look { performer, recent, _ in
            // A new port's performer counts anew.
            let first = number == .max ? recent.heard : number > recent.heard ? 0 : number
            let now = performer.now
            let events = recent.entries.filter { $0.number >= first }.map { entry in
                let (event, isMachine) = (entry.event, entry.event.player == .machine)
                return FeedEvent(
                    isMachine: isMachine, kind: Self.kind(event.kind), channel: isMachine ? 0 : Int(event.channel) + 1,
                    key: Int(event.key), velocity: event.kind == .noteOn ? Int(event.velocity) : 0,
                    seconds: Double(entry.frame - now) / Double(performer.sampleRate))
            }
            return (events, recent.heard)
        } ?? ([], 0)
    }

    public func planned() -> (events: [FeedEvent], version: Int) {
        look { performer, _, outlook in
            let now = performer.now
            let events = outlook.notes.map { note in
                FeedEvent(
                    isMachine: true, kind: note.velocity > 0 ? .on : .off, channel: 0, key: Int(note.key),
                    velocity: Int(note.velocity), seconds: Double(note.frame - now) / Double(performer.sampleRate))
            }
            return (events, outlook.version)
        } ?? ([], 0)
    }

    public func histogram(named name: String) -> [Octave]? {
        look { performer, _, _ in
            let known = performer.counters.times + performer.stageCounters.times
            guard let histogram = known.first(where: { $0.name == name })?.histogram else { return nil }
            return histogram.snapshot().octaves.map { Octave(upTo: Double($0.upTo) / 1000, Int(clamping: $0.count)) }
        } ?? nil
    }

    private static func kind(_ kind: HeardEvent.Kind) -> FeedEvent.Kind {
        switch kind {
        case .noteOn: .on
        case .noteOff: .off
        case .pedalDown: .pedalDown
        case .pedalUp: .pedalUp
        }
    }
}
