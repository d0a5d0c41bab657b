import Performer

/// How a reply ends: whether at a resting point, as the network that played it sees the music.
public struct EndingFigures: Sendable {
    /// Whether the reply's last chord, or the one before it if but a single note follows, is one after which a gap of half a
    /// second is likelier than after four fifths of the piece's chords, and comes after a longer interval than most of the
    /// reply's. Nil of fewer than eight chords.
    public let isAtRest: Bool?
    /// The parts of it: the likely gap, and the long interval.
    public let expectsGap: Bool?
    public let isLengthened: Bool?

    /// - Parameters:
    ///   - piece: the call and its own continuation.
    ///   - reply: from the first chord on.
    package init(piece: [GapTrial.Chord], reply: [GapTrial.Chord]) {
        guard piece.count >= 8 && reply.count >= 8 else {
            (isAtRest, expectsGap, isLengthened) = (nil, nil, nil)
            return
        }
        let gaps = piece.map(\.gap).sorted()
        let threshold = gaps[min(gaps.count * 4 / 5, gaps.count - 1)]
        let intervals = zip(reply, reply.dropFirst()).map { $1.onset - $0.onset }
        let median = intervals.sorted()[intervals.count / 2]
        var last = [reply.count - 1]
        if reply[reply.count - 1].notes == 1 { last.append(reply.count - 2) }
        expectsGap = last.contains { reply[$0].gap > threshold }
        isLengthened = last.contains { intervals[$0 - 1] > median }
        isAtRest = last.contains { reply[$0].gap > threshold && intervals[$0 - 1] > median }
    }
}
