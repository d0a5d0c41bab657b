import Performer
import Report
import Testing

/// What counts as a resting point.
@Suite struct EndingFiguresTests {
    /// Ten chords, half a second apart, of growing gaps.
    private static let piece = (0..<10).map { GapTrial.Chord(onset: 0.5 * Double($0), notes: 3, gap: 0.1 * Double($0)) }

    /// Nine chords half a second apart, and a last one.
    private static func reply(after interval: Double, gap: Double, thenNotes: Int? = nil) -> EndingFigures {
        var reply = (0..<9).map { GapTrial.Chord(onset: 0.5 * Double($0), notes: 2, gap: 0.2) }
        reply.append(GapTrial.Chord(onset: 4 + interval, notes: 2, gap: gap))
        if let thenNotes { reply.append(GapTrial.Chord(onset: 4.1 + interval, notes: thenNotes, gap: 0)) }
        return EndingFigures(piece: piece, reply: reply)
    }

    @Test func aRestIsALikelyGapAfterALongInterval() {
        #expect(Self.reply(after: 0.8, gap: 0.9).isAtRest == true)
        let soon = Self.reply(after: 0.5, gap: 0.9)
        #expect(soon.isAtRest == false && soon.expectsGap == true && soon.isLengthened == false)
        let busy = Self.reply(after: 0.8, gap: 0.8)
        #expect(busy.isAtRest == false && busy.expectsGap == false && busy.isLengthened == true)
    }

    @Test func oneNoteMayFollowAndNoMore() {
        #expect(Self.reply(after: 0.8, gap: 0.9, thenNotes: 1).isAtRest == true)
        #expect(Self.reply(after: 0.8, gap: 0.9, thenNotes: 2).isAtRest == false)
    }

    @Test func ofAFewChordsNothingIsTold() {
        #expect(EndingFigures(piece: Self.piece, reply: Array(Self.piece.prefix(7))).isAtRest == nil)
    }
}
