import Files
import Processes
import Testing

/// Which shared libraries the programs need (ELF's DT_NEEDED), in the order of the file.
@Suite struct NeededLibrariesTests {
    private func needed(_ program: String) throws -> [String] {
        try ELF(try readFile(sibling(program), limit: 1 << 30)).neededLibraries
    }

    private func vendors(_ program: String) throws -> Set<String> {
        Set(try needed(program).compactMap { library in ["libjack", "libasound"].first(where: library.hasPrefix) })
    }

    /// To continue a file, to train and to report needs no MIDI system.
    @Test func theToolNeedsNeitherJACKNorALSA() throws {
        #expect(try needed("continuo").contains { $0.hasPrefix("libc.so") }, "nothing was read")
        #expect(try vendors("continuo") == [])
    }

    @Test func whatPlaysNeedsBoth() throws {
        for program in ["continuod", "continuo-live"] {
            #expect(try vendors(program) == ["libjack", "libasound"], "\(program)")
        }
    }

    /// A command that needs a port is one of the tool's nevertheless, and ends as it says.
    @Test func aCommandThatNeedsAPortIsHandedOver() throws {
        for (words, status, said) in [
            (["ports", "--server", "continuo-nobody"], 69, "no JACK server answers"),
            (["bench", "soak", "--only", "nonsense"], 64, "there is no act 'nonsense'"),
            (["bench", "latency", "--buffer", "1"], 64, "16 to 8192 frames"),
            (["ports", "--help"], 0, "USAGE: continuo ports"),
        ] as [([String], Int32, String)] {
            let process = try ChildProcess([sibling("continuo")] + words)
            #expect(process.hasEnded(within: 20) == .exited(status), "\(words): \(process.said)")
            #expect(process.printed.contains(said), "\(words): \(process.said)")
        }
    }
}

/// Just enough of the Executable and Linkable Format, 64 bits, little-endian: elf(5).
private struct ELF {
    let neededLibraries: [String]

    init(_ bytes: [UInt8]) throws {
        func number(_ offset: Int, _ size: Int) -> Int {
            Int(truncatingIfNeeded: (0..<size).reduce(UInt64(0)) { $0 | UInt64(bytes[offset + $1]) << (8 * $1) })
        }
        try #require(bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]))
        let (table, size, count) = (number(32, 8), number(54, 2), number(56, 2))
        let segments = (0..<count).map { table + $0 * size }
        // PT_DYNAMIC: pairs of a tag and a value.
        let dynamic = try #require(segments.first { number($0, 4) == 2 })
        let (start, length) = (number(dynamic + 8, 8), number(dynamic + 32, 8))
        let entries = stride(from: start, to: start + length, by: 16).map {
            (tag: number($0, 8), value: number($0 + 8, 8))
        }
        // DT_STRTAB is an address: of the PT_LOAD that holds it, the place in the file.
        let address = try #require(entries.first { $0.tag == 5 }).value
        let load = try #require(
            segments.first {
                number($0, 4) == 1 && (number($0 + 16, 8)..<number($0 + 16, 8) + number($0 + 32, 8)).contains(address)
            })
        let strings = address - number(load + 16, 8) + number(load + 8, 8)
        neededLibraries = entries.prefix { $0.tag != 0 }.filter { $0.tag == 1 }.map { entry in
            String(decoding: bytes[(strings + entry.value)...].prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
