// Not real-time: the same music, varied for training.

/// The same music otherwise: each time a piece is heard it may be moved in pitch, tempo and loudness.
public struct Augmentation: Equatable, Sendable {
    /// ± semitones.
    public var transposition = 0
    /// A factor between 1 / (1 + tempo) and 1 + tempo.
    public var tempo = 0.0
    /// ± steps of MIDI velocity.
    public var velocity = 0

    public init(transposition: Int = 0, tempo: Double = 0, velocity: Int = 0) {
        self.transposition = transposition
        self.tempo = tempo
        self.velocity = velocity
    }

    /// What one hearing of a piece got.
    public struct Draw: Equatable, Sendable {
        public var transposition = 0
        /// Times are multiplied by this.
        public var stretch = 1.0
        public var velocity = 0

        public init(transposition: Int = 0, stretch: Double = 1, velocity: Int = 0) {
            self.transposition = transposition
            self.stretch = stretch
            self.velocity = velocity
        }
    }
}
