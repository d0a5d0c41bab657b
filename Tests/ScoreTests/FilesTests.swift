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
