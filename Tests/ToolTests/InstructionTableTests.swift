import TestSupport
import Testing
import continuo

/// What `make bench-check` makes of counts and the table.
@Suite struct InstructionTableTests {
    private static let compiler = "Swift 1"

    private func table(
        _ text: String = "# Comment\nSwift 1\tcycle\t1000\nSwift 2\tcycle\t500\nSwift 1\tstep v3\t2000\n"
    )
        throws -> InstructionTable
    {
        try InstructionTable(text, path: "t.tsv")
    }

    @Test(
        arguments: [
            (1000, 2000, nil, nil), (1030, 1940, nil, nil),
            (1031, 2000, "more than 3 % slower: cycle", "1.031  SLOWER"),
            (1050, 2100, "more than 3 % slower: cycle; step v3", "1.050  SLOWER"),
            (1000, 1939, nil, "faster: update the table with make bench-table"),
        ] as [(Int, Int, String?, String?)])
    func slowerFailsAndFasterIsTold(cycle: Int, step: Int, complaint: String?, says: String?) throws {
        let comparison = try table().comparison(with: [("cycle", cycle), ("step v3", step)], compiler: Self.compiler)
        #expect(comparison.complaint == complaint)
        #expect(says == nil || comparison.text.contains(says!), "\(comparison.text)")
        #expect(says != nil || !comparison.text.contains("SLOWER") && !comparison.text.contains("faster"))
    }

    /// Each compiler has its own rows; another one is compared with the first, and told so.
    @Test func anotherCompilerIsTold() throws {
        #expect(try table().comparison(with: [("cycle", 500)], compiler: "Swift 2").complaint == nil)
        let unknown = try table().comparison(with: [("cycle", 1100)], compiler: "Swift 3")
        #expect(unknown.text.hasPrefix("no counts of Swift 3; compared with those of Swift 1\n"))
        #expect(unknown.complaint?.contains("another compiler's counts say little") == true)
    }

    /// A part that nobody counts any more is no success; instructions that a processor lacks are no failure.
    @Test func whatIsMissingIsTold() throws {
        let lost = try table().comparison(with: [("step v3", 2000)], compiler: Self.compiler)
        #expect(lost.complaint == "recorded but not measured: cycle")
        let old = try table().comparison(with: [("cycle", 1000)], compiler: Self.compiler)
        #expect(old.complaint == nil && old.text.contains("not on this processor"))
        let new = try table().comparison(
            with: [("cycle", 1000), ("step v3", 2000), ("draw", 9)], compiler: Self.compiler)
        #expect(new.complaint == "measured but not recorded: draw")
        #expect(
            try table().comparison(with: [("cycle", 1000)], compiler: Self.compiler, isWhole: false).complaint == nil)
    }

    @Test func recordingKeepsOtherCompilersAndReadsBack() throws {
        var table = try table()
        table.replace(Self.compiler, [("cycle", 7), ("draw", 8)])
        let expected = [
            ("Swift 2", "cycle", 500), ("Swift 1", "step v3", 2000), ("Swift 1", "cycle", 7), ("Swift 1", "draw", 8),
        ]
        #expect(
            table.rows.map { "\($0)" }
                == expected.map { "\(InstructionTable.Row(compiler: $0.0, name: $0.1, count: $0.2))" })
        let file = try TemporaryFile(named: "t.tsv")
        try table.write(to: file.path)
        #expect(try InstructionTable(path: file.path) == table)
    }

    @Test(arguments: ["Swift 1\tcycle", "Swift 1\tcycle\tx", "Swift 1\tcycle\t0", "cycle 5"])
    func aRowThatIsNoneIsNamed(_ row: String) throws {
        let error = #expect(throws: (any Error).self) { try table("# Comment\n\n\(row)\n") }
        #expect(try "\(#require(error))".contains("t.tsv:3: a row has a compiler, a part and a count above 0"))
    }
}
