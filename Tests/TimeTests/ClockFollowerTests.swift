import Random
import Testing
import Time

@Suite struct ClockFollowerTests {
    /// A clock that sends its messages up to `jitter` milliseconds early or late.
    struct Sender {
        let rate = 48_000
        var bpm: Double
        var jitter: Double
        var dice: SplitMix64
        /// Of the next message, without its jitter.
        var time = 100_000.0
        var follower = ClockFollower(sampleRate: 48_000)

        init(bpm: Double, jitter: Double = 0, seed: UInt64 = 1) {
            (self.bpm, self.jitter, dice) = (bpm, jitter, SplitMix64(seed: seed))
        }

        var period: Double { 60 * Double(rate) / bpm / 24 }

        /// Sends messages.
        /// - Returns: after each one, how far the line is from the truth, in milliseconds; `beat` is the beat of the first.
        mutating func send(_ count: Int, from beat: Double) -> [Double] {
            (0..<count).map { number in
                let late = Double.random(in: -jitter...jitter, using: &dice) * Double(rate) / 1000
                follower.clock(at: Int64((time + late).rounded()))
                defer { time += period }
                guard let line = follower.line else { return .infinity }
                let told = line.beats(at: Int64(time.rounded())).quarters
                return (told - (beat + Double(number) / 24)) * 60_000 / bpm
            }
        }
    }

    @Test(arguments: [(1.0, 1.0), (5.0, 3.0)], 0..<20 as Range<UInt64>)
    func isWithinMillisecondsAfterTwoBars(_ figures: (jitter: Double, most: Double), seed: UInt64) {
        var sender = Sender(bpm: 70 + 10 * Double(seed), jitter: figures.jitter, seed: seed)
        sender.follower.start()
        let errors = sender.send(24 * 4 * 12, from: 0)
        let greatest = errors[(24 * 8)...].map(\.magnitude).max()!
        #expect(greatest <= figures.most)
    }

    @Test(arguments: [(60.0, 180.0), (180, 60), (120, 126), (999, 30), (30, 999)], [0.0, 1.0])
    func followsAJumpWithinABeat(_ tempi: (Double, Double), jitter: Double) {
        var sender = Sender(bpm: tempi.0, jitter: min(jitter, 100 / max(tempi.0, tempi.1)))
        sender.follower.start()
        _ = sender.send(24 * 8, from: 0)
        sender.time += 60 * 48_000 / 24 * (1 / tempi.1 - 1 / tempi.0)
        sender.bpm = tempi.1
        let errors = sender.send(48, from: 8)
        #expect(errors[24...].map(\.magnitude).max()! < 3)
        let bpm = sender.follower.line!.beatsPerMinute(sampleRate: 48_000)
        #expect(abs(bpm / tempi.1 - 1) < 0.03)
    }

    /// Beat 0 is the first message after the start, not the start itself.
    @Test func startOnlyArms() {
        var sender = Sender(bpm: 120)
        _ = sender.send(50, from: 0)
        sender.follower.start()
        #expect(sender.follower.line == nil)
        let errors = sender.send(24 * 4, from: 0)
        #expect(errors.map(\.magnitude).max()! < 0.1)
        // A second one is ignored, and so is a song position.
        sender.follower.start()
        sender.follower.locate(3)
        #expect(sender.send(24, from: 4).map(\.magnitude).max()! < 0.1)
    }

    @Test(arguments: [true, false]) func continuesOnTheExactSixteenth(clockGoesOn: Bool) {
        var sender = Sender(bpm: 100)
        sender.follower.start()
        _ = sender.send(30, from: 0)
        sender.follower.stop()
        #expect(sender.follower.line == nil && sender.follower.state == .stopped)
        if clockGoesOn { _ = sender.send(37, from: 0) } else { sender.time += 10 * sender.period }
        // From where it stopped: 30 messages were beats 0…29 / 24.
        sender.follower.continue()
        // After a silence the line is there with the second message.
        #expect(sender.send(6, from: 30.0 / 24).dropFirst().map(\.magnitude).max()! < 0.1)
        sender.follower.stop()
        sender.follower.locate(37)
        if clockGoesOn { _ = sender.send(5, from: 0) }
        sender.follower.continue()
        #expect(sender.send(20, from: 37.0 / 4).map(\.magnitude).max()! < 0.1)
    }

    @Test func aClockThatDiesIsLostAfterAQuarterOfASecond() {
        var sender = Sender(bpm: 120)
        sender.follower.start()
        _ = sender.send(100, from: 0)
        let last = Int64((sender.time - sender.period).rounded())
        let (early, due) = (sender.follower.pass(to: last + 12_000), sender.follower.pass(to: last + 12_002))
        #expect(!early && due)
        #expect(sender.follower.isLost && sender.follower.line == nil)
        // It comes back: its beats go on.
        sender.time += 48_000
        let errors = sender.send(24, from: 100.0 / 24)
        #expect(!sender.follower.isLost && errors.last!.magnitude < 0.1)
    }

    /// Of messages in any order and at any distance nothing is known but that the line is one.
    @Test(arguments: 0..<200 as Range<UInt64>) func garbageLeavesItAlive(seed: UInt64) {
        var dice = SplitMix64(seed: seed)
        var follower = ClockFollower(sampleRate: [8_000, 48_000, 192_000].randomElement(using: &dice)!)
        var frame = Int64.random(in: 0..<1 << 40, using: &dice)
        let longest = Int64(1) << Int64.random(in: 0...20, using: &dice)
        for _ in 0..<2_000 {
            frame += Int64.random(in: 0...longest, using: &dice)
            switch Int.random(in: 0..<40, using: &dice) {
            case 0: follower.start()
            case 1: follower.stop()
            case 2: follower.continue()
            case 3: follower.locate(Int.random(in: 0...16_383, using: &dice))
            case 4: _ = follower.pass(to: frame)
            default: follower.clock(at: frame)
            }
            guard let line = follower.line else { continue }
            #expect(line.framesPerBeat >= 1 && line.framesPerBeat <= 1e9)
            #expect(line.beats(at: frame) <= line.beats(at: frame + 48_000))
        }
    }

    @Test func tapsMakeATempo() {
        var taps = TapTempo(sampleRate: 48_000)
        var line = taps.tap(at: 1_000)
        #expect(line == nil)
        for beat in 1...12 { line = taps.tap(at: 1_000 + Int64(beat) * 24_000 + (beat % 2 == 0 ? 300 : -300)) }
        #expect(abs(line!.beatsPerMinute(sampleRate: 48_000) - 120) < 0.5)
        #expect(abs(line!.frame(of: .zero) - (1_000 + 12 * 24_000)) < 400)
        // Twice as slow: a new tempo from the second tap on.
        line = taps.tap(at: 1_000 + 14 * 24_000)
        #expect(line == nil)
        line = taps.tap(at: 1_000 + 16 * 24_000)
        #expect(abs(line!.beatsPerMinute(sampleRate: 48_000) - 60) < 0.1)
    }
}

@Suite struct BeatLineTests {
    @Test func framesAndBeatsAreEachOthers() {
        var dice = SplitMix64(seed: 3)
        for _ in 0..<10_000 {
            let line = BeatLine(
                from: .random(in: 0..<1 << 40, using: &dice),
                at: Beats(units: .random(in: -1 << 50..<1 << 50, using: &dice)),
                framesPerBeat: .random(in: 500...600_000, using: &dice))
            let frame = line.frame + .random(in: -10_000_000...10_000_000, using: &dice)
            #expect(line.frame(of: line.beats(at: frame)) == frame)
            #expect(line.from(frame).distance(to: line, at: frame + 100_000) < 0.01)
        }
    }
}

@Suite struct TransportTests {
    private func at(_ frame: Int64, _ beats: Double, bpm: Double = 120, rolling: Bool = true) -> Transport {
        Transport(
            isRolling: rolling, frame: frame,
            music: .init(beats: Beats(nearest: beats), tempo: Tempo(beatsPerMinute: bpm)!, meter: .common))
    }

    private func check(_ isNews: Bool, _ expected: Bool, _ place: SourceLocation = #_sourceLocation) {
        #expect(isNews == expected, sourceLocation: place)
    }

    private func isNews(_ transport: Transport, _ watch: inout TransportWatch) -> Bool {
        watch.news(transport, cycle: 256, sampleRate: 48_000) != nil
    }

    @Test func onlyWhatWasNotExpectedIsNews() {
        var watch = TransportWatch()
        check(isNews(at(0, 0, rolling: false), &watch), true)
        check(isNews(at(0, 0, rolling: false), &watch), false)
        check(isNews(at(0, 0), &watch), true)
        // Ticks of 1/1920 are rounded.
        for cycle in 1..<1000 as Range<Int64> {
            let beats = (Double(cycle * 256) / 24_000 * 1920).rounded(.down) / 1920
            check(isNews(at(cycle * 256, beats), &watch), false)
        }
        check(isNews(at(1000 * 256, 0), &watch), true)
        check(isNews(at(1001 * 256, 256 / 24_000.0, bpm: 121), &watch), true)
        check(isNews(at(7, 0, bpm: 121), &watch), true)
        check(isNews(Transport(isRolling: true, frame: 263), &watch), true)
        check(isNews(Transport(isRolling: true, frame: 519), &watch), false)
    }
}
