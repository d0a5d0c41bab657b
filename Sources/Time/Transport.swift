// REAL-TIME (any): the timeline of a server or host.

/// What a server or host says of its timeline, at the first frame of a cycle.
/// - Thread: any
public struct Transport: Hashable, Sendable, BitwiseCopyable {
    /// Beats and bars, where somebody keeps them.
    public struct Music: Hashable, Sendable, BitwiseCopyable {
        /// From the first bar line on, as if all bars before had this meter.
        public var beats: Beats
        public var tempo: Tempo
        public var meter: Meter

        public init(beats: Beats, tempo: Tempo, meter: Meter) {
            (self.beats, self.tempo, self.meter) = (beats, tempo, meter)
        }
    }

    /// Whether it moves. One that waits for slow programs before it starts does not.
    public var isRolling: Bool
    /// Position on the timeline in frames, which are not those of the cycles.
    public var frame: Int64
    public var music: Music?

    @_noAllocation @_noLocks
    public init(isRolling: Bool, frame: Int64, music: Music? = nil) {
        (self.isRolling, self.frame, self.music) = (isRolling, frame, music)
    }

    /// What it will be so many frames later if nothing happens.
    /// - Parameter sampleRate: frames a second.
    @_noAllocation @_noLocks
    public func after(_ frames: Int64, sampleRate: Int) -> Transport {
        guard isRolling else { return self }
        var later = self
        later.frame &+= frames
        if let music {
            let line = BeatLine(from: 0, at: music.beats, framesPerBeat: music.tempo.framesPerBeat(sampleRate))
            later.music!.beats = line.beats(at: frames)
        }
        return later
    }
}

extension Tempo {
    /// Frames in a beat, of which there are `sampleRate` a second.
    @_noAllocation @_noLocks
    public func framesPerBeat(_ sampleRate: Int) -> Double { Double(picosecondsPerBeat) * Double(sampleRate) / 1e12 }
}

/// Tells what is new of a transport that is read each cycle: a start, a stop, a jump, another tempo or meter.
/// - Thread: any, one at a time
public struct TransportWatch: Sendable, BitwiseCopyable {
    private var expected: Transport?
    /// Positions in beats are told in ticks, so that they are this inexact.
    private static var tolerance: Beats { Beats(units: Beats.unitsPerBeat / 1000) }

    public init() {}

    /// - Parameters:
    ///   - transport: at the first frame of the cycle.
    ///   - frames: length of the cycle.
    /// - Returns: `transport`, unless it is what the cycles before let expect.
    @_noAllocation @_noLocks
    public mutating func news(_ transport: Transport, cycle frames: Int64, sampleRate: Int) -> Transport? {
        guard let expected, Self.agree(expected, transport) else {
            expected = transport.after(frames, sampleRate: sampleRate)
            return transport
        }
        // From what was told, so that small differences do not add up unseen.
        self.expected = expected.after(frames, sampleRate: sampleRate)
        return nil
    }

    @_noAllocation @_noLocks
    private static func agree(_ expected: Transport, _ told: Transport) -> Bool {
        guard expected.isRolling == told.isRolling, expected.frame == told.frame else { return false }
        guard let one = expected.music, let other = told.music else {
            return expected.music == nil && told.music == nil
        }
        let distance = one.beats - other.beats
        return one.tempo == other.tempo && one.meter == other.meter && distance <= tolerance
            && Beats.zero - distance <= tolerance
    }
}
