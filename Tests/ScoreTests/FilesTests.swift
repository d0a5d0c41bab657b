import Files
import Foundation
import Score
import Testing

@Suite struct FilesTests {
    private func temporaryFolder() throws -> String {
        let folder = NSTemporaryDirectory() + "continuo-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        return folder
    }

    private func content(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test func whatALinkLeadsToIsReplacedAndNotTheLink() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (file, link) = (folder + "/file", folder + "/link")
        try writeAtomically(Array("old".utf8), to: file)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "file")
        try writeAtomically(Array("new".utf8), to: link)
        #expect(try content(file) == "new")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "file")
    }

    @Test func aDraftThatIsNotCommittedLeavesNothing() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = folder + "/file"
        func write(_ text: String, commits: Bool) throws {
            let draft = try FileDraft(file, startingAt: 1)
            try Array(text.utf8).withUnsafeBytes { try draft.write($0) }
            try draft.seek(to: 0)
            try Array("a".utf8).withUnsafeBytes { try draft.write($0) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count { $0.hasSuffix(".tmp") } == 1)
            if commits { try draft.commit() }
        }
        try write("bc", commits: true)
        try write("xyz", commits: false)
        #expect(try content(file) == "abc")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
        // Of a process that was killed; no process has the number 2147483000, and the first is another's.
        let others = ["file.1-0.tmp", "file.2147483000-0.tmp", "file.2147483000-x", "files.2147483000-0.tmp"]
        for name in others { try writeAtomically([], to: "\(folder)/\(name)") }
        FileDraft.removeRemains(of: file)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(left == ["file"] + others.filter { $0 != "file.2147483000-0.tmp" })
    }

    @Test func foldersAreMadeAsFarAsTheyAreNotThere() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for _ in 0..<2 { try makeFolders(folder + "/a/b//c/") }
        try writeAtomically([], to: folder + "/a/file")
        for path in ["/a/file", "/a/file/below"] {
            let error = #expect(throws: FileError.self) { try makeFolders(folder + path) }
            #expect(try #require(error).description.hasPrefix("cannot make the folder \(folder)\(path): "))
        }
    }

    /// A device or pipe stays what it is.
    @Test func aPipeIsWrittenTo() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let pipe = folder + "/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        let reader = open(pipe, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        try writeAtomically(Array("heard".utf8), to: pipe)
        var bytes = [UInt8](repeating: 0, count: 16)
        #expect(read(reader, &bytes, 16) == 5 && bytes.starts(with: Array("heard".utf8)))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["pipe"])
    }

    @Test(arguments: [
        (1.25, 1, "1.3"), (-0.5, 2, "-0.50"), (-0.004, 2, "0.00"), (-0.05, 1, "-0.1"), (12, 0, "12"), (0.07, 2, "0.07"),
        (.infinity, 1, "–"), (.nan, 0, "–"), (1e30, 2, "1e+30"),
    ])
    func decimals(value: Double, count: Int, expected: String) { #expect(fixed(value, count) == expected) }
}
