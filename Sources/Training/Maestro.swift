import Score

/// The MAESTRO data set: a folder with maestro-v3.0.0.csv and the MIDI files it lists.
public enum Maestro {
    public enum Split: String, CaseIterable, Sendable {
        case train, validation, test
    }

    static func list(_ folder: String) -> String { folder + "/maestro-v3.0.0.csv" }

    /// What a model trained on it must say.
    static func notes(_ recipe: Recipe) -> [String: String] {
        [
            "training_data": "MAESTRO v3.0.0 (Hawthorne et al. 2019), train split"
                + (recipe.transposition > 0 ? ", transposed by up to \(recipe.transposition) semitones" : ""),
            "licence": "CC BY-NC-SA 4.0, non-commercial, as its training data",
        ]
    }

    /// Paths of a split's MIDI files, in the order of the csv.
    public static func files(_ folder: String, _ split: Split) throws -> [String] {
        let path = list(folder)
        let text = String(decoding: try readFile(path, limit: 1 << 24), as: UTF8.self)
        let lines = text.split(whereSeparator: \.isNewline).map(fields)
        guard let header = lines.first, let splitColumn = header.firstIndex(of: "split"),
            let fileColumn = header.firstIndex(of: "midi_filename")
        else { throw TrainingError.corpus(path: path, problem: "no columns `split` and `midi_filename`") }
        let files = try lines.dropFirst().filter { $0.count > splitColumn && $0[splitColumn] == split.rawValue }.map {
            guard $0.count > fileColumn else {
                throw TrainingError.corpus(path: path, problem: "a row without a file: \($0.joined(separator: ","))")
            }
            return folder + "/" + $0[fileColumn]
        }
        if files.isEmpty {
            throw TrainingError.corpus(path: path, problem: "no piece of the split `\(split.rawValue)`")
        }
        return files
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
