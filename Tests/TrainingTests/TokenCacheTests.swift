import Files
import Foundation
import Representation
import Score
import TestSupport
import Testing
import Training

@Suite struct TokenCacheTests {
    /// Five scales and a file that is none.
    private func music(_ folder: borrowing TemporaryFolder) throws -> [String] {
        for i in 0..<5 { try writeScale(from: UInt8(40 + 3 * i), notes: 10 + i, to: "\(folder.path)/\(i).mid") }
        _ = try folder.write("no music", "5.mid")
        return (0..<6).map { "\(folder.path)/\($0).mid" }
    }

    private func cached(_ folder: String, _ files: [String]) throws -> (pieces: [[Token]], skipped: [SkippedFile]) {
        let found = try TokenCache(folder + "/cache", workers: Workers(2)).pieces(Performance.self, "x", files)
        return (found.pieces.map { Array($0.tokens) }, found.skipped)
    }

    private func file(_ folder: String) throws -> String {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/cache")
        #expect(names.count == 1)
        return "\(folder)/cache/\(try #require(names.first))"
    }

    @Test func tokensAreThoseOfTheFiles() throws {
        let folder = try TemporaryFolder()
        let files = try music(folder)
        let expected = try files.dropLast().map { Performance.encode(try MIDIFile(path: $0).playedEvents()) }
        let first = try cached(folder.path, files)
        let stored = try file(folder.path)
        let written = try FileManager.default.attributesOfItem(atPath: stored)[.systemFileNumber] as? Int
        let second = try cached(folder.path, files)
        for found in [first, second] {
            #expect(found.pieces == expected)
            #expect(found.skipped.map(\.path) == [files[5]])
            #expect(found.skipped[0].reason.contains("5.mid: byte 0"))
        }
        // The second time it was only read.
        #expect(try FileManager.default.attributesOfItem(atPath: stored)[.systemFileNumber] as? Int == written)
    }

    @Test func changedFilesAreReadAnew() throws {
        let folder = try TemporaryFolder()
        let files = try music(folder)
        let before = try cached(folder.path, files).pieces
        try writeScale(from: 90, notes: 4, to: files[2])
        let after = try cached(folder.path, files).pieces
        #expect(after[2] == Performance.encode(try MIDIFile(path: files[2]).playedEvents()))
        #expect(after[2] != before[2] && after[1] == before[1] && after.count == 5)
    }

    /// Whatever stands in the file: the same tokens, and no crash.
    @Test func damageIsMended() throws {
        let folder = try TemporaryFolder()
        let files = try music(folder)
        let expected = try cached(folder.path, files).pieces
        let stored = try file(folder.path)
        let good = try readFile(stored, limit: 1 << 20)
        var bad = [
            [], [0], Array(good.dropLast()), Array(good.dropLast(8)), good + [0],
            good + [UInt8](repeating: 0, count: 8),
        ]
        // As many tokens as a number has room for.
        var endless = good
        endless.replaceSubrange(24..<32, with: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])
        bad.append(endless)
        for offset in stride(from: 0, to: good.count, by: 61) {
            for value: UInt8 in [0xff, 0x7f] {
                var bytes = good
                bytes[offset] = bytes[offset] == value ? 0 : value
                bad.append(bytes)
            }
        }
        for word in 0..<5 {
            for value: UInt64 in [0, 1 << 60, .max] {
                var bytes = good
                withUnsafeBytes(of: value) { for i in 0..<8 { bytes[8 * word + i] = $0[i] } }
                bad.append(bytes)
            }
        }
        for bytes in bad {
            try writeAtomically(bytes, to: stored)
            #expect(try cached(folder.path, files).pieces == expected)
            #expect(try readFile(stored, limit: 1 << 20) == good)
        }
    }

    /// Somebody who computes the hashes too still cannot bring in tokens that no piece could have.
    @Test(arguments: [
        Token(0, 300, -1, -1), Token(101, 60, 3, -1), Token(0, 60, 32, -1), Token(0, 60, 3, 5), Token(0, 140, -1, -1),
        Token(-1, 60, 3, -1),
    ])
    func forgedTokensAreNotTaken(bad: Token) throws {
        let folder = try TemporaryFolder()
        let workers = Workers(2)
        let path = folder.path + "/x"
        for tokens in [[Token(0, 60, 3, -1)], [Token(0, 61, 3, -1), bad]] {
            var writer = try TokenFile.Writer.begin(path, key: 7)
            try writer.add(.init(tokens: PieceTokens(tokens), notes: 1))
            try writer.finish()
            let found = TokenFile.open(Performance.self, path, key: 7, pieces: 1, workers: workers)
            #expect((found == nil) == (tokens.count == 2))
        }
        #expect(TokenFile.open(Performance.self, path, key: 8, pieces: 1, workers: workers) == nil)
    }

    @Test func remainsOfAKilledProcessGo() throws {
        let folder = try TemporaryFolder()
        let files = try music(folder)
        _ = try cached(folder.path, files)
        let stored = try file(folder.path)
        // No process has such a number; this one's own file is another's to remove.
        let remains = [stored + ".2147483000-0.tmp", stored + ".1-0.tmp"]
        for name in remains + [stored] { try "".write(toFile: name, atomically: false, encoding: .utf8) }
        _ = try cached(folder.path, files)
        #expect(!FileManager.default.fileExists(atPath: remains[0]))
        #expect(FileManager.default.fileExists(atPath: remains[1]))
    }

    @Test func aFolderThatCannotBeWrittenIsNamed() throws {
        let error = #expect(throws: TrainingError.self) { try TokenCache("/proc/continuo", workers: Workers(1)) }
        #expect(try #require(error).description.contains("--cache"))
    }
}
