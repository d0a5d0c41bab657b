// REAL-TIME (port): the stage's beat, from whichever source is chosen.

import Time

/// Hears all sources of a beat and gives that of the chosen one: `clock`, `tempo` and `meter`.
struct BeatClock: BitwiseCopyable {
    /// In the order of the choices of `clock`.
    enum Source: Int {
        case `internal`, midi, jack
    }

    private let sampleRate: Int
    private var source = Source.internal
    private var meter = Meter.common
    private var follower: ClockFollower
    private var taps: TapTempo
    /// Of the tempo that is set or tapped; from the first cycle on.
    private var own: BeatLine
    private var isBegun = false
    private var transport: Transport?
    /// Where the transport is rolling, from the cycle on in which it was told.
    private var transportLine: BeatLine?
    /// Something was heard that may be news.
    private var mayBeNews = true
    /// What the improviser knows.
    private(set) var beat = Beat()

    init(sampleRate: Int, values: ParameterValues) {
        self.sampleRate = sampleRate
        follower = ClockFollower(sampleRate: sampleRate)
        taps = TapTempo(sampleRate: sampleRate)
        own = BeatLine(from: 0, at: .zero, framesPerBeat: 60 * Double(sampleRate) / Double(values[.tempo]))
        take(values)
    }

    // MARK: What it hears

    /// A cycle begins; the first one is beat 0 of the internal clock.
    mutating func begin(at frame: Int64) {
        guard !isBegun else { return }
        (isBegun, mayBeNews) = (true, true)
        own = BeatLine(from: frame, at: .zero, framesPerBeat: own.framesPerBeat)
    }

    /// Another source or meter.
    mutating func take(_ values: ParameterValues) {
        mayBeNews = true
        source = Source(rawValue: Int(values[.clock])) ?? .internal
        meter = (MeterChoice(rawValue: Int(values[.meter])) ?? .common).meter
    }

    /// The internal clock goes on from here at another tempo.
    mutating func setTempo(_ beatsPerMinute: Float, at frame: Int64) {
        mayBeNews = true
        let framesPerBeat = 60 * Double(sampleRate) / Double(beatsPerMinute)
        own = BeatLine(from: frame, at: own.beats(at: frame), framesPerBeat: framesPerBeat)
    }

    /// Somebody taps along: from the second tap on the internal clock's nearest beat is where the tap is.
    mutating func tap(at frame: Int64) {
        guard let line = taps.tap(at: frame) else { return }
        mayBeNews = true
        let beats = own.beats(at: line.frame(of: .zero))
        let nearest = Time.Phase(at: .zero, quantum: Beats(1)).nearest(to: beats)
        own = BeatLine(from: line.frame(of: .zero), at: nearest, framesPerBeat: line.framesPerBeat)
    }

    /// A system message of MIDI.
    mutating func hear(_ message: MIDIMessage, at frame: Int64) {
        mayBeNews = true
        switch (message.status, message.size) {
        case (0xF8, 1): follower.clock(at: frame)
        case (0xFA, 1): follower.start()
        case (0xFB, 1): follower.continue()
        case (0xFC, 1): follower.stop()
        case (0xF2, 3) where (message.data1 | message.data2) < 0x80:
            follower.locate(Int(message.data1) | Int(message.data2) << 7)
        default: break
        }
    }

    /// News of the server's timeline, at the first frame of a cycle.
    mutating func hear(_ transport: Transport, at frame: Int64) {
        mayBeNews = true
        self.transport = transport
        transportLine = transport.music.map {
            BeatLine(from: frame, at: $0.beats, framesPerBeat: $0.tempo.framesPerBeat(sampleRate))
        }
    }

    // MARK: What it tells

    /// At the beginning of a cycle and after each message.
    /// - Returns: the beat, if it is another than the last one that was returned.
    mutating func news(at frame: Int64) -> Beat? {
        guard follower.pass(to: frame) || mayBeNews else { return nil }
        mayBeNews = false
        let now = reading()
        // A millisecond: what is closer nobody hears.
        guard now.differs(from: beat, at: frame, tolerance: Double(sampleRate) / 1000) else { return nil }
        beat = now
        return now
    }

    /// The improviser has missed something: the beat is news again.
    mutating func forgetTold() { (beat, mayBeNews) = (Beat(), true) }

    private func reading() -> Beat {
        var reading = Beat()
        reading.meter = meter
        switch source {
        case .internal: (reading.state, reading.line) = (.running, own)
        case .midi: read(follower, into: &reading)
        case .jack: read(transport, into: &reading)
        }
        return reading
    }

    private func read(_ follower: ClockFollower, into reading: inout Beat) {
        if let line = follower.line {
            (reading.state, reading.line) = (follower.state == .running ? .running : .free, line)
        } else if follower.isLost {
            reading.state = .lost
        } else if let framesPerBeat = follower.framesPerBeat {
            reading.state = .stopped
            reading.line = BeatLine(from: 0, at: follower.position, framesPerBeat: framesPerBeat)
        }
    }

    private func read(_ transport: Transport?, into reading: inout Beat) {
        guard let transport, let line = transportLine, let music = transport.music else { return }
        reading.meter = music.meter
        (reading.state, reading.line) = transport.isRolling ? (.running, line) : (.stopped, line)
    }
}
