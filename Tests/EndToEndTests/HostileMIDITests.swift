import Files
import Glibc
import Processes
import Score
import TestSupport
import Testing

/// What a MIDI file claims costs no memory; only what it holds does.
@Suite struct HostileMIDITests {
    private static let header = Array("MThd".utf8) + [0, 0, 0, 6, 0, 1, 0xFF, 0xFF, 1, 0xE0]
    private static let track = Array("MTrk".utf8)

    /// Each claims at least 100 MB.
    static let claims: [String: [UInt8]] = [
        "header": Array("MThd".utf8) + [0xFF, 0xFF, 0xFF, 0xFF, 0, 1, 0, 1, 1, 0xE0],
        "tracks": header,
        "track": header + track + [0x06, 0, 0, 0, 0, 0x90, 60, 64],
        "longest-track": header + track + [0xFF, 0xFF, 0xFF, 0xFF, 0, 0x90, 60, 64],
        "text": header + track + [0, 0, 0, 8, 0, 0xFF, 1, 0xFF, 0xFF, 0xFF, 0x7F, 65],
        "exclusive": header + track + [0, 0, 0, 7, 0, 0xF0, 0xFF, 0xFF, 0xFF, 0x7F, 65],
    ]

    /// The program may have 16 MB for all its data; it takes less than 5 MB for a short piece.
    @Test(arguments: claims.keys.sorted()) func aClaimAllocatesNothing(_ name: String) throws {
        let temporary = try TemporaryFile(named: name + ".mid")
        let path = temporary.path
        try writeAtomically(Self.claims[name]!, to: path)
        let process = try ChildProcess([
            "/bin/sh", "-c", "ulimit -d 16384; exec \"$0\" events \"$1\"", sibling("continuo"), path,
        ])
        #expect(process.hasEnded(within: 20) == .exited(EX_DATAERR), "\(process.said)")
        #expect(process.said.contains("\(path): byte "), "\(process.said)")
    }
}
