/// Characters of ABC as tokens.
import Files
import Random
import Representation
import Score
import TestSupport
import Testing

@Suite struct ABCTests {
    private static let collection = """
        M:6/8
        % A collection.

        X:1
        T:The Éclair
        T:Another title
        C:Trad.
        K:Edor
        EFG "Em7"A^cB|e3 \\
        E3|] % the end
        w:words
        N:remark

        X:2
        T:the eclair
        M:C|
        L:1/16
        K:D
        [K:G]D4 F4|

        X:3
        K:C
        [C

        X:4
        T:Two voices
        K:C
        V:1
        C
        V:2
        E

        """

    private static let first = "T:The Eclair\nM:6/8\nL:1/8\nK:Edor\nEFG \"Em7\"A^cB|e3\nE3|]\n"
    private static let second = "T:the eclair\nM:2/2\nL:1/16\nK:D\n[K:G]D4 F4|\n"

    private func tokens<N: Notation>(_: N.Type, _ text: String) throws -> [Token] {
        let folder = try TemporaryFolder()
        return try N.tokens(ofFile: folder.write(text, "tunes.abc"), order: .playing)
    }

    @Test func aFileWithoutTunesSaysWhy() throws {
        let error = #expect(throws: ABCError.self) { try tokens(ABC.self, "X:1\nK:C\n[C\n") }
        #expect(error?.position == ABCPosition(line: 3, column: 1) && error?.path?.hasSuffix("tunes.abc") == true)
        #expect(throws: ABCError.self) { try tokens(ABC.self, "no tune\n") }
        #expect(try tokens(ABC.self, "X:1\nK:C\nC`D|\n").count == "M:4/4\nL:1/8\nK:C\nCD|\n".count + 2)
    }

    private func classes(_ tokens: some Sequence<Token>) -> [Int] { tokens.map { Int($0[0]) } }

    /// One way of writing; damaged tunes and those of several voices are left out.
    @Test func aCollectionIsTunesOfOneKind() throws {
        let tokens = try tokens(ABC.self, Self.collection)
        let pieces = ABC.pieces(tokens).map { Array(tokens[$0]) }
        #expect(pieces.map(ABC.text) == [Self.first, Self.second])
        for piece in pieces {
            #expect(
                piece.first?[0] == 0 && piece.last?[0] == 0
                    && classes(piece.dropFirst().dropLast()).allSatisfy { $0 > 0 })
        }
        #expect(ABC.notesBegun(by: pieces[1]) == Self.second.count + 2)
    }

    /// What the literature has: each line as it is.
    @Test func the86CharactersAreTheTextItself() throws {
        let tune = "X: 1\nT:A and D\n% Nottingham Music Database\nS:EF\nY:AB\nK:A\nf|\"A\"ecc c2f||\n\n\n"
        let next = "X: 2\nT:Abacus\nK:G\nA:|\n"
        let text = "before$\n" + tune + next
        let tokens = try tokens(Characters86.self, text)
        let pieces = Characters86.pieces(tokens).map { Array(tokens[$0]) }
        #expect(pieces.map(Characters86.text) == [tune, next])
        // The vocabulary published with the corpus.
        #expect(Characters86.alphabet.count == 86 && Characters86.fields[0].classes == 86)
        #expect(classes(pieces[0].prefix(6)) == [51, 25, 1, 16, 0, 47])
        #expect(Characters86.text(of: (0..<86).map { Token($0, -1, -1, -1) }).hasSuffix("xyz|~"))
    }

    @Test func versionsOfATuneHaveOneIdentity() throws {
        let tokens = try tokens(ABC.self, Self.collection)
        let names = ABC.pieces(tokens).map { ABC.identity(of: Array(tokens[$0])) }
        #expect(names[0] == Array("theeclair".utf8) && names[1] == names[0])
        let untitled = try ["C", "D"].map { ABC.identity(of: try self.tokens(ABC.self, "X:1\nK:C\n\($0)\n")) }
        #expect(untitled[0] != untitled[1])
    }

    private func follow<N: Notation>(_: N.Type, _ tokens: [Token]) -> Bool {
        var stream = N()
        for (index, token) in tokens.enumerated() {
            #expect(!stream.isOver, "over before \(index)")
            #expect(stream.legal(0, given: token, within: .corpus).contains(Int(token[0])), "\(index)")
            let tick = stream.tick
            stream.emit(token) { _ in Issue.record("it sounds") }
            #expect(stream.tick > tick, "time stands still")
        }
        return stream.isOver
    }

    @Test func aTuneBeginsAsAllDoAndEnds() throws {
        #expect(follow(ABC.self, try tokens(ABC.self, "X:1\nK:C\nC|]\n")))
        #expect(follow(Characters86.self, try tokens(Characters86.self, "X: 1\nK:C\nC|]\n\n")))
        #expect(ABC().legal(0, given: .empty, within: .play).words[0] == 1)
        #expect(Characters86().legal(0, given: .empty, within: .play).words == [1 << 51, 0])
    }

    /// There may be no music yet; what is there is gone on with in the same bar.
    @Test func aBeginningIsReadWithoutItsEnd() throws {
        func begun(_ text: String) throws -> String { ABC.text(of: try ABC.tokens(ofBeginning: Array(text.utf8))) }
        let header = "T:New\nM:6/8\nL:1/8\nK:G\n"
        #expect(try begun("X:1\nT:New\nM:6/8\nK:G\n") == header)
        #expect(try begun("T:New\nM:6/8\nK:G") == header)
        #expect(try begun("X:1\nT:New\nM:6/8\nK:G\nGBd|g\n") == header + "GBd|g")
        #expect(try begun("X:1\nT:New\nM:6/8\nK:G\nGBd g3|]\n") == header + "GBd g3|")
        let plain = try Characters86.tokens(ofBeginning: Array("T:New\nK:G\n\n\n".utf8))
        #expect(Characters86.text(of: plain) == "X: 1\nT:New\nK:G\n")
        let numbered = try Characters86.tokens(ofBeginning: Array("%x\nX: 7\nT:New\nK:G\nGB".utf8))
        #expect(Characters86.text(of: numbered) == "X: 7\nT:New\nK:G\nGB")
        #expect(throws: ABCError.self) { try begun("T:New\n") }
        #expect(throws: ABCError.self) { try begun(" \n") }
    }

    @Test func aTuneMovesToOtherKeysWithItsHeader() throws {
        let tokens = try tokens(ABC.self, Self.collection)
        let piece = Array(tokens[ABC.pieces(tokens)[0]])
        func moved(_ semitones: Int) -> String {
            ABC.text(of: ABC.augmented(piece, Augmentation.Draw(transposition: semitones, stretch: 1.1, velocity: 3)))
        }
        #expect(moved(0) == Self.first)
        #expect(moved(2) == "T:The Eclair\nM:6/8\nL:1/8\nK:F#dor\nFGA \"F#m7\"B^dc|f3\nF3|]\n")
        #expect(moved(-1) == "T:The Eclair\nM:6/8\nL:1/8\nK:Ebdor\nEFG \"Ebm7\"A=cB|e3\nE3|]\n")
        let end = ABC.augmented(piece, Augmentation.Draw(transposition: 5)).last
        #expect(end == piece.last)
    }
}

/// What is drawn within the masks, whatever the model, is a tune that can be read, and its bars are full.
@Suite struct ABCGrammarTests {
    private func words(_ stream: ABC, _ bounds: Bounds) -> [Int] {
        let legal = stream.legal(0, given: .empty, within: bounds)
        return (0..<97).filter(legal.contains)
    }

    /// - Parameter beginning: what is there already.
    private func drawn(seed: UInt64, after beginning: String = "") throws -> (text: String, isOver: Bool) {
        var numbers = SplitMix64(seed: seed)
        var stream = ABC()
        var tokens =
            beginning.isEmpty
            ? [] : try ABC.tokens(ofBeginning: Array(beginning.utf8))
        for token in tokens { stream.emit(token) { _ in } }
        while !stream.isOver && tokens.count < 20_000 {
            // Notes and bar lines come often, so that tunes end.
            let legal = words(stream, .play)
            let common = legal.filter {
                "ABcdz|]\n".unicodeScalars.contains(Unicode.Scalar(UInt8($0 == 1 ? 10 : $0 + 30)))
            }
            let choice = Int.random(in: 0..<4, using: &numbers) > 0 && !common.isEmpty ? common : legal
            let token = Token(Int16(choice.randomElement(using: &numbers)!), -1, -1, -1)
            tokens.append(token)
            stream.emit(token) { _ in }
        }
        return (ABC.text(of: tokens), stream.isOver)
    }

    @Test func whatIsDrawnAtRandomIsATune() throws {
        for seed in 0..<100 as Range<UInt64> {
            let (text, isOver) = try drawn(seed: seed)
            #expect(isOver, "\(text)")
            let tune = try #require(try ABCCollection(bytes: Array(ABCTuneText.file(text).utf8)).tunes.first, "\(text)")
            let bars = try tune.bars()
            #expect(bars.count >= 4, "\(text)")
            for (index, bar) in bars.enumerated() {
                let line = bar.line
                let endsSection =
                    line?.isDouble == true || (line?.repeatsBefore ?? 0) > 0 || (line?.repeatsAfter ?? 0) > 0
                let before = index == 0 ? nil : bars[index - 1].line
                let begins =
                    index == 0 || before?.isDouble == true || (before?.repeatsBefore ?? 0) > 0
                    || (before?.repeatsAfter ?? 0) > 0
                #expect(bar.isFull || endsSection || begins, "bar \(index + 1) of \(text)")
                if let meter = bar.meter, bar.sounds { #expect(bar.length <= meter.bar, "bar \(index + 1) of \(text)") }
            }
        }
    }

    @Test func aBeginningIsEndedWithItsBarFull() throws {
        for seed in 0..<50 as Range<UInt64> {
            let (text, isOver) = try drawn(seed: seed, after: "X:1\nT:New\nM:6/8\nK:Ador\nE|ABA c2d|e2\n")
            #expect(isOver)
            let bars = try ABCCollection(bytes: Array(ABCTuneText.file(text).utf8)).tunes[0].bars()
            let line = try #require(bars[2].line)
            // Or it is what completes the pickup.
            let ends = line.isDouble || line.repeatsBefore > 0 || line.repeatsAfter > 0
            #expect(bars[1].isFull && (bars[2].isFull || ends), "\(text)")
        }
    }

    /// What tunes of the collections are like goes through as it is.
    @Test(arguments: [
        "T:A jig\nM:6/8\nL:1/8\nK:G\nD|\"G\"GBd g2d|\"Am\"e>dc B<AG|(3ABc d2 z2|[GB]3 [GB]2:|\n|:d|gfe dBG|A3 G2:|\n",
        "M:4/4\nL:1/8\nK:Bm\n|:{c}B2 (AB) c/2d/2e ~f2|1 B8:|2 B6 z2||\nK:D\nA,4 ^G4|=c'8|]\n",
        "M:2/1\nL:1/16\nK:C\n(2E11/2c11/2 d15d/2|A16A16|A16A16|A16A16|\n",
        "M:none\nL:1/4\nK:F#m\nFGA|B7-|B|d||\n",
    ]) func ordinaryTunesAreAllowed(text: String) {
        var stream = ABC()
        stream.emit(Token(0, -1, -1, -1)) { _ in }
        for (index, scalar) in text.unicodeScalars.enumerated() {
            let value = scalar == "\n" ? 1 : Int(scalar.value) - 30
            #expect(words(stream, .play).contains(value), "\(index): \(text.prefix(index))·\(scalar)")
            stream.emit(Token(Int16(value), -1, -1, -1)) { _ in }
        }
        #expect(words(stream, .play).contains(0))
    }

    /// (a tune so far, what may not come)
    @Test(arguments: [
        ("M:3/4\nL:1/4\nK:C\nABc", "A"), ("M:3/4\nL:1/4\nK:C\nABc|AB", "|"), ("M:3/4\nL:1/4\nK:C\nAB", "4|"),
        ("M:3/4\nL:1/4\nK:C\n(3AB", "|"), ("M:3/4\nL:1/4\nK:C\nA>", "2"), ("M:3/4\nL:1/4\nK:C\nABc|1ABc||", "A"),
        ("M:3/4\nL:1/4\nK:D", "#\n"), ("M:3/4\nL:1/4\nK:", "H#"), ("M:3/4\nL:1/4\nK:C\n[AB", "|"), ("M:3", "\n"),
        ("T:\n", ""), ("M:3/4\nK:C", ""),
    ]) func whatBreaksATuneIsMasked(text: String, next: String) {
        var stream = ABC()
        stream.emit(Token(0, -1, -1, -1)) { _ in }
        var isAllowed = true
        for scalar in (text + next).unicodeScalars {
            let value = scalar == "\n" ? 1 : Int(scalar.value) - 30
            isAllowed = isAllowed && words(stream, .play).contains(value)
            stream.emit(Token(Int16(value), -1, -1, -1)) { _ in }
        }
        #expect(!isAllowed)
    }

    /// Nothing that stands in a corpus is masked.
    @Test func aCorpusMayHoldAnything() {
        var stream = ABC()
        stream.emit(Token(0, -1, -1, -1)) { _ in }
        for scalar in "K:H|||[[[%".unicodeScalars {
            #expect(words(stream, .corpus).count == 97)
            stream.emit(Token(Int16(scalar.value - 30), -1, -1, -1)) { _ in }
        }
    }
}
