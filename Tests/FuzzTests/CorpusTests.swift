import Files
import FuzzSubjects
import Glibc
import Score
import Testing

/// Every file of Tests/Fuzz/corpus: seeds, and what libFuzzer has stumbled over once (`found-…`).
@Suite struct CorpusTests {
    @Test(arguments: Subject.allCases) func nothingStumbles(_ subject: Subject) throws {
        let top = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let folder = "\(top)/Fuzz/corpus/\(subject.rawValue)"
        let names = entries(of: folder)
        #expect(names.count > 5, "\(folder)")
        for name in names { subject.read(try readFile("\(folder)/\(name)", limit: 1 << 20)) }
    }

    private func entries(of folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(cString: $0.bindMemory(to: CChar.self).baseAddress!)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }
}
