import Files
import Glibc
import Processes
import Score
import TestSupport
import Testing

/// All tunes of ../shared/data/abc (or CONTINUO_DATA): 13,592.
@Suite(.enabled(if: ABCCorpora.present)) struct ABCCorporaTests {
    @Test func areReadOrNamed() throws {
        var (read, damaged) = (0, 0)
        for path in ABCCorpora.files {
            let collection = try ABCCollection(path: path, leavingOutDamaged: true)
            read += collection.tunes.count
            damaged += collection.damaged.count
            #expect(
                collection.tunes.count + collection.damaged.count
                    == ABCOracle(try readFile(path, limit: 1 << 24)).starts.count)
        }
        print("abc: read \(read) tunes, left out \(damaged)")
        #expect(damaged * 200 < read)
    }
}

enum ABCCorpora {
    private static let folder = Corpora.folder + "/abc"
    static var present: Bool { access(folder + "/tunes86/input.txt", R_OK) == 0 }

    static var files: [String] {
        let folders = (folderEntries(folder) ?? []).map { folder + "/" + $0 }
        let files = folders.flatMap { folder in (folderEntries(folder) ?? []).map { folder + "/" + $0 } }
        return files.filter { $0.hasSuffix(".abc") || $0.hasSuffix("/input.txt") }.sorted()
    }
}

/// Every tune of the corpora against abc2midi: `make test-abc`, a minute.
@Suite(.enabled(if: getenv("CONTINUO_ABC2MIDI") != nil)) struct ABCOracleTests {
    /// Why notes differ, by what the tune has. docs/abc.md explains each.
    enum Reason: String, CaseIterable {
        case damaged = "left out: damaged"
        case voices = "repeats in several voices or parts"
        case endings = "a repeat without a beginning, after endings"
        case barLines = "bar lines `||:`, `:[|]`, `:]`"
        case tuplet = "(5 (7 (9 in 3/4"
        case grace = "accidentals of grace notes"
        case brokenChord = "broken rhythm at a chord"
        case unison = "a note twice in a chord"
        case tie = "a tie into a later ending"
        case other = "other"

        /// Whether only the order is in question, in which bars are played.
        var isOfRepeats: Bool { [.voices, .endings, .barLines, .tie].contains(self) }
    }

    @Test func agreeWithABC2MIDI() throws {
        try #require(
            ABCCorpora.present, "no ABC corpora in \(Corpora.folder)/abc; set CONTINUO_DATA to the folder with abc/")
        var (all, equal) = (0, 0)
        var (ofRepeats, equalWithoutRepeats) = (0, 0)
        var reasons: [Reason: [String]] = [:]
        for path in ABCCorpora.files {
            let bytes = try readFile(path, limit: 1 << 24)
            let oracle = ABCOracle(bytes)
            all += oracle.starts.count
            let folder = try TemporaryFolder()
            try run(folder.write(oracle.plain, "tune.abc"))
            let collection = try ABCCollection(bytes: bytes, leavingOutDamaged: true)
            // The same without repeats, only where repeats differ.
            var once: [ABCTune]?
            let lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
            for damaged in collection.damaged {
                reasons[.damaged, default: []].append("\(name(path)): \(damaged.name): \(damaged.error)")
            }
            for tune in collection.tunes {
                let index = try #require(oracle.starts.firstIndex(of: tune.position.line))
                let ours = ABCOracle.notes(try tune.performance())
                let theirs =
                    (try? MIDIFile(path: "\(folder.path)/tune\(index + 1).mid")).map { ABCOracle.notes($0) } ?? []
                if ABCOracle.agree(ours, theirs) {
                    equal += 1
                } else {
                    let text = lines[(tune.position.line - 1)...].prefix { $0.contains { $0 > 32 } }
                    let music = String(decoding: Array(text.joined(separator: [10])), as: UTF8.self)
                    let reason = reason(tune, music, sameCount: ours.count == theirs.count)
                    reasons[reason, default: []].append("\(name(path)): X:\(tune.number ?? 0) T:\(tune.title)")
                    guard reason.isOfRepeats else { continue }
                    ofRepeats += 1
                    if once == nil {
                        let plain = ABCOracle(bytes, repeating: false).plain
                        try run(folder.write(plain, "once.abc"))
                        once = try ABCCollection(bytes: plain, leavingOutDamaged: true).tunes
                    }
                    guard let tune = once?.first(where: { $0.number == index + 1 }) else {
                        Issue.record("\(tune.title) cannot be read without its repeats")
                        continue
                    }
                    let theirs = ABCOracle.notes(try MIDIFile(path: "\(folder.path)/once\(index + 1).mid"))
                    let isEqual = ABCOracle.agree(ABCOracle.notes(try tune.performance()), theirs)
                    #expect(isEqual, "\(tune.title) differs in more than its repeats")
                    equalWithoutRepeats += isEqual ? 1 : 0
                }
            }
        }
        print("abc2midi: the same notes in \(equal) of \(all) tunes, \(Double(equal * 10_000 / all) / 100) %")
        print("Of \(ofRepeats) that differ in repeats, \(equalWithoutRepeats) have the same notes played without them.")
        for reason in Reason.allCases {
            let tunes = reasons[reason] ?? []
            print("\(tunes.count)\t\(reason.rawValue)")
            for tune in tunes { print("\t\t\(tune)") }
        }
        #expect(equal * 1_000 >= all * 985)
        #expect(reasons[.other, default: []].isEmpty)
    }

    private func run(_ path: String) throws {
        let options = ["-NGUI", "-NGRA", "-NFER", "-NCOM", "-silent"]
        let program = try ChildProcess([String(cString: getenv("CONTINUO_ABC2MIDI")), path] + options)
        #expect(program.hasEnded(within: 120) != nil)
    }

    private func name(_ path: String) -> String { path.split(separator: "/").suffix(2).joined(separator: "/") }

    private func reason(_ tune: ABCTune, _ text: String, sameCount: Bool) -> Reason {
        let elements = tune.voices.flatMap(\.bars).flatMap(\.elements)
        func has(_ matches: (ABCElement.Kind) -> Bool) -> Bool { elements.contains { matches($0.kind) } }
        if tune.voices.count > 1 || !tune.partOrder.isEmpty { return .voices }
        if text.replacing(":||:", with: "").contains(#/\|\|:|:\[\||:\]/#) { return .barLines }
        if has({ if case .chord(let notes, _) = $0 { hasTwice(notes) } else { false } }) { return .unison }
        let endings = elements.filter { if case .ending = $0.kind { true } else { false } }
        if !sameCount, !endings.isEmpty, !isTie(tune) { return .endings }
        if isTie(tune) { return .tie }
        if has({ if case .tuplet(let tuplet) = $0 { [5, 7, 9].contains(tuplet.size) } else { false } }),
            tune.meter?.numerator == 3
        {
            return .tuplet
        }
        if sameCount, text.contains(#/\{[^}]*[_=^]/#) { return .grace }
        if sameCount, text.contains(#/\][<>]|[<>]\[/#) { return .brokenChord }
        return .other
    }

    private func hasTwice(_ notes: [ABCNote]) -> Bool {
        Set(notes.map { $0.letter + 7 * $0.octave }).count < notes.count
    }

    /// Whether a tie stands before a bar line that an ending follows.
    private func isTie(_ tune: ABCTune) -> Bool {
        let bars = tune.voices[0].bars
        return zip(bars, bars.dropFirst()).contains { bar, next in
            if case .tie = bar.elements.last?.kind, case .ending = next.elements.first?.kind { true } else { false }
        }
    }
}
