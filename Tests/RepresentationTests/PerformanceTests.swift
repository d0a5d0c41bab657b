import Representation
import Score
import Testing

func event(_ milliseconds: Int64, _ kind: PlayedEvent.Kind, _ key: UInt8, _ value: UInt8 = 64, channel: UInt8 = 0)
    -> PlayedEvent
{
    PlayedEvent(time: milliseconds * 1_000_000, kind: kind, channel: channel, key: key, value: value)
}

@Suite struct PerformanceTests {
    @Test func notesBecomeShiftKeyVelocity() {
        let tokens = Performance.encode([event(1000, .noteOn, 60, 100), event(1504, .noteOff, 60)])
        #expect(tokens == [Token(0, 60, 25, -1), Token(50, 188, -1, -1)])
    }

    @Test func aLongSilenceIsWaits() {
        let tokens = Performance.encode([event(0, .noteOn, 60), event(2500, .noteOff, 60)])
        #expect(
            tokens == [Token(0, 60, 16, -1), Token(100, 256, -1, -1), Token(100, 256, -1, -1), Token(50, 188, -1, -1)])
        let exact = Performance.encode([event(0, .noteOn, 60), event(2000, .noteOff, 60)])
        #expect(exact.map { $0[0] } == [0, 100, 100] && exact.map { $0[1] } == [60, 256, 188])
    }

    @Test func afterEightWaitsTimeStandsStill() {
        let tokens = Performance.encode([event(0, .noteOn, 60), event(3_600_000, .noteOff, 60)])
        #expect(tokens.count == 10)
        #expect(tokens.last == Token(100, 188, -1, -1))
    }

    @Test func aNoteLastsAtLeastATick() {
        let tokens = Performance.encode([event(0, .noteOn, 60), event(2, .noteOff, 60), event(500, .noteOn, 62)])
        #expect(tokens == [Token(0, 60, 16, -1), Token(1, 188, -1, -1), Token(49, 62, 16, -1)])
    }

    @Test func aRestruckKeyIsReleasedFirst() {
        let tokens = Performance.encode([event(0, .noteOn, 60), event(100, .noteOn, 60), event(200, .noteOff, 60)])
        #expect(tokens == [Token(0, 60, 16, -1), Token(10, 188, -1, -1), Token(0, 60, 16, -1), Token(10, 188, -1, -1)])
        let bounced = Performance.encode([
            event(0, .noteOn, 60), event(1, .noteOff, 60), event(2, .noteOn, 60), event(200, .noteOff, 60),
        ])
        #expect(bounced == [Token(0, 60, 16, -1), Token(20, 188, -1, -1)])
    }

    @Test func thePedalHoldsUntilItIsReleased() {
        let tokens = Performance.encode([
            event(0, .sustain, 0, 127), event(0, .noteOn, 64), event(10, .noteOn, 60), event(100, .noteOff, 60),
            event(150, .noteOff, 64), event(300, .sustain, 0, 63),
        ])
        #expect(
            tokens == [
                Token(0, 64, 16, -1), Token(1, 60, 16, -1), Token(29, 188, -1, -1), Token(0, 192, -1, -1),
            ])
        let twoChannels = Performance.encode([
            event(0, .sustain, 0, 127, channel: 1), event(0, .noteOn, 60), event(100, .noteOff, 60),
        ])
        #expect(twoChannels.last == Token(10, 188, -1, -1))
    }
}
