import Duet
import Files
import Foundation
import Processes
import TestSupport
import Testing

/// Where the Debian packages are built: only Debian's own Swift will do, whatever other there is.
@Suite struct PackagingTests {
    /// (version installed, version that apt offers, what is said, the end)
    @Test(
        arguments: [
            ("6.2.3-1", "6.2.3-1", "make package-here PACKAGES=packages", 0),
            ("", "6.3-2", "make package-here PACKAGES=packages", 0),
            ("", "", "this Debian has no swiftlang of 6.2 or later", 1),
            ("", "6.0.3-2", "sudo make package", 1), ("6.0.3-2", "6.3-2", "sudo make package", 1),
        ] as [(String, String, String, Int32)])
    func packagesAreBuiltWhereDebiansSwiftIs(
        installed: String, offered: String, says: String, status: Int32
    ) throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path
        // A user's Debian, and a make that only says what it was asked for.
        for (program, script) in [
            ("dpkg-query", installed.isEmpty ? "exit 1" : "echo installed \(installed)"),
            ("apt-cache", offered.isEmpty ? "exit 0" : "printf 'swiftlang:\\n  Candidate: \(offered)\\n'"),
            ("id", "echo 1000"), ("make", "echo make \"$@\""),
        ] {
            try writeAtomically(Array("#!/bin/sh\n\(script)\n".utf8), to: "\(folder)/\(program)")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(folder)/\(program)")
        }
        let script = Repository.path("scripts/with-debian-swift")
        let path = "PATH=\(folder):/usr/bin:/bin"
        let process = try ChildProcess(["env", "-u", "IN_CLEAN_DEBIAN", path, script, "package", "packages"])
        #expect(process.hasEnded(within: 20) == .exited(status), "\(process.said)")
        #expect(process.printed.contains(says), "\(process.printed)")
        #expect(process.printed.split(separator: "\n").count == 1)
    }
}
