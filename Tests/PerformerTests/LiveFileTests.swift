import Foundation
import Performer
import Ports
import Representation
import Score
import TestSupport
import Testing

/// A file played into the instrument, pedal included, makes the network step the tokens of the file.
@Suite struct LiveFileTests {
    /// The first of each corpus that ScoreTests compare, where the data are; of the repository alone, the demo's phrase.
    static let files: [String] = {
        let names = Corpora.listed.map { $0[0] }
        let chosen = ["maestro", "asap", "piano-midi", "abc"].compactMap { corpus in
            names.first { $0.hasPrefix(corpus) }
        }
        return [Repository.path("demo/phrase.mid")]
            + chosen.map { "\(Corpora.folder)/\($0)" }.filter(FileManager.default.isReadableFile(atPath:))
    }()

    @Test(arguments: files) func theTokensSteppedAreThoseOfTheFile(_ path: String) throws {
        let rig = Rig {
            $0[.auto] = 0
            $0[.forget] = 3600
        }
        // The instrument knows time in frames; tokens are compared of the events on those.
        let events = try MIDIFile(path: path).playedEvents().map { event in
            let frame = (event.time * 48 + 500_000) / 1_000_000
            var event = event
            event.time = frame * 1_000_000 / 48
            return (frame, event)
        }
        let messages = events.map { frame, event in
            let message = ChannelMessage(event)
            return TimedMessage(frame: frame, status: message.status, data1: message.data1, data2: message.data2)
        }
        let end = Performance.nearestTick(toNanoseconds: events.last!.1.time) + 1
        rig.play(messages, until: end * 480 + 240)
        #expect(rig.recorder.tokens == Performance.encode(events.map(\.1)))
        #expect(rig.recorder.machine.isEmpty)
    }
}
