import Files
import Glibc
import Score
import TestSupport
import Testing

/// Small MIDI files, each with what another library says it plays; see Fixtures/README.
enum Fixture {
    static let folder = Repository.path("Tests/ScoreTests/Fixtures/")

    static let names = [
        "format0", "format1-tempo", "format2", "modes", "oddities", "running-status", "smpte24", "smpte25", "smpte29",
        "smpte30",
        "ties",
    ]

    static func bytes(_ name: String) throws -> [UInt8] {
        try readFile(folder + name + ".mid", limit: 1 << 20)
    }

    static func text(_ name: String) throws -> String {
        String(decoding: try readFile(folder + name + ".txt", limit: 1 << 20), as: UTF8.self)
    }
}

extension Corpora {
    /// Every file of a corpus with a MIDI name, in a fixed order.
    static func files(_ corpus: String) -> [String] {
        var found: [String] = []
        var folders = [folder + "/" + corpus]
        while let current = folders.popLast() {
            guard let directory = opendir(current) else { continue }
            defer { closedir(directory) }
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                if entry.pointee.d_type == UInt8(DT_DIR), !name.hasPrefix(".") { folders.append(current + "/" + name) }
                if name.hasSuffix(".mid") || name.hasSuffix(".midi") { found.append(current + "/" + name) }
            }
        }
        return found.sorted()
    }
}

/// A line an event, as the fixtures have them.
func lines(_ events: [PlayedEvent]) -> String {
    events.map { "\($0.time) \($0.kind.rawValue) \($0.channel) \($0.key) \($0.value)\n" }.joined()
}

/// But for the ends of notes of no length, which follow their note.
func inPlayingOrder(_ events: [PlayedEvent]) -> Bool {
    let others = events.filter { event in
        event.kind != .noteOff
            || !events.contains {
                $0.kind == .noteOn && ($0.time, $0.channel, $0.key) == (event.time, event.channel, event.key)
            }
    }
    return zip(others, others.dropFirst()).allSatisfy { !PlayedEvent.inPlayingOrder($1, $0) }
}
