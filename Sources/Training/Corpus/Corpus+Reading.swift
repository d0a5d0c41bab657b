import Glibc
import Representation
import Score

/// A file or folder that was left out, and why.
public struct SkippedFile: Equatable, Sendable, CustomStringConvertible {
    public let path: String
    /// Names the file.
    public let reason: String
    /// Whether it was read, but holds no music.
    public var isDamaged = false
    /// Whether it is a folder in which music was not even looked for.
    public var isFolder = false

    public var description: String { "skipped: \(reason)" }
}

extension Corpus {
    /// The files of music among files and folders: of a MAESTRO folder the split's in the order of its list, of another all
    /// below it, sorted, but for outputs of trainings (`TrainingOutput`).
    /// - Parameters:
    ///   - suffixes: of the files that the representation reads.
    ///   - skipped: gets the folders that were left out.
    public static func files(
        _ paths: [String], split: Maestro.Split, suffixes: [String] = MIDIFile.suffixes, skipped: inout [SkippedFile]
    ) throws -> [String] {
        try paths.flatMap {
            try Maestro.isThere($0) ? Maestro.files($0, split) : musicFiles($0, suffixes, skipped: &skipped)
        }
    }

    /// - Throws: if there is nothing in the file to learn from, or what the masks do not allow.
    package static func tokens<R: Representation>(
        _ type: R.Type, _ file: String, order: EventOrder = .playing
    ) throws -> [Token] {
        let tokens = try R.tokens(ofFile: file, order: order)
        if tokens.isEmpty { throw TrainingError.piece(path: file, problem: "there is no note in it") }
        if let place = TokenFile.firstIllegal(R.self, tokens) {
            throw TrainingError.piece(path: file, problem: "token \(place), \(tokens[place]), is masked")
        }
        return tokens
    }

    /// Why a file has no tokens.
    static func fault<R: Representation>(_ type: R.Type, _ file: String) -> String {
        do {
            _ = try tokens(R.self, file)
            return "\(file): it changes while it is read"
        } catch {
            return "\(error)"
        }
    }
}

/// Results of parallel work: each is set by one thread, and read after all are done (hence unchecked).
final class Slots<Element>: @unchecked Sendable {
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
