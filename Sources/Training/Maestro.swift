import Glibc
import Representation
import Score

/// The MAESTRO data set: a folder with maestro-v3.0.0.csv and the MIDI files it lists.
public enum Maestro {
    public enum Split: String, Sendable {
        case train, validation, test
    }

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
        let path = folder + "/maestro-v3.0.0.csv"
        let text = String(decoding: try readFile(path, limit: 1 << 24), as: UTF8.self)
        let lines = text.split(whereSeparator: \.isNewline).map(fields)
        guard let header = lines.first, let splitColumn = header.firstIndex(of: "split"),
            let fileColumn = header.firstIndex(of: "midi_filename")
        else { throw TrainingError.corpus(path: path, problem: "no columns `split` and `midi_filename`") }
        return try lines.dropFirst().filter { $0.count > splitColumn && $0[splitColumn] == split.rawValue }.map {
            guard $0.count > fileColumn else {
                throw TrainingError.corpus(path: path, problem: "a row without a file: \($0.joined(separator: ","))")
            }
            return folder + "/" + $0[fileColumn]
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

    /// All pieces of a split as tokens; every token is legal under the representation's masks.
    static func corpus<R: TrainableRepresentation>(
        _ type: R.Type, _ folder: String, _ split: Split, limit: Int = .max, workers: Workers
    ) throws -> Corpus {
        let files = Array(try files(folder, split).prefix(limit))
        let results = Buffers<Result<[Token], any Error>>(files.count)
        workers.run { worker in
            for i in stride(from: worker, to: files.count, by: workers.count) {
                results.set(i, Result { R.encode(try MIDIFile(path: files[i]).playedEvents()) })
            }
        }
        var corpus = Corpus()
        for (i, file) in files.enumerated() {
            guard let tokens = try results.take(i)?.get(), !tokens.isEmpty else {
                throw TrainingError.corpus(path: file, problem: "there is no note in it")
            }
            try requireLegal(R.self, tokens, file)
            corpus.append(name: file, tokens)
        }
        guard !files.isEmpty else {
            throw TrainingError.corpus(path: folder, problem: "no piece of the split `\(split.rawValue)`")
        }
        return corpus
    }

    private static func requireLegal<R: TrainableRepresentation>(
        _ type: R.Type, _ tokens: [Token], _ file: String
    ) throws {
        var tracker = R()
        for (i, token) in tokens.enumerated() {
            for k in R.fields.indices where token[k] >= 0 {
                guard tracker.mask(k, given: token, within: .corpus).contains(Int(token[k])) else {
                    throw TrainingError.corpus(
                        path: file, problem: "token \(i), \(token): its \(R.fields[k].name) is masked")
                }
            }
            tracker.emit(token) { _ in }
        }
    }
}

/// Results of parallel work; each element is set by one thread, and read after all are done.
private final class Buffers<Element>: @unchecked Sendable {
    private let base: UnsafeMutablePointer<Element?>
    private let count: Int

    init(_ count: Int) {
        self.count = count
        base = .allocate(capacity: count)
        base.initialize(repeating: nil, count: count)
    }

    deinit {
        base.deinitialize(count: count)
        base.deallocate()
    }

    func set(_ i: Int, _ element: Element) { base[i] = element }
    func take(_ i: Int) -> Element? { base[i] }
}
