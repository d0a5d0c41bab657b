import Foundation
import TestSupport
import Testing

/// The threads of the code, as the code says them.
@Suite struct ThreadTests {
    /// Rooms with code of the real-time threads.
    private static let live = [
        "Performer", "Representation", "Network", "Realtime", "Ports", "JACKPorts", "ALSAPorts", "Time",
    ]

    /// Paths of the Swift files of a room, in the repository.
    private static func files(_ room: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: Repository.path("Sources/\(room)"))
            .filter { $0.hasSuffix(".swift") }.map { "Sources/\(room)/\($0)" }
    }

    /// A file says in its first line which real-time thread runs it, if any.
    @Test(arguments: live) func aFileSaysItsThread(room: String) throws {
        let first = #/// (?:REAL-TIME \((?:port|improviser|any)\)|Not real-time): \S.*/#
        let files = try Self.files(room)
        #expect(!files.isEmpty)
        for file in files {
            let text = try Repository.text(file)
            let line = text.prefix { $0 != "\n" }
            #expect(try first.wholeMatch(in: line) != nil, "\(file): \(line)")
            // What the compiler is to prove is what the threads run.
            if line.hasPrefix("// Not real-time") {
                #expect(!text.contains("@_noAllocation") && !text.contains("(real-time)"), "\(file) is real-time")
            }
        }
    }

    /// `- Thread:` is followed by one of the fixed words, and at most by a condition.
    @Test func theLineOfAThreadIsOfFixedWords() throws {
        let line = #/- Thread: (any|control|(?:port|improviser) \(real-time\))(?:[,;] .*)?/#
        var seen: Set<String> = []
        for room in try FileManager.default.contentsOfDirectory(atPath: Repository.path("Sources")) {
            for file in (try? Self.files(room)) ?? [] {
                for written in try Repository.text(file).matches(of: /- Thread: .*/) {
                    let match = try line.wholeMatch(in: written.0)
                    #expect(match != nil, "\(file): \(written.0)")
                    if let match { seen.insert(String(match.1)) }
                }
            }
        }
        #expect(seen == ["any", "control", "port (real-time)", "improviser (real-time)"])
    }
}
