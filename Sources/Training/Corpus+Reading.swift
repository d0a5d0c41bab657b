import FoundationEssentials
import Glibc
import Representation
import Score

/// A file that was left out, and why.
public struct SkippedFile: Equatable, Sendable, CustomStringConvertible {
    public let path: String
    /// Names the file.
    public let reason: String

    public var description: String { "skipped: \(reason)" }
}

/// Where music lies when neither recipe nor user says so: the MAESTRO folder in $CONTINUO_DATA, or in
/// ../shared/data.
public func standardCorpus() -> String {
    (getenv("CONTINUO_DATA").map { String(cString: $0) } ?? "../shared/data") + "/maestro"
}

extension Corpus {
    /// The MIDI files of files and folders: of a MAESTRO folder the split's in the order of its list, of another all
    /// *.mid and *.midi below it, sorted.
    public static func files(_ paths: [String], split: Maestro.Split) throws -> [String] {
        try paths.flatMap { path in
            if access(Maestro.list(path), F_OK) == 0 { return try Maestro.files(path, split) }
            var isFolder = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw TrainingError.corpus(path: path, problem: "there is no such file or folder")
            }
            return isFolder ? try midiFiles(below: path) : [path]
        }
    }

    private static func midiFiles(below folder: String) throws -> [String] {
        guard let names = try? FileManager.default.subpathsOfDirectory(atPath: folder) else {
            throw TrainingError.corpus(path: folder, problem: "the folder cannot be read")
        }
        let files = names.filter { name in [".mid", ".midi"].contains { name.lowercased().hasSuffix($0) } }
        if files.isEmpty { throw TrainingError.corpus(path: folder, problem: "no MIDI file is below it") }
        return files.sorted().map { "\(folder)/\($0)" }
    }

    /// Reads MIDI files as tokens on all workers, in the order of `files`. A file that cannot be read, or has no note,
    /// is skipped.
    static func read<R: TrainableRepresentation>(
        _ type: R.Type, _ files: [String], workers: Workers
    ) throws -> (corpus: Corpus, skipped: [SkippedFile]) {
        let results = Slots<Result<[Token], any Error>>(files.count)
        workers.run { worker in
            for i in stride(from: worker, to: files.count, by: workers.count) {
                results[i] = Result { try tokens(R.self, files[i]) }
            }
        }
        var corpus = Corpus()
        var skipped: [SkippedFile] = []
        for (i, file) in files.enumerated() {
            switch results[i]! {
            case .success(let tokens) where tokens.isEmpty:
                skipped.append(SkippedFile(path: file, reason: "\(file): there is no note in it"))
            case .success(let tokens):
                corpus.append(name: file, tokens)
            case .failure(let error):
                skipped.append(SkippedFile(path: file, reason: "\(error)"))
            }
        }
        if corpus.pieces.isEmpty {
            throw TrainingError.noPiece(first: skipped.first?.reason ?? "no file was given")
        }
        return (corpus, skipped)
    }

    /// - Throws: if a token is illegal under the masks that a model is trained with.
    private static func tokens<R: TrainableRepresentation>(_ type: R.Type, _ file: String) throws -> [Token] {
        let tokens = R.encode(try MIDIFile(path: file).playedEvents())
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
        return tokens
    }
}

/// Results of parallel work: each is set by one thread, and read after all are done (hence unchecked).
private final class Slots<Element>: @unchecked Sendable {
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

    subscript(_ i: Int) -> Element? {
        get { base[i] }
        set { base[i] = newValue }
    }
}
