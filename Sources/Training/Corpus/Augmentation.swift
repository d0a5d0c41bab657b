import Glibc
import Representation

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

    /// - Parameter keys: the piece's lowest and highest, which stay within 0…127.
    func drawn(seed: UInt64, epoch: Int, entry: Int, keys: ClosedRange<Int>?) -> Draw {
        func between(_ bound: Int, _ purpose: Purpose) -> Int {
            draw(below: 2 * bound + 1, seed, purpose, epoch, entry) - bound
        }
        var result = Draw(transposition: between(transposition, .transposition), velocity: between(velocity, .velocity))
        if let keys { result.transposition = min(max(result.transposition, -keys.lowerBound), 127 - keys.upperBound) }
        if tempo > 0 {
            let side = Double(2 * uniform(seed, .tempo, epoch, entry) - 1)
            result.stretch = exp(side * log(1 + tempo))
        }
        return result
    }
}

extension Performance {
    /// Pitch and velocity change token by token; for another tempo the piece is played, and heard anew.
    public static func augmented(_ tokens: some Sequence<Token>, _ change: Augmentation.Draw) -> [Token] {
        let moved = tokens.map { token in
            var token = token
            if Int(token[1]) != wait { token[1] &+= Int16(change.transposition) }
            if change.velocity != 0 && token[2] >= 0 {
                let louder = Int(velocity(Int(token[2]))) + change.velocity
                token[2] = Int16(bin(UInt8(min(max(louder, 1), 127))))
            }
            return token
        }
        return change.stretch == 1 ? moved : stretched(moved, by: change.stretch)
    }

    private static func stretched(_ tokens: [Token], by factor: Double) -> [Token] {
        var player = Performance()
        var listener = Performance()
        var result: [Token] = []
        result.reserveCapacity(tokens.count)
        var last: Int64 = 0
        for token in tokens {
            player.emit(token) { event in
                last = Int64((Double(event.tick) * factor).rounded())
                listener.hear(
                    HeardEvent(
                        tick: last, kind: event.isOn ? .noteOn : .noteOff, key: event.key, velocity: event.velocity)
                ) { result.append($0) }
            }
        }
        listener.assumeRest(at: last + 1, assumed: { result.append($0) }, released: { _ in })
        return result
    }
}
