import Files
import FuzzSubjects
import Score
import TestSupport
import Testing

/// Every file of Tests/Fuzz/corpus: seeds, and what libFuzzer has stumbled over once (`found-…`).
@Suite struct CorpusTests {
    @Test(arguments: Subject.allCases) func nothingStumbles(_ subject: Subject) throws {
        let folder = Repository.path("Tests/Fuzz/corpus/\(subject.rawValue)")
        let names = try #require(folderEntries(folder)).filter { !$0.hasPrefix(".") }
        #expect(names.count > 5, "\(folder)")
        for name in names { subject.read(try readFile("\(folder)/\(name)", limit: 1 << 20)) }
    }
}
