import Files
import Glibc

/// The MAESTRO data set: a folder with maestro-v3.0.0.csv and the MIDI files it lists.
public enum Maestro {
    public typealias Split = DataSet.Split

    static let about = "MAESTRO v3.0.0 (Hawthorne et al. 2019)"
    static let licence = "CC BY-NC-SA 4.0, non-commercial, as its training data"

    static func list(_ folder: String) -> String { folder + "/maestro-v3.0.0.csv" }

    static func isThere(_ folder: String) -> Bool { access(list(folder).cPath, F_OK) == 0 }

    /// Paths of a split's MIDI files, in the order of the csv.
    /// - Throws: `TrainingError.noSplit` if none of them is there, but files of other splits are.
    public static func files(_ folder: String, _ split: Split) throws -> [String] {
        let rows = try rows(folder)
        func isThere(_ row: (file: String, split: Split)) -> Bool { access("\(folder)/\(row.file)".cPath, F_OK) == 0 }
        let chosen = rows.filter { $0.split == split }
        if !chosen.contains(where: isThere) {
            let there = Dictionary(grouping: rows.filter(isThere), by: \.split).mapValues(\.count)
            if !there.isEmpty { throw TrainingError.noSplit(folder: folder, wanted: split, there: there) }
            if chosen.isEmpty {
                throw TrainingError.corpus(path: list(folder), problem: "no piece of the split \(split.rawValue)")
            }
        }
        return chosen.map { "\(folder)/\($0.file)" }
    }

    /// The files of the csv with their splits.
    static func rows(_ folder: String) throws -> [(file: String, split: Split)] {
        let path = list(folder)
        let text = String(path: try readFile(path, limit: 1 << 24))
        let lines = text.split(whereSeparator: \.isNewline).map(fields)
        guard let header = lines.first, let splitColumn = header.firstIndex(of: "split"),
            let fileColumn = header.firstIndex(of: "midi_filename")
        else { throw TrainingError.corpus(path: path, problem: "no columns `split` and `midi_filename`") }
        return try lines.dropFirst().map { row in
            guard row.count > max(splitColumn, fileColumn), let split = Split(rawValue: row[splitColumn]) else {
                throw TrainingError.corpus(
                    path: path, problem: "a row without a file or split: \(row.joined(separator: ","))")
            }
            return (row[fileColumn], split)
        }
    }

    /// The fields of a csv line; quoted ones may hold commas (RFC 4180).
    private static func fields(_ line: Substring) -> [String] {
        var result = [""]
        var quoted = false
        for character in line {
            switch character {
            case "\"": quoted.toggle()
            case "," where !quoted: result.append("")
            default: result[result.count - 1].append(character)
            }
        }
        return result
    }
}
