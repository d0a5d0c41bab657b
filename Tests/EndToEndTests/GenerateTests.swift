import Duet
import Files
import Testing

/// `continuo generate` as one calls it.
@Suite struct GenerateTests {
    private let files: BadFiles

    init() throws { files = try BadFiles() }

    private func continuation(_ options: String...) throws -> [UInt8] {
        let output = files.folder + "/out.mid"
        let process = try ChildProcess(
            [
                sibling("continuo"), "generate", files.folder + "/good.mid", "-o", output, "--preset",
                files.folder + "/good", "--seconds", "3",
            ] + options)
        #expect(process.hasEnded(within: 60) == .exited(0), "\(process.printed)")
        return try readFile(output, limit: 1 << 20)
    }

    /// However it is said: on its own, or as any parameter.
    @Test func theSeedChoosesTheContinuation() throws {
        let seven = try continuation("--seed", "7")
        #expect(try continuation("--set", "seed=7") == seven)
        #expect(try continuation("--seed", "7", "--set", "seed=8") == seven)
        #expect(try continuation() != seven)
        #expect(try continuation() == continuation("--seed", "0"))
    }
}
