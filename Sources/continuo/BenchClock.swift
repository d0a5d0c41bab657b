import ArgumentParser
import Commands
import Random
import Score
import Time

struct BenchClock: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock",
        abstract: "Tell how closely the machine follows a MIDI clock that is late and early.",
        discussion: """
            Clocks are made up whose messages come up to so many milliseconds early or late, evenly distributed, and are \
            followed as the instrument follows them: the distance between the beat that it makes of them and the true one, \
            from the end of the second bar on, over eight bars and twenty clocks a row. Then clocks that jump from one tempo \
            to another: the greatest distance in the second beat after the jump.

            Example: continuo bench clock
            """)

    @Flag(help: "Print the figures as JSON.")
    var json = false

    private struct Row: Encodable {
        let bpm: Double
        let jitterMilliseconds: Double
        let greatestMilliseconds: Double
        let rmsMilliseconds: Double
    }

    private struct Jump: Encodable {
        let from: Double
        let to: Double
        let jitterMilliseconds: Double
        let greatestMilliseconds: Double
    }

    private struct Figures: Encodable {
        let steady: [Row]
        let jumps: [Jump]
    }

    func run() throws {
        try attempt {
            let rows = [0.0, 1, 5].flatMap { jitter in [40.0, 60, 120, 180, 240].map { steady($0, jitter) } }
            let leaps = [0.0, 1].flatMap { jitter in
                [(60.0, 180.0), (180, 60), (120, 126), (126, 120)].map { jump($0.0, $0.1, jitter) }
            }
            if json { return print(try asJSON(Figures(steady: rows, jumps: leaps))) }
            print("tempo      jitter   greatest error   RMS error, after two bars")
            for row in rows {
                print(
                    filled("\(Int(row.bpm)) bpm", 9), filled("±\(Int(row.jitterMilliseconds)) ms", 9),
                    filled(fixed(row.greatestMilliseconds, 2) + " ms", 16), fixed(row.rmsMilliseconds, 2) + " ms")
            }
            print("\njump            jitter   greatest error in the second beat after it")
            for jump in leaps {
                print(
                    filled("\(Int(jump.from)) → \(Int(jump.to)) bpm", 15),
                    filled("±\(Int(jump.jitterMilliseconds)) ms", 8),
                    fixed(jump.greatestMilliseconds, 2) + " ms")
            }
        }
    }

    private func filled(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// A clock that is started, and what the follower makes of it.
    private struct Clock {
        static let rate = 48_000.0
        var bpm: Double
        let jitter: Double
        var random: SplitMix64
        var time = 100_000.0
        var sent = 0
        var follower = ClockFollower(sampleRate: Int(Clock.rate))

        init(bpm: Double, jitter: Double, seed: UInt64) {
            (self.bpm, self.jitter, random) = (bpm, jitter, SplitMix64(seed: seed))
            follower.start()
        }

        private var period: Double { 60 * Self.rate / bpm / Double(ClockFollower.clocksPerBeat) }

        /// - Returns: milliseconds between the beat and the true one, when the message was due.
        mutating func send() -> Double {
            let late = Double.random(in: -jitter...jitter, using: &random) * Self.rate / 1000
            follower.clock(at: Int64((time + late).rounded()))
            defer { (time, sent) = (time + period, sent + 1) }
            guard let line = follower.line else { return .infinity }
            let beats = Double(sent) / Double(ClockFollower.clocksPerBeat)
            return abs(line.beats(at: Int64(time.rounded())).quarters - beats) * 60_000 / bpm
        }

        mutating func jump(to bpm: Double) {
            time -= period
            self.bpm = bpm
            time += period
        }
    }

    private func steady(_ bpm: Double, _ jitter: Double) -> Row {
        let bar = 4 * ClockFollower.clocksPerBeat
        let errors = (0..<20 as Range<UInt64>).flatMap { seed in
            var clock = Clock(bpm: bpm, jitter: jitter, seed: seed)
            return (0..<(10 * bar)).map { _ in clock.send() }.dropFirst(2 * bar)
        }
        let squares = errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)
        return Row(
            bpm: bpm, jitterMilliseconds: jitter, greatestMilliseconds: errors.max() ?? 0,
            rmsMilliseconds: squares.squareRoot())
    }

    private func jump(_ from: Double, _ to: Double, _ jitter: Double) -> Jump {
        let beat = ClockFollower.clocksPerBeat
        let errors = (0..<20 as Range<UInt64>).flatMap { seed in
            var clock = Clock(bpm: from, jitter: jitter, seed: seed)
            for _ in 0..<(8 * beat) { _ = clock.send() }
            clock.jump(to: to)
            return (0..<(2 * beat)).map { _ in clock.send() }.dropFirst(beat)
        }
        return Jump(from: from, to: to, jitterMilliseconds: jitter, greatestMilliseconds: errors.max() ?? 0)
    }
}
