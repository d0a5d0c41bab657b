import Score
import Testing

/// Damaged text: one error, with the line and the column of what is wrong.
@Suite struct ABCErrorTests {
    @Test(
        arguments: [
            ("C[CE|\n", .unclosed("]", what: "a chord"), 2),
            ("C\"Am|\n", .unclosed("\"", what: "a text between quotes"), 2),
            ("{CD|\n", .unclosed("}", what: "a group of grace notes"), 1),
            ("C+x|\n", .unclosed("+", what: "a decoration"), 2),
            ("C[K:G|\n", .unclosed("]", what: "a field"), 2), ("[]|\n", .emptyChord, 1),
            ("C[C[E]]\n", .nested(what: "a chord"), 4),
            ("{C{D}}|\n", .nested(what: "grace notes"), 3),
            ("C}|\n", .unopened("}", what: "a group of grace notes"), 2),
            ("C]D|\n", .character("]"), 2), ("C^|\n", .noteExpected(after: "^"), 2),
            ("__z|\n", .noteExpected(after: "__"), 1), ("C 3|\n", .character("3"), 3), ("C,é|\n", .character("é"), 3),
            ("C0|\n", .zero(what: "a length"), 2), ("C/0|\n", .zero(what: "a length"), 2),
            ("C99999|\n", .number(most: 65_535), 2), ("C/999/999|\n", .number(most: 65_535), 2),
            ("Z0|\n", .zero(what: "a rest"), 2),
            (">C|\n", .brokenRhythm(.noNoteBefore), 1), ("CD>|\n", .brokenRhythm(.noNoteAfter), 3),
            ("C>>>>D|\n", .brokenRhythm(.tooMany), 2), ("{C>D}E|\n", .brokenRhythm(.inGrace), 3),
            ("(3CD|\n", .tuplet(.unfinished(missing: 1)), 1), ("(3C(3DEF|\n", .tuplet(.nested), 4),
            ("(11CD|\n", .tuplet(.size(11)), 1), ("(1C|\n", .tuplet(.size(1)), 1),
            ("{(3CDE}F|\n", .tuplet(.inGrace), 2),
            ("(3:0CDE|\n", .zero(what: "a tuplet"), 4), ("C''''''''|\n", .pitch(156), 1),
            ("DC,,,,,,|\n", .pitch(-12), 2),
            ("C|0D|\n", .ending, 2), ("C[65D|\n", .ending, 2), ("C[2-1D|\n", .ending, 2),
            ("[1,99999999D|\n", .number(most: 99_999), 4),
            ("C65535C65535|\n", .tooLong(quarters: 65_536), 7), ("C\\D|\n", .character("\\"), 2),
        ] as [(String, ABCError.Problem, Int)]) func ofMusic(_ music: String, _ problem: ABCError.Problem, column: Int)
        throws
    {
        let bytes = abc(music)
        let error = try #require(throws: ABCError.self) { try ABCCollection(bytes: bytes) }
        #expect(error.problem == problem, "\(music)")
        #expect(error.position == ABCPosition(line: 5, column: column), "\(music)")
        #expect("\(error)".hasPrefix("ABC: line 5, column \(column): "))
    }

    @Test(arguments: [
        ("", 1, 1), ("no tune here\n", 1, 1), ("T:No number\nK:C\nC|\n", 1, 1), ("X:1\nT:No key\n\nC|\n", 1, 1),
        ("\nX:1\nC D E\nK:C\n", 3, 1), ("X:1\n M:4/4\n  K:H\nC|\n", 3, 3), ("X:1\nK:C Foo\nC|\n", 2, 1),
        ("X:1\nM:4\nK:C\n", 2, 1), ("X:1\nM:4/5\nK:C\n", 2, 1), ("X:1\nM:999/4\nK:C\n", 2, 1),
        ("X:1\nL:0/8\nK:C\n", 2, 1),
        ("X:1\nL:8\nL:1/0\nK:C\n", 3, 1), ("X:1\nQ:fast\nK:C\n", 2, 1), ("X:1\nQ:1/4=0\nK:C\n", 2, 1),
        ("X:1\nQ:\"x\nK:C\n", 2, 1),
        ("X:1\nP:A(B\nK:C\n", 2, 1), ("X:1\nP:AB\nK:C\nP:A\nC|\n", 2, 1),
        ("X:1\nP:((((((A9)9)9)9)9)9\nK:C\nP:A\nC|\n", 2, 1),
        ("X:1\nK:C\nC|[M:x]|\n", 3, 4), ("X:1\nK:C\nC|\nK:Z\n", 4, 1), ("X:1\nK:G#\n", 2, 1),
    ]) func ofFields(_ text: String, line: Int, column: Int) throws {
        let error = try #require(throws: ABCError.self) { try ABCCollection(bytes: Array(text.utf8)) }
        #expect(error.position == ABCPosition(line: line, column: column), "\(text): \(error)")
    }

    /// What the reader of an error sees is short and harmless to a terminal.
    @Test func quotesAreShort() throws {
        let text = "X:1\nK:" + String(repeating: "\u{1B}", count: 1_000) + "\nC|\n"
        let error = try #require(throws: ABCError.self) { try ABCCollection(bytes: Array(text.utf8)) }
        #expect("\(error)".utf8.count < 300)
        #expect(!"\(error)".unicodeScalars.contains("\u{1B}"))
    }

    @Test func namesTheFile() throws {
        var error = try #require(throws: ABCError.self) { try ABCCollection(bytes: abc("C[E|")) }
        error.path = "a.abc"
        #expect("\(error)" == "a.abc: line 5, column 2: a chord that begins here is not closed on this line; add ']'")
    }
}
