import Files
import FoundationEssentials
import Glibc
import Random
import Representation
import Score

/// Where tokens are kept between trainings: a file for each data set and representation. It is known by the contents of
/// the MIDI files and by what the representation makes of a probe; whatever does not fit is made anew.
package struct TokenCache {
    let folder: String
    let workers: Workers
    private let watch: @Sendable (TrainingEvent) -> Void
    /// Raised when files come to be read otherwise (`Score`); the representation is probed.
    private static let version: UInt64 = 2
    /// As far as `MIDIFile` reads.
    private static let longestFile = 1 << 26

    /// - Parameters:
    ///   - folder: nil for continuo in $XDG_CACHE_HOME or ~/.cache.
    ///   - watch: told of files that are read for the first time.
    package init(
        _ folder: String?, workers: Workers, watch: @escaping @Sendable (TrainingEvent) -> Void = { _ in }
    ) throws(TrainingError) {
        func variable(_ name: String) -> String? {
            environmentVariable(name).flatMap { $0.isEmpty ? nil : $0 }
        }
        guard
            let folder = folder ?? variable("XDG_CACHE_HOME").map({ $0 + "/continuo" })
                ?? variable("HOME").map({ $0 + "/.cache/continuo" })
        else { throw .cache(path: "~/.cache/continuo", reason: "$HOME is not set") }
        do { try makeFolders(folder) } catch { throw .cache(path: folder, reason: error.reason) }
        self.folder = folder
        self.workers = workers
        self.watch = watch
    }

    /// A piece of a file and its tokens.
    package struct Piece {
        let path: String
        /// Its path, and its number in a file of several.
        let name: String
        /// Of its content: of the file's bytes, or of a tune's tokens.
        let hash: UInt64
        /// What decides whether it validates.
        let identity: UInt64
        package let tokens: PieceTokens
        let notes: Int
    }

    /// The tokens of `files`, in their order; those that cannot be read, or have no note, are told and left out.
    /// - Parameter name: of the data set, for who watches.
    package func pieces<R: Representation>(
        _ type: R.Type, _ name: String, _ files: [String]
    ) throws -> (pieces: [Piece], skipped: [SkippedFile]) {
        let hashes = Slots<Result<UInt64, any Error>>(files.count)
        workers.share(files.count) { i in
            hashes[i] = Result { ContentHash.of(try readFile(files[i], limit: Self.longestFile)) }
        }
        let readable = files.indices.filter { if case .success = hashes[$0]! { true } else { false } }
        let key = Self.key(R.self, try readable.map { try hashes[$0]!.get() })
        let path = "\(folder)/\(name)-\(R.name)-\(String(Self.place(files), radix: 36)).tokens"
        let stored =
            try TokenFile.open(R.self, path, key: key, pieces: readable.count, workers: workers)
            ?? make(R.self, name, readable.map { files[$0] }, path, key)
        var pieces: [Piece] = []
        var skipped: [SkippedFile] = []
        var next = 0
        for (i, file) in files.enumerated() {
            switch hashes[i]! {
            case .failure(let error): skipped.append(SkippedFile(path: file, reason: "\(error)"))
            case .success(let hash):
                let piece = stored[next]
                next += 1
                if piece.notes > 0 {
                    pieces += Self.parts(R.self, file, hash, piece)
                } else {
                    skipped.append(SkippedFile(path: file, reason: Corpus.fault(R.self, file)))
                }
            }
        }
        return (pieces, skipped)
    }

    /// The pieces of a file.
    private static func parts<R: Representation>(
        _ type: R.Type, _ file: String, _ hash: UInt64, _ whole: TokenFile.Piece
    ) -> [Piece] {
        guard let notation = R.self as? any Notation.Type else {
            return [Piece(path: file, name: file, hash: hash, identity: hash, tokens: whole.tokens, notes: whole.notes)]
        }
        return R.pieceRanges(whole.tokens).enumerated().map { number, range in
            let tokens = whole.tokens.part(range)
            return Piece(
                path: file, name: tuneName(file, number), hash: ContentHash.of(tokens),
                identity: ContentHash.of(notation.identity(of: Array(tokens))), tokens: tokens,
                notes: R.notesBegun(by: tokens))
        }
    }

    /// Tokenises the files, a few at a time, and keeps what comes of it.
    private func make<R: Representation>(
        _ type: R.Type, _ name: String, _ files: [String], _ path: String, _ key: UInt64
    ) throws -> [TokenFile.Piece] {
        FileDraft.removeRemains(of: path)
        var writer = try TokenFile.Writer.begin(path, key: key)
        let start = seconds()
        let batch = 16 * workers.count
        for first in stride(from: 0, to: files.count, by: batch) {
            let last = min(first + batch, files.count)
            let results = Slots<[Token]>(last - first)
            workers.share(last - first) { i in results[i] = (try? Corpus.tokens(R.self, files[first + i])) ?? [] }
            for i in 0..<last - first {
                let tokens = results[i]!
                try writer.add(.init(tokens: PieceTokens(tokens), notes: R.notesBegun(by: tokens)))
            }
            watch(.reading(dataSet: name, files: last, of: files.count))
        }
        try writer.finish()
        watch(.read(dataSet: name, files: files.count, seconds: seconds() - start))
        guard let pieces = TokenFile.open(R.self, path, key: key, pieces: files.count, workers: workers) else {
            throw FileError(path: path, operation: "write", reason: "what was written there cannot be read back")
        }
        return pieces
    }

    /// Tells data sets of one name apart.
    private static func place(_ files: [String]) -> UInt64 {
        var hash = ContentHash()
        for file in files { hash.add(file) }
        return hash.value
    }

    private static func key<R: Representation>(_ type: R.Type, _ hashes: [UInt64]) -> UInt64 {
        var hash = ContentHash()
        hash.add(version)
        hash.add(R.name)
        hash.add(ContentHash.of(PieceTokens(R.encode(probe))))
        if let notation = R.self as? any Notation.Type {
            hash.add(ContentHash.of(PieceTokens((try? notation.tokens(ofBeginning: Array(writtenProbe.utf8))) ?? [])))
        }
        for file in hashes { hash.add(file) }
        return hash.value
    }

    /// The same of what is written.
    private static let writtenProbe = """
        X:1
        T:Probe é % comment
        N:note
        M:C
        L:1/8
        K:G dor
        "Am7"(3A^B_c {d}e'2 |[1 C,>D :|[2 z4 |]\
        w:words
        [K:D clef=bass] d2  f/a/ ~g!trill!a |]
        """

    /// Seconds of anything: chords, repeated keys, pedals, rests. A change of the encoding shows in its tokens.
    private static var probe: [PlayedEvent] {
        var time: Int64 = 0
        return (0..<4000).map { i in
            let draw = mixed(UInt64(i))
            time += Int64(draw % (i % 97 == 0 ? 12_000_000_000 : i % 5 == 0 ? 150_000_000 : 12_000_000))
            let kind: PlayedEvent.Kind = [.noteOn, .noteOff, .noteOn, .sustain][Int(draw >> 40 & 3)]
            return PlayedEvent(
                time: time, kind: kind, channel: UInt8(draw >> 44 & 1), key: UInt8(40 + draw >> 48 & 31),
                value: UInt8(1 + draw >> 56 & 126))
        }
    }
}

/// What a piece of a file of several is called; `number` counts from 0.
func tuneName(_ file: String, _ number: Int) -> String { "\(file), tune \(number + 1)" }
