import Files
import Score
import TestSupport
import Testing
import Time

@Suite struct ABCReadingTests {
    // MARK: What abc2midi plays

    private static let fixture = Repository.path("Tests/ScoreTests/Fixtures/ABC/")

    /// Fixtures/ABC/notes.py made the notes.
    @Test func playsAsABC2MIDI() throws {
        let tunes = try ABCCollection(path: Self.fixture + "features.abc").tunes
        let lines = try Repository.text("Tests/ScoreTests/Fixtures/ABC/features.txt").split(separator: "\n")
        let rows = lines.map { $0.split(separator: " ").map { Int($0)! } }
        #expect(tunes.count == 26)
        for tune in tunes {
            let theirs = rows.filter { $0[0] == tune.number }.map {
                ABCOracle.Note(onset: $0[1], end: $0[2], key: UInt8($0[3]))
            }.sorted()
            let ours = ABCOracle.notes(try tune.performance())
            #expect(!theirs.isEmpty)
            #expect(ABCOracle.agree(ours, theirs), "\(tune.title): \(ours) \(theirs)")
        }
    }

    // MARK: Fields

    /// Sharps by the circle of fifths, in the letters C to B.
    @Test(arguments: [
        ("C", 0), ("G", 1), ("D major", 2), ("AMaj", 3), ("E ionian", 4), ("B", 5), ("F#", 6), ("C#", 7), ("F", -1),
        ("Bb", -2), ("Eb", -3), ("Ab", -4), ("Db", -5), ("Gb", -6), ("Cb", -7), ("Am", 0), ("A minor", 0),
        ("F#min", 3), ("Ebm", -6), ("Aaeo", 0), ("Ddor", 0), ("A Dorian", 1), ("GMIX", 0), ("D mixolydian", 1),
        ("Ephr", 0), ("F lyd", 0), ("Bloc", 0), ("HP", 2), ("Hp", 2), ("none", 0), ("", 0), ("C clef=bass", 0),
        ("G treble-8", 1), ("bass", 0), ("Am octave=-1", 0),
    ]) func keys(_ field: String, fifths: Int) throws {
        let key = try key(field)
        #expect(key.fifths == fifths)
        let sharps = [3, 0, 4, 1, 5, 2, 6].prefix(max(fifths, 0))
        let flats = [6, 2, 5, 1, 4, 0, 3].prefix(max(-fifths, 0))
        #expect(key.alterations == (0..<7).map { sharps.contains($0) ? 1 : flats.contains($0) ? -1 : 0 })
        #expect(try self.key(key.field).alterations == key.alterations, "\(key.field)")
    }

    @Test(arguments: [
        ("D ^g", [1, 0, 0, 1, 1, 0, 0]), ("Dmix=c", [0, 0, 0, 1, 0, 0, 0]), ("A exp _b ^f", [0, 0, 0, 1, 0, 0, -1]),
        ("C __B ^^F", [0, 0, 0, 2, 0, 0, -2]), ("^f", [0, 0, 0, 1, 0, 0, 0]),
    ]) func keysOfTheirOwn(_ field: String, alterations: [Int]) throws {
        #expect(try key(field).alterations == alterations)
        #expect(try key(key(field).field).alterations == alterations)
    }

    private func key(_ field: String) throws -> ABCKey {
        try ABCCollection(bytes: Array("X:1\nK:\(field)\nC|\n".utf8)).tunes[0].key
    }

    @Test func aHeader() throws {
        let tune = try ABCCollection(
            bytes: Array("X: 12\nT:The First % not this\nT:The Second\nC:Trad.\n+:arr. me\nM: C|\nK: G\nG|\n".utf8)
        ).tunes[0]
        #expect(tune.number == 12)
        #expect(tune.title == "The First")
        #expect(tune.fields.map(\.letter) == ["X", "T", "T", "C", "M", "K"])
        #expect(tune.text("C") == "Trad. arr. me")
        #expect(tune.meter == Meter(2, 2))
        #expect(tune.unitLength == ABCRatio(1, 8))
        #expect(tune.voices[0].bars[0].elements[0].position == ABCPosition(line: 8, column: 1))
    }

    @Test(arguments: [
        ("M:2/4\n", 16), ("M:3/4\n", 8), ("M:6/8\n", 8), ("M:5/8\n", 16), ("M:none\n", 8), ("", 8), ("M:C|\n", 8),
        ("M:2/4\nL:1/4\n", 4), ("L:1/4\nM:2/4\n", 4), ("M:(2+3)/8\n", 16), ("M:2+2+3/8\n", 8),
    ]) func unitLengths(_ header: String, denominator: Int) throws {
        let bytes = Array("X:1\n\(header)K:C\nC[M:2/4]D|\n".utf8)
        #expect(try ABCCollection(bytes: bytes).tunes[0].unitLength == ABCRatio(1, denominator))
        // A meter in the tune leaves it as it is.
        #expect(try performance(bytes).end == Beats(units: 8 * Beats.unitsPerBeat / Int64(denominator)))
    }

    @Test(arguments: [
        ("1/4=90", 90.0), ("3/8=60", 90), ("1/2=60 \"Slow\"", 120), ("\"Allegro\" 1/4=132", 132),
        ("1/4 3/8 1/8=40", 120),
        ("90", 90), ("C=100", 100), ("C2=50", 100), ("1/4 =50", 50),
    ]) func tempi(_ field: String, quarters: Double) throws {
        let tempo = try performance(abc("C|", header: "Q:\(field)\n")).tempoMap.tempo(at: .zero)
        #expect(abs(tempo.beatsPerMinute - quarters) < 0.001)
    }

    @Test func fieldsInTheTune() throws {
        let performance = try performance(abc("C4|[M:3/4][Q:1/4=60]C3|\nM:2/4\nC2|"))
        #expect(
            performance.meters == [
                .init(at: .zero, .common), .init(at: Beats(4), Meter(3, 4)!), .init(at: Beats(7), Meter(2, 4)!),
            ])
        #expect(performance.tempi == [.init(at: Beats(4), Tempo(beatsPerMinute: 60)!)])
        #expect(performance.end == Beats(9))
    }

    // MARK: Files

    @Test func tunesOfAFile() throws {
        let text = "Some text\nL:1/2\n\nX:1\nK:C\nC|\n\nfree text A B\nX:2\nK:C\nD|\nX:3\nL:1/8\nK:C\nE|\n  \nF|"
        for end in ["\n", "\r\n", "\r"] {
            let bytes = [0xEF, 0xBB, 0xBF] + Array(text.replacing("\n", with: end).utf8)
            let tunes = try ABCCollection(bytes: bytes).tunes
            #expect(tunes.map(\.number) == [1, 2, 3])
            #expect(
                try tunes.map { try $0.performance().end } == [
                    Beats(2), Beats(2), Beats(units: Beats.unitsPerBeat / 2),
                ])
            #expect(tunes.map(\.position.line) == [4, 9, 12])
        }
    }

    @Test func encodings() throws {
        let latin = Array("X:1\nT:Stra".utf8) + [0xDF] + Array("e\nK:C\nC|\n".utf8)
        #expect(try ABCCollection(bytes: latin).tunes[0].title == "Straße")
        #expect(try ABCCollection(bytes: Array("X:1\nT:Straße\nK:C\n\"ß\"C|\n".utf8)).tunes[0].title == "Straße")
    }

    @Test func damagedTunesAreLeftOutAndNamed() throws {
        let bytes = Array("X:1\nK:C\nC|\n\nX:2\nT:Bad\nK:C\nC[E|\n\nX:3\nT:No key\n\nX:4\nK:C\nD|\n".utf8)
        let collection = try ABCCollection(bytes: bytes, leavingOutDamaged: true)
        #expect(collection.tunes.map(\.number) == [1, 4])
        #expect(collection.damaged.map(\.name) == ["X:2 T:Bad", "X:3 T:No key"])
        #expect(collection.damaged.map(\.error.problem) == [.unclosed("]", what: "a chord"), .noKey])
        #expect(throws: collection.damaged[0].error) { try ABCCollection(bytes: bytes) }
    }

    // MARK: Music

    @Test(arguments: [
        // Repeats.
        ("CD:|E|", "CDCDE"), ("|:CD:|E|", "CDCDE"), ("C|:D:|E|", "CDDE"), ("|:C::D:|", "CCDD"), ("C:|:D:|", "CCDD"),
        ("C:||:D:|", "CCDD"), ("C:|D:|", "CCDD"), ("C||D:|E||F:|", "CDCDEFF"), ("|::C::|D|", "CCCD"),
        ("[|C|]D[|]:|", "CDCD"),
        ("|:C|:D:|", "CCDD"), ("|:C||D:|", "CDCD"), ("||:C:|", "CC"),
        // Endings.
        ("C|1D:|2E|]F", "CDCEF"), ("|:C[1D:|[2E:|F", "CDCEF"), ("|:C|[1,3D:|[2E:|[4F||G", "CDCECDCFG"),
        ("|:C|[1-3D:|[4F|]", "CDCDCDCF"), ("|:C|1D:|2E||F|1G:|2A||", "CDCEFGFA"), ("|:C|1D||E:|2F||G", "CDECFG"),
        ("|:C[1D:|\n[2E||\nF:|", "CDCEFF"),
    ]) func repeats(_ music: String, _ notes: String) throws {
        #expect(try played(abc(music)) == notes)
    }

    @Test(arguments: [
        ("AB", "CD"), ("ABA", "CDC"), ("(AB)2A", "CDCDC"), ("A2B3", "CCDDD"), ("((AB)2.A)2", "CDCDCCDCDC"), ("B", "D"),
    ]) func parts(_ order: String, _ notes: String) throws {
        #expect(try played(abc("P:A\nC|\nP:B\nD|", header: "P:\(order)\n")) == notes)
    }

    @Test func partsHaveRepeatsOfTheirOwn() throws {
        #expect(try played(abc("P:A\nC:|D:|\nP:B\nE|1F:|2G|", header: "P:ABA\n")) == "CCDDEFEGCCDD")
        // Labels without an order change nothing.
        #expect(try played(abc("P:A\nC|\nP:B\nD|")) == "CD")
    }

    @Test func aChordsLengthsMultiply() throws {
        let notes = try performance(abc("[C2E]2 [G/B/]D|")).notes
        #expect(notes.map(\.onset.quarters) == [0, 0, 4, 4, 4.5])
        #expect(notes.map(\.duration.quarters) == [4, 4, 0.5, 0.5, 1])
        #expect(try performance(abc("[CC]|")).notes.count == 1)
    }

    /// Where the standard leaves it open, notes of different lengths stay as they are.
    @Test func brokenRhythmOfDifferentNotes() throws {
        #expect(try performance(abc("C2>D E{F}>F|")).notes.map(\.duration.quarters) == [2, 1, 1.5, 0.5])
    }

    @Test func ties() throws {
        // Through an ending, as it is played; and none to another note or over a rest.
        #expect(try performance(abc("|:C-|[1C:|[2C2|]")).notes.map(\.duration.quarters) == [2, 3])
        #expect(try performance(abc("C-D C-zC|")).notes.map(\.duration.quarters) == [1, 1, 1, 1])
        #expect(try performance(abc("[CE-][DE]E|")).notes.map(\.duration.quarters) == [1, 2, 1, 1])
        #expect(try played(abc("^C-|C C|")) == "^CC")
        #expect(try played(abc("^C-|=C|")) == "^CC")
    }

    @Test func graceNotesAreSilent() throws {
        let notes = try performance(abc("{^cde}D c|{[CE]/2F}G|")).notes
        #expect(notes.map(\.key) == [62, 73, 67])
        #expect(notes.map(\.onset.quarters) == [0, 1, 2])
    }

    @Test func voices() throws {
        let text = "V:1\nC4|\nV:2 octave=-1\nE4|\nV:1\nD4|\nV:2\nF4|"
        let notes = try performance(abc(text)).notes
        #expect(notes.map(\.key) == [52, 60, 53, 62])
        #expect(notes.map(\.voice) == [1, 0, 1, 0])
        #expect(notes.map(\.onset.quarters) == [0, 0, 4, 4])
    }

    @Test func overlays() throws {
        let notes = try performance(abc("C4|D2 z2&E4|F4&G2|A|")).notes
        #expect(notes.map(\.key) == [60, 62, 64, 65, 67, 69])
        #expect(notes.map(\.onset.quarters) == [0, 4, 4, 8, 8, 12])
    }

    @Test func textToTypesetIsNoMusic() throws {
        let bytes = Array("X:1\nK:C\nC|\n%%begintext\nNo music\n\nX:7\n%%endtext\nD|\n".utf8)
        #expect(try ABCCollection(bytes: bytes).tunes.map(\.number) == [1])
        #expect(try played(bytes) == "CD")
    }

    @Test func barsAsWritten() throws {
        let tune = try ABCCollection(bytes: abc("C|:CDEF|C/D/(3CDE F G|Z2|CDE:|z4|[M:2/4]CD|C2&E|F2")).tunes[0]
        let bars = try tune.bars()
        #expect(bars.map(\.length.quarters) == [1, 4, 5, 8, 3, 4, 2, 2, 2])
        #expect(bars.map(\.isFull) == [false, true, false, true, false, true, true, true, true])
        #expect(bars.map(\.sounds) == [true, true, true, false, true, false, true, true, true])
        #expect(bars.map { $0.line?.repeatsBefore } == [0, 0, 0, 0, 1, 0, 0, 0, nil])
        #expect(bars[6].meter == Meter(2, 4))
    }

    @Test func isWrittenAsMIDI() throws {
        let performance = try performance(abc("(3CDE [M:3/4]C-|C2|\nV:2\nG4|", header: "Q:1/4=100\n"))
        let file = try MIDIFile(bytes: performance.midiFile(title: "A").serialized())
        let map = try #require(file.tempoMap)
        #expect(map.tempo(at: .zero).microsecondsPerBeat == 600_000)
        #expect(map.meter(at: .zero) == .common)
        #expect(map.meter(at: Beats(2)) == Meter(3, 4))
        let notes = Score.notes(from: file.playedEvents(), foldingPedal: false)
        #expect(notes.map(\.key).sorted() == [60, 60, 62, 64, 67])
        let last = try #require(notes.last { $0.key == 60 })
        #expect(last.onset == 1_200_000_000)
        #expect(last.end == 3_000_000_000)
        #expect(file.tracks[0].name == "A")
    }
}
