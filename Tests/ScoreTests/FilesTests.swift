import Files
import Foundation
import Score
import TestSupport
import Testing

@Suite struct FilesTests {
    private func content(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test func whatALinkLeadsToIsReplacedAndNotTheLink() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path
        let (file, link) = (folder + "/file", folder + "/link")
        try writeAtomically(Array("old".utf8), to: file)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "file")
        try writeAtomically(Array("new".utf8), to: link)
        #expect(try content(file) == "new")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "file")
    }

    @Test func aDraftThatIsNotCommittedLeavesNothing() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path
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
        let temporary = try TemporaryFolder()
        let folder = temporary.path
        for _ in 0..<2 { try makeFolders(folder + "/a/b//c/") }
        try writeAtomically([], to: folder + "/a/file")
        for path in ["/a/file", "/a/file/below"] {
            let error = #expect(throws: FileError.self) { try makeFolders(folder + path) }
            #expect(try #require(error).description.hasPrefix("cannot make the folder \(folder)\(path): "))
        }
    }

    /// A device or pipe stays what it is.
    @Test func aPipeIsWrittenTo() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path
        let pipe = folder + "/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        let reader = open(pipe, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        try writeAtomically(Array("heard".utf8), to: pipe)
        var bytes = [UInt8](repeating: 0, count: 16)
        #expect(read(reader, &bytes, 16) == 5 && bytes.starts(with: Array("heard".utf8)))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["pipe"])
    }

    // MARK: Names that are not UTF-8

    /// Latin-1, cut-off UTF-8, a surrogate, the characters that stand for bytes themselves, and plain names.
    static let names: [[UInt8]] = [
        Array("f\u{FC}r".unicodeScalars.map { UInt8($0.value) }), [0xC3], [0x61, 0xE2, 0x82], [0xED, 0xA0, 0x80],
        [0xF0, 0x9F], Array("\u{EF80}\u{EFFF}".utf8), [0x80] + "\u{EF80}".utf8, Array("für".utf8),
        Array("fu\u{308}r".utf8),
        [0xFF, 0xFE, 0x41], Array("plain".utf8), [],
    ]

    @Test(arguments: names) func aNameComesBackAsItWas(_ name: [UInt8]) {
        #expect(String(path: name).pathBytes == name)
        #expect(String(path: name).cPath == name.map { CChar(bitPattern: $0) } + [0])
        if let text = String(validating: name, as: UTF8.self), !text.unicodeScalars.contains("\u{EF80}") {
            #expect(Array(String(path: name).utf8) == name)
        }
    }

    @Test func filesOfAnyNameAreReadWrittenAndListed() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path + "/" + String(path: [0x66, 0xFC, 0x72])
        try makeFolders(folder + "/" + String(path: [0xE9]))
        let names = Self.names.filter { !$0.isEmpty }.map { String(path: $0) }
        for name in names {
            try writeAtomically(name.pathBytes, to: "\(folder)/\(name)")
            #expect(try readFile("\(folder)/\(name)", limit: 99) == name.pathBytes)
        }
        let listed = try #require(folderEntries(folder)).map(\.pathBytes)
        #expect(Set(listed) == Set(names.map(\.pathBytes)).union([[0xE9]]))
        // Not by another program's eyes either.
        #expect(access([0x2F] + folder.cPath.dropFirst().dropLast() + [0x2F] + names[0].cPath, F_OK) == 0)
        #expect(
            realPath(folder + "/../" + String(path: [0x66, 0xFC, 0x72])).map(\.pathBytes) == realPath(folder)?.pathBytes
        )
        let missing = #expect(throws: FileError.self) { try readFile(folder + "/x", limit: 1) }
        #expect(try #require(missing).description.pathBytes.contains(0xFC))
    }

    /// With the slash before it a combining mark is one character.
    @Test func aNameThatBeginsWithACombiningMark() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path
        try makeFolders(folder + "/\u{308}a/\u{308}b")
        try writeAtomically([1], to: folder + "/\u{308}a/\u{308}b/\u{308}c")
        #expect(try readFile(folder + "/\u{308}a/\u{308}b/\u{308}c", limit: 9) == [1])
        #expect(folderEntries(folder + "/\u{308}a/\u{308}b") == ["\u{308}c"])
    }

    // MARK: Folders

    @Test func linkedFoldersAreEnteredOnceAndByTheirOwnPath() throws {
        let temporary = try TemporaryFolder()
        let top = temporary.path
        for folder in ["music/b/deep", "music/c", "elsewhere/inner"] { try makeFolders("\(top)/\(folder)") }
        for file in ["music/1.mid", "music/1.txt", "music/b/2.mid", "music/b/deep/3.mid", "elsewhere/inner/4.mid"] {
            try writeAtomically([], to: "\(top)/\(file)")
        }
        func link(_ from: String, _ to: String) throws {
            try FileManager.default.createSymbolicLink(atPath: "\(top)/\(from)", withDestinationPath: "\(top)/\(to)")
        }
        try link("music/a", "music/b")  // Before it in order.
        try link("music/loop", "music")
        try link("music/c/up", "music/b")
        try link("music/c/out", "elsewhere")
        try link("music/c/out2", "elsewhere/inner")
        try link("elsewhere/back", "music/c")
        try link("music/file.mid", "music/1.mid")
        try link("music/dangling", "nowhere")
        let found = filesBelow("\(top)/music") { $0.hasSuffix(".mid") }
        #expect(found == ["1.mid", "b/2.mid", "b/deep/3.mid", "c/out/inner/4.mid", "file.mid"])
        #expect(filesBelow("\(top)/music/a") { _ in true } == ["2.mid", "deep/3.mid"])
        #expect(filesBelow("\(top)/nowhere") { _ in true } == nil)
        var asked: [String] = []
        let chosen = filesBelow(
            "\(top)/music", where: { _ in true },
            enters: { folder in
                asked.append(folder)
                return !folder.hasSuffix("/b")
            })
        #expect(chosen == ["1.mid", "1.txt", "c/out/inner/4.mid", "dangling", "file.mid"])
        #expect(Set(asked).count == asked.count && asked.contains("\(top)/music/b"))
    }

    @Test(arguments: [
        (1.25, 1, "1.3"), (-0.5, 2, "-0.50"), (-0.004, 2, "0.00"), (-0.05, 1, "-0.1"), (12, 0, "12"), (0.07, 2, "0.07"),
        (.infinity, 1, "–"), (.nan, 0, "–"), (1e30, 2, "1e+30"),
    ])
    func decimals(value: Double, count: Int, expected: String) { #expect(fixed(value, count) == expected) }
}
