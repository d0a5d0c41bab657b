// Not real-time: what training asks of `Sonority`.

extension Sonority {
    public static func notesBegun(by token: Token) -> Int { keys(of: token).count }

    public static func keys(of token: Token) -> KeySet {
        token[1] < 0 ? KeySet() : ChordTables.shared.keys(Int(token[1]))
    }

    /// The chords.
    public static var recalled: (field: Int, classes: Int) { (1, ChordTables.shared.count) }

    /// The class of the known chord nearest to these keys; nil of none.
    public static func chord(nearest keys: KeySet) -> Int? {
        keys.isEmpty ? nil : ChordTables.shared.chord(nearest: keys)
    }

    /// A chord that is moved to where it is not known becomes the nearest; for another tempo the piece is played, and heard anew.
    public static func augmented(_ tokens: some Sequence<Token>, _ change: Augmentation.Draw) -> [Token] {
        let moved = tokens.map { token in
            guard token[1] >= 0 else { return token }
            var token = token
            if change.transposition != 0 {
                let keys = keys(of: token).moved(by: change.transposition)
                token[1] = Int16(ChordTables.shared.chord(nearest: keys))
            }
            if change.velocity != 0 {
                let louder = Int(Performance.velocity(Int(token[3]))) + change.velocity
                token[3] = Int16(Performance.bin(UInt8(min(max(louder, 1), 127))))
            }
            return token
        }
        guard change.stretch != 1 else { return moved }
        // In the rests the last chords end.
        let rests = longestDuration / restTicks + 1
        return stretched(
            moved + Array(repeating: Token(Int16(rest), -1, -1, -1), count: Int(rests)), by: change.stretch)
    }
}
