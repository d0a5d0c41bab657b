/// Recorded counts of `continuo bench instructions`: lines of compiler, part and count, separated by tabs.
import Commands
import Files
import Glibc
import Score

package struct InstructionTable: Equatable {
    package struct Row: Equatable {
        package let compiler, name: String
        package let count: Int

        package init(compiler: String, name: String, count: Int) {
            (self.compiler, self.name, self.count) = (compiler, name, count)
        }
    }

    package private(set) var rows: [Row]

    /// - Parameter text: blank lines and those that begin with # are comments.
    package init(_ text: String, path: String) throws(FileError) {
        rows = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where !line.isEmpty && !line.hasPrefix("#") {
            let cells = line.split(separator: "\t").map(String.init)
            guard cells.count == 3, let count = Int(cells[2]), count > 0 else {
                throw FileError(
                    path: "\(path):\(index + 1)", operation: "read",
                    reason: "a row has a compiler, a part and a count above 0, separated by tabs")
            }
            rows.append(Row(compiler: cells[0], name: cells[1], count: count))
        }
    }

    package init(path: String, mayBeMissing: Bool = false) throws(FileError) {
        let isMissing = mayBeMissing && access(path.cPath, F_OK) != 0
        let bytes = isMissing ? [] : try readFile(path, limit: 1 << 20)
        try self.init(String(decoding: bytes, as: UTF8.self), path: path)
    }

    /// The counts of one compiler; those of others, and of parts that this processor cannot run, stay.
    package mutating func replace(_ compiler: String, _ counts: [(name: String, count: Int)]) {
        let kept = rows.filter { row in
            row.compiler != compiler
                || row.name.firstMatch(of: /\bv[234]\b/) != nil && !counts.contains { $0.name == row.name }
        }
        rows = kept + counts.map { Row(compiler: compiler, name: $0.name, count: $0.count) }
    }

    package func write(to path: String) throws(FileError) {
        let head = "# Instructions, by `make bench-table`; docs/measure.md explains them.\n"
        let lines = rows.map { "\($0.compiler)\t\($0.name)\t\($0.count)\n" }
        try writeAtomically(Array((head + lines.joined()).utf8), to: path)
    }

    /// How much more or less a part may take before it is told.
    static let tolerance = 0.03

    /// - Parameter isWhole: whether `counts` should have every part that is recorded.
    /// - Returns: a table for people; and what is wrong, if anything is.
    package func comparison(
        with counts: [(name: String, count: Int)], compiler: String, isWhole: Bool = true
    ) throws(FileError) -> (text: String, complaint: String?) {
        let known = rows.contains { $0.compiler == compiler }
        let reference = known ? compiler : rows.first?.compiler ?? compiler
        let recorded = Dictionary(
            rows.filter { $0.compiler == reference }.map { ($0.name, $0.count) }, uniquingKeysWith: { $1 })
        var lines: [String] = []
        if !known { lines.append("no counts of \(compiler); compared with those of \(reference)") }
        lines.append(line("part", "recorded", "now", "ratio"))
        var (slower, faster, new) = ([String](), [String](), [String]())
        for (name, count) in counts {
            guard let old = recorded[name] else {
                lines.append(line(name, "", "\(count)", "new"))
                new.append(name)
                continue
            }
            let ratio = Double(count) / Double(old)
            let isSlower = ratio > 1 + Self.tolerance
            let isFaster = ratio < 1 - Self.tolerance
            if isSlower { slower.append(name) }
            if isFaster { faster.append(name) }
            lines.append(
                line(name, "\(old)", "\(count)", fixed(ratio, 3)) + (isSlower ? "  SLOWER" : isFaster ? "  faster" : "")
            )
        }
        let names = Set(counts.map(\.name))
        var lost: [String] = []
        for row in rows where isWhole && row.compiler == reference && !names.contains(row.name) {
            let isAbsent = row.name.firstMatch(of: /\bv[234]\b/) != nil
            lines.append(line(row.name, "\(row.count)", "", isAbsent ? "not on this processor" : "LOST"))
            if !isAbsent { lost.append(row.name) }
        }
        if !faster.isEmpty { lines.append("faster: update the table with make bench-table") }
        if !new.isEmpty { lines.append("new: record them with make bench-table") }
        var complaints: [String] = []
        if !slower.isEmpty { complaints.append("more than 3 % slower: \(slower.joined(separator: "; "))") }
        if !lost.isEmpty { complaints.append("recorded but not measured: \(lost.joined(separator: "; "))") }
        if !new.isEmpty { complaints.append("measured but not recorded: \(new.joined(separator: "; "))") }
        if !complaints.isEmpty, !known {
            complaints.append(
                "another compiler's counts say little; make bench-table at the commit before records yours")
        }
        return (lines.joined(separator: "\n"), complaints.isEmpty ? nil : complaints.joined(separator: ". "))
    }

    private func line(_ name: String, _ recorded: String, _ now: String, _ ratio: String) -> String {
        name + padded(recorded, 54 - name.count) + padded(now, 11) + padded(ratio, 8)
    }
}
