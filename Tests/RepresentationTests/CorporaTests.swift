import Files
import Glibc
import Representation
import Score
import Testing

/// 32 pieces of MAESTRO, ASAP, piano-midi and Nottingham. Needs ../shared/data (or CONTINUO_DATA); skipped where it is
/// absent.
@Suite(.enabled(if: Pieces.present)) struct CorporaTests {
    @Test(arguments: Pieces.names) func aPieceIsItsTokens(_ name: String) throws {
        let events = try MIDIFile(path: Pieces.folder + name).playedEvents()
        for order in EventOrder.allCases {
            let tokens = Performance.encode(events, order: order)
            #expect(illegalToken(Performance.self, tokens) == nil, "\(order)")
        }
        #expect(changeByDecoding(Performance.encode(events)) == nil)
    }

    @Test(arguments: Pieces.names) func heardLiveItIsTheSame(_ name: String) throws {
        let events = try MIDIFile(path: Pieces.folder + name).playedEvents()
        var dice = Dice(seed: UInt64(events.count))
        #expect(heardLive(events, &dice) == Performance.encode(events))
    }
}

enum Pieces {
    private static let repository = String(
        #filePath.dropLast("Tests/RepresentationTests/CorporaTests.swift".count))
    static let folder =
        (getenv("CONTINUO_DATA").map { String(cString: $0) } ?? repository + "../shared/data") + "/"
    static var present: Bool { access(folder + "maestro", R_OK) == 0 }

    /// Those of ScoreTests.
    static let names: [String] = {
        let list = try? readFile(repository + "Tests/ScoreTests/Fixtures/corpora.txt", limit: 1 << 20)
        return String(decoding: list ?? [], as: UTF8.self).split(separator: "\n").map {
            String($0.prefix { $0 != " " })
        }
    }()
}
