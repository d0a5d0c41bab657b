// Not real-time: what training asks of `Performance`.

extension Performance {
    public static func notesBegun(by token: Token) -> Int { token[1] < 128 ? 1 : 0 }

    public static func keys(of token: Token) -> KeySet {
        var keys = KeySet()
        if Int(token[1]) != wait { keys.insert(Int(token[1]) & 127) }
        return keys
    }

    /// The note-ons.
    public static var recalled: (field: Int, classes: Int) { (1, 128) }

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
}
