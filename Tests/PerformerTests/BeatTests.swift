import Performer
import Ports
import TestSupport
import Testing
import Time

/// The beat that the stage follows, as `status` tells it.
@Suite struct BeatTests {
    private func rig(_ values: [(Parameter, Float)] = []) throws -> MemoryPort {
        var all = ParameterValues()
        for (parameter, value) in values { all[parameter] = value }
        return MemoryPort(
            Performer(mind: TinyModel.mind(TinyModel.performance), sampleRate: 48_000, values: all), start: 1 << 40)
    }

    private func value(_ parameter: Parameter, _ name: String) throws -> Float {
        try parameter.declaration.value(named: name)
    }

    @Test func theInternalClockCountsFromTheFirstCycle() throws {
        let port = try rig([(.tempo, 90), (.meter, try value(.meter, "3/4"))])
        for _ in 0..<100 { _ = port.cycle(480) }
        // A second at 90 beats a minute is a beat and a half.
        var beat = port.performer.beat
        #expect(beat.state == .running && abs(beat.beatsPerMinute - 90) < 0.01)
        #expect(beat.place.bar == 0 && beat.place.beat == 1 && abs(beat.place.fraction.quarters - 0.5) < 0.001)
        try port.performer.set(.tempo, to: 180)
        for _ in 0..<100 { _ = port.cycle(480) }
        beat = port.performer.beat
        #expect(beat.place.bar == 1 && beat.place.beat == 1 && abs(beat.place.fraction.quarters - 0.5) < 0.001)
        #expect("\(beat.meter.numerator)/\(beat.meter.denominator)" == "3/4")
    }

    @Test func tapsSetTempoAndBeat() throws {
        let port = try rig()
        for tap in 0..<5 {
            try port.performer.command(.tap)
            for _ in 0..<(tap == 4 ? 1 : 75) { _ = port.cycle(480) }
        }
        let beat = port.performer.beat
        #expect(abs(beat.beatsPerMinute - 80) < 0.1)
        // The last tap lies at the beginning of the last cycle.
        #expect(beat.place.fraction.quarters < 0.02)
    }

    @Test func aMIDIClockLeads() throws {
        let port = try rig([(.clock, try value(.clock, "midi"))])
        _ = port.cycle(480)
        #expect(port.performer.beat.state == .none)
        // 100 beats a minute: 1,200 frames from message to message.
        func send(_ status: UInt8, _ data: (UInt8, UInt8) = (0, 0), size: UInt8 = 1) {
            _ = port.cycle(
                1200,
                [TimedMessage(frame: port.now, status: status, data1: data.0, data2: data.1, size: size)])
        }
        for _ in 0..<48 { send(0xF8) }
        #expect(port.performer.beat.state == .free)
        #expect(abs(port.performer.beat.beatsPerMinute - 100) < 0.01)
        _ = port.cycle(1, [TimedMessage(frame: port.now, status: 0xFA, data1: 0, data2: 0, size: 1)])
        for _ in 0..<(24 * 5) { send(0xF8) }
        var beat = port.performer.beat
        #expect(beat.state == .running && beat.place.bar == 1 && beat.place.beat == 1)
        #expect(beat.place.fraction.quarters < 0.01)
        send(0xFC)
        #expect(port.performer.beat.state == .stopped)
        send(0xF2, (32, 0), size: 3)
        send(0xFB)
        for _ in 0..<2 { send(0xF8) }
        beat = port.performer.beat
        // 32 sixteenths are two bars; the end of the second message's cycle is two clocks later.
        #expect(beat.place.bar == 2 && beat.place.beat == 0 && abs(beat.place.fraction.quarters - 2 / 24.0) < 0.02)
        for _ in 0..<9 { _ = port.cycle(1200) }
        #expect(port.performer.beat.state == .running)
        for _ in 0..<2 { _ = port.cycle(1200) }
        #expect(port.performer.beat.state == .lost)
    }

    @Test func aTransportLeads() throws {
        let port = try rig([(.clock, try value(.clock, "jack"))])
        let music = Transport.Music(beats: Beats(6), tempo: Tempo(beatsPerMinute: 60)!, meter: Meter(6, 8)!)
        _ = port.cycle(480, transport: Transport(isRolling: false, frame: 0))
        #expect(port.performer.beat.state == .none)
        _ = port.cycle(480, transport: Transport(isRolling: false, frame: 0, music: music))
        #expect(port.performer.beat.state == .stopped && port.performer.beat.place.bar == 2)
        _ = port.cycle(480, transport: Transport(isRolling: true, frame: 0, music: music))
        for _ in 0..<99 { _ = port.cycle(480) }
        let beat = port.performer.beat
        #expect(beat.state == .running && beat.place.bar == 2 && beat.place.beat == 2)
        #expect(abs(beat.beatsPerMinute - 60) < 0.01 && beat.meter.denominator == 8)
    }

    /// Nothing that is no clock is taken for one, and none of it is music.
    @Test func brokenSystemMessagesAreNothing() throws {
        let port = try rig([(.clock, try value(.clock, "midi"))])
        var dice = Dice(seed: 5)
        for _ in 0..<3_000 {
            let message = TimedMessage(
                frame: port.now, status: UInt8.random(in: 0xF0...0xFF, using: &dice),
                data1: UInt8.random(in: 0...255, using: &dice), data2: UInt8.random(in: 0...255, using: &dice),
                size: UInt8.random(in: 1...3, using: &dice))
            #expect(port.cycle(Int.random(in: 1...2000, using: &dice), [message]).isEmpty)
        }
        #expect(port.performer.counters.heard.value == 0)
    }
}
