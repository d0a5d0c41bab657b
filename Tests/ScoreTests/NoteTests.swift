import Score
import Testing

@Suite struct NoteTests {
    /// "on 60" at its time, "off 60", "down", "up" of channel 0.
    private func events(_ script: [(Int64, String)], channel: UInt8 = 0) -> [PlayedEvent] {
        script.map { time, what in
            let words = what.split(separator: " ")
            let key = words.count > 1 ? UInt8(words[1])! : 0
            return switch words[0] {
            case "on": PlayedEvent(time: time, kind: .noteOn, channel: channel, key: key, value: 80)
            case "off": PlayedEvent(time: time, kind: .noteOff, channel: channel, key: key, value: 0)
            case "down": PlayedEvent(time: time, kind: .sustain, channel: channel, key: 0, value: 64)
            default: PlayedEvent(time: time, kind: .sustain, channel: channel, key: 0, value: 63)
            }
        }
    }

    /// "key onset end" of each note.
    private func spans(_ events: [PlayedEvent], foldingPedal: Bool = true) -> [String] {
        notes(from: events, foldingPedal: foldingPedal).map { "\($0.key) \($0.onset) \($0.end)" }
    }

    @Test func pedalHoldsReleasedNotesUntilItIsLifted() {
        let script = events([(0, "down"), (1, "on 60"), (2, "off 60"), (3, "on 64"), (9, "up"), (11, "off 64")])
        #expect(spans(script) == ["60 1 9", "64 3 11"])
        #expect(spans(script, foldingPedal: false) == ["60 1 2", "64 3 11"])
    }

    @Test func aPedalAfterTheReleaseHoldsNothing() {
        #expect(spans(events([(0, "on 60"), (1, "off 60"), (2, "down"), (3, "up")])) == ["60 0 1"])
    }

    @Test func repeatedPedalDownIsOnePedal() {
        #expect(
            spans(events([(0, "down"), (1, "on 60"), (2, "off 60"), (3, "down"), (4, "up"), (5, "up")])) == ["60 1 4"])
    }

    @Test func aKeyStruckAgainEndsItsEarlierNote() {
        #expect(spans(events([(0, "on 60"), (5, "on 60"), (7, "off 60")])) == ["60 0 5", "60 5 7"])
        // Held by the pedal only; the second note is under a finger as the pedal goes up.
        let pedalled = events([(0, "on 60"), (1, "down"), (2, "off 60"), (5, "on 60"), (6, "up"), (8, "off 60")])
        #expect(spans(pedalled) == ["60 0 5", "60 5 8"])
    }

    @Test func whatStillSoundsLastsToTheLastEvent() {
        #expect(spans(events([(0, "on 60"), (1, "on 62"), (2, "down"), (3, "off 62")])) == ["60 0 3", "62 1 3"])
        #expect(spans([]) == [])
    }

    @Test func eachChannelHasItsPedal() {
        let both =
            (events([(0, "down"), (1, "on 60"), (2, "off 60"), (9, "up")])
            + events([(1, "on 60"), (2, "off 60")], channel: 1))
            .sorted(by: PlayedEvent.inPlayingOrder)
        #expect(Set(spans(both)) == ["60 1 9", "60 1 2"])
    }

    @Test func aNoteOfNoLengthEndsAfterItBegan() {
        let on = PlayedEvent(time: 5, kind: .noteOn, channel: 0, key: 60, value: 64)
        let off = PlayedEvent(time: 5, kind: .noteOff, channel: 0, key: 60, value: 64)
        let other = PlayedEvent(time: 5, kind: .noteOn, channel: 0, key: 50, value: 64)
        var events = [on, other, off]
        events.sortForPlaying()
        #expect(events == [other, on, off])
        var restruck = [PlayedEvent(time: 0, kind: .noteOn, channel: 0, key: 60, value: 64), on, off]
        restruck.sortForPlaying()
        #expect(restruck.map(\.kind) == [.noteOn, .noteOff, .noteOn])
    }

    @Test func aStrayReleaseEndsNothing() {
        #expect(
            spans(events([(0, "off 60"), (1, "on 60"), (2, "off 61"), (3, "off 60"), (4, "off 60")])) == ["60 1 3"])
    }
}
