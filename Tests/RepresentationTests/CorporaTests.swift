import Representation
import Score
import TestSupport
import Testing

/// 32 pieces of MAESTRO, ASAP, piano-midi and Nottingham. Needs ../shared/data (or CONTINUO_DATA); skipped where it is
/// absent.
@Suite(.enabled(if: Corpora.present)) struct CorporaTests {
    @Test(arguments: Corpora.listed.map { $0[0] }) func aPieceIsItsTokens(_ name: String) throws {
        let events = try MIDIFile(path: "\(Corpora.folder)/\(name)").playedEvents()
        for order in EventOrder.allCases {
            let tokens = Performance.encode(events, order: order)
            #expect(illegalToken(Performance.self, tokens) == nil, "\(order)")
        }
        #expect(changeByDecoding(Performance.encode(events)) == nil)
    }

    @Test(arguments: Corpora.listed.map { $0[0] }) func heardLiveItIsTheSame(_ name: String) throws {
        let events = try MIDIFile(path: "\(Corpora.folder)/\(name)").playedEvents()
        var dice = Dice(seed: UInt64(events.count))
        #expect(heardLive(Performance.self, events, &dice) == Performance.encode(events))
        #expect(heardLive(Sonority.self, events, &dice) == Sonority.encode(events))
    }
}
