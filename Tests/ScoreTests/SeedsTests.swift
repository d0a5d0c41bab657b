import Files
import Foundation
import Processes
import Score
import TestSupport
import Testing

/// The phrases in seeds/: written by scripts/make-seeds, and each what seeds/README.md says of it.
@Suite struct SeedsTests {
    private static let names = [
        "baroque", "chorale", "classical", "cluster", "dense", "five-fingers", "folk-tune", "loud-soft", "low-register",
        "nocturne", "offbeat", "one-note", "ostinato", "waltz",
    ]

    /// The notes of a seed as the keys are held; checks that reading it gives no warning.
    private func played(_ name: String) throws -> [Note] {
        let file = try MIDIFile(path: Repository.path("seeds/\(name).mid")) { Issue.record("\(name): \($0)") }
        return notes(from: file.playedEvents(), foldingPedal: false)
    }

    private func files(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".mid") }.sorted()
    }

    /// Largest number of keys held together for longer than the overlap of a legato.
    private func voices(_ notes: [Note]) -> Int {
        let overlap: Int64 = 60_000_000
        return notes.map { note in
            notes.count { $0.onset <= note.onset + overlap && $0.end > note.onset + overlap }
        }.max() ?? 0
    }

    @Test func filesAreWhatTheScriptWrites() throws {
        let temporary = try TemporaryFolder()
        let script = try ChildProcess([Repository.path("scripts/make-seeds"), temporary.path])
        try #require(script.hasEnded(within: 60) == .exited(0), "\(script.said)")
        let expected = Self.names.map { $0 + ".mid" }
        #expect(try files(temporary.path) == expected)
        #expect(try files(Repository.path("seeds")) == expected)
        for name in expected {
            let (written, committed) = ("\(temporary.path)/\(name)", Repository.path("seeds/\(name)"))
            let isSame = try readFile(written, limit: 1 << 20) == readFile(committed, limit: 1 << 20)
            #expect(isSame, "\(name): run scripts/make-seeds")
        }
    }

    @Test func thePageListsThem() throws {
        let page = try Repository.text("seeds/README.md")
        #expect(page.matches(of: /(?m)^\| `([\w-]+)`/).map { String($0.1) }.sorted() == Self.names)
    }

    @Test(arguments: names) func itLastsAPhrase(_ name: String) throws {
        let end = Double(try played(name).map(\.end).max() ?? 0) / 1e9
        #expect(["one-note", "cluster"].contains(name) ? end < 4 : (6...12).contains(end), "\(end) s")
    }

    @Test func eachIsWhatItsNameSays() throws {
        let keys = { (name: String) in try played(name).map(\.key) }
        #expect(try keys("one-note").count == 1)
        #expect(try keys("cluster").sorted() == Array(60...67))
        #expect(try keys("low-register").allSatisfy { $0 < 60 })
        #expect(Set(try keys("five-fingers")).isSubset(of: [48, 50, 52, 53, 55, 60, 62, 64, 65, 67]))
        #expect(try voices(played("folk-tune")) == 1)
        #expect(try voices(played("baroque")) == 2)
        #expect(try voices(played("chorale")) == 4)

        let dense = try played("dense")
        #expect((13...15).contains(Double(dense.count) / (Double(dense.last?.end ?? 1) / 1e9)))

        let loudSoft = try played("loud-soft").map(\.velocity)
        let turns = zip(loudSoft, loudSoft.dropFirst()).count { ($0 < 64) != ($1 < 64) }
        #expect(turns == 3, "loud, soft, loud, soft: \(loudSoft)")
    }

    /// Two of the five bars are the same; the others differ from them in at most two places.
    @Test func theOstinatoRepeatsABar() throws {
        // The files state the quarter note as 1/116 minute.
        let bar = 4 * 60e9 / 116
        var bars: [[Int]] = Array(repeating: [], count: 5)
        for note in try played("ostinato").sorted(by: { ($0.onset, $0.key) < ($1.onset, $1.key) }) {
            let place = (Double(note.onset) / bar * 8).rounded()
            bars[min(4, Int(place) / 8)].append(Int(place) % 8 * 128 + Int(note.key))
        }
        let first = Set(bars[0])
        #expect(first.count == 11)
        let differences = bars.map { Set($0).symmetricDifference(first).count / 2 }
        #expect(differences == [0, 1, 2, 2, 0])
    }
}
