// Not real-time: `Performance` as models of the literature see it.

extension Performance: CanonicallyOrdered {
    /// No key has more than a note-off and, after it, a note-on in a tick, so offs may always go before ons.
    public static func sortCanonically(_ tokens: inout [Token]) {
        var start = 0
        while start < tokens.count {
            let shift = tokens[start][0]
            var end = start + 1
            while end < tokens.count && tokens[end][0] == 0 { end += 1 }
            tokens[start][0] = 0
            tokens[start..<end].sort { ($0[1] < 128 ? 1 : 0, $0[1]) < ($1[1] < 128 ? 1 : 0, $1[1]) }
            tokens[start][0] = shift
            start = end
        }
    }
}

extension Performance: ReferenceVocabulary {
    /// A shift is one event of 1…100 ticks, a velocity is said when it changes.
    public static func referenceEvents(_ tokens: some Sequence<Token>) -> Int {
        var count = 0
        var velocity: Int16 = -1
        for token in tokens {
            if token[0] > 0 { count += 1 }
            if Int(token[1]) == wait { continue }
            count += 1
            if token[2] >= 0 && token[2] != velocity {
                velocity = token[2]
                count += 1
            }
        }
        return count
    }
}
