import Files
import Glibc
import Representation
import Score

/// Tokens of many pieces in one file, mapped into memory: as large as the disk allows.
///
/// Layout, in 64-bit little-endian words: magic, key, number of pieces, number of tokens, hash of the four before and
/// of the table; then a token a word; then the table, three words a piece: tokens, notes, hash of its tokens.
///
/// Only what `TokenFile.open` has checked is used: the hashes find damage, and since hashes can be forged, every token
/// is checked against its representation too.
package enum TokenFile {
    private static let magic: UInt64 = 0x314B_4F54_4F4E_5443  // "CTNOTOK1"
    private static let headerWords = 5

    /// Whether the file begins as one of tokens does.
    static func isTokenFile(_ path: String) -> Bool { firstWord(path) == magic }

    /// A piece as it lies in a file. Files that could not be read have no tokens.
    package struct Piece {
        package let tokens: PieceTokens
        package let notes: Int

        package init(tokens: PieceTokens, notes: Int) {
            self.tokens = tokens
            self.notes = notes
        }
    }

    /// - Parameter key: of what the file should hold (`TokenCache.key`).
    /// - Returns: nil if there is no such file, or any of it is not as it should be.
    package static func open<R: Representation>(
        _ type: R.Type, _ path: String, key: UInt64, pieces count: Int, workers: Workers
    ) -> [Piece]? {
        guard let file = MappedFile(path), file.words >= headerWords else { return nil }
        guard file[0] == magic, file[1] == key, file[2] == UInt64(count), file[3] < UInt64(file.words) else {
            return nil
        }
        let table = headerWords + Int(file[3])
        guard file.words == table + 3 * count,
            file[4] == hash(header: (0..<4).map { file[$0] }, table: file.bytes(table..<file.words))
        else { return nil }
        var pieces: [Piece] = []
        var at = headerWords
        for i in 0..<count {
            // A token may begin several notes, but no more than there are keys.
            guard file[table + 3 * i] <= UInt64(table - at), file[table + 3 * i + 1] <= 128 * file[table + 3 * i]
            else { return nil }
            let length = Int(file[table + 3 * i])
            pieces.append(Piece(tokens: file.tokens(at, length), notes: Int(file[table + 3 * i + 1])))
            at += length
        }
        let faults = Slots<Bool>(count)
        workers.share(count) { [pieces] i in
            faults[i] =
                ContentHash.of(pieces[i].tokens) != file[table + 3 * i + 2]
                || firstIllegal(R.self, pieces[i].tokens) != nil
        }
        return at == table && !(0..<count).contains { faults[$0]! } ? pieces : nil
    }

    /// The place of the first token that the masks which a model is trained with do not allow.
    static func firstIllegal<R: Representation>(_ type: R.Type, _ tokens: some Collection<Token>) -> Int? {
        var tracker = R()
        let classes = R.fields.map(\.classes)
        var legal = classes.map { LegalClasses(classes: $0) }
        for (i, token) in tokens.enumerated() {
            for k in 0..<Token.scalarCount {
                let isThere = k < classes.count && R.has(k, given: token)
                guard isThere ? (0..<classes[k]).contains(Int(token[k])) : token[k] < 0 else { return i }
                guard isThere else { continue }
                tracker.fill(&legal[k], k, given: token, within: .corpus)
                if !legal[k].contains(Int(token[k])) { return i }
            }
            tracker.emit(token) { _ in }
        }
        return nil
    }

    private static func hash(header: [UInt64], table: UnsafeRawBufferPointer) -> UInt64 {
        var hash = ContentHash()
        for word in header { hash.add(word) }
        hash.add(table)
        return hash.value
    }

    /// Writes a file piece by piece, so that memory holds one of them only; it stands at its path once `finish` is done.
    package struct Writer: ~Copyable {
        private let draft: FileDraft
        private let key: UInt64
        private var table: [UInt64] = []
        private var tokens = 0

        private init(_ draft: consuming FileDraft, _ key: UInt64) {
            self.draft = draft
            self.key = key
        }

        /// Not a throwing initialiser, over which the compiler of 6.2 ends.
        package static func begin(_ path: String, key: UInt64) throws(FileError) -> Writer {
            Writer(try FileDraft(path, startingAt: 8 * headerWords), key)
        }

        package mutating func add(_ piece: Piece) throws(FileError) {
            table += [UInt64(piece.tokens.count), UInt64(piece.notes), ContentHash.of(piece.tokens)]
            tokens += piece.tokens.count
            try draft.write(piece.tokens.bytes)
        }

        package consuming func finish() throws(FileError) {
            let header = [magic, key, UInt64(table.count / 3), UInt64(tokens)]
            let hash = table.withUnsafeBytes { TokenFile.hash(header: header, table: $0) }
            try Self.write(table, to: draft)
            try draft.seek(to: 0)
            try Self.write(header + [hash], to: draft)
            try draft.commit()
        }

        private static func write(_ words: [UInt64], to draft: borrowing FileDraft) throws(FileError) {
            try words.withUnsafeBufferPointer { (words) throws(FileError) in
                try draft.write(UnsafeRawBufferPointer(words))
            }
        }
    }
}

/// The first 64-bit little-endian word of a regular file; nil if there is none.
func firstWord(_ path: String) -> UInt64? {
    guard let bytes = firstBytes(path, 8), bytes.count == 8 else { return nil }
    return bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
}

extension ContentHash {
    static func of(_ tokens: PieceTokens) -> UInt64 {
        var hash = ContentHash()
        hash.add(tokens.bytes)
        return hash.value
    }
}

/// A file's bytes as memory that the system reads in when they are asked for. Unchecked: read only.
private final class MappedFile: @unchecked Sendable {
    private let base: UnsafeRawPointer
    private let size: Int
    /// Whole words of eight bytes.
    var words: Int { size / 8 }

    /// Nil if it is not a file of whole words.
    init?(_ path: String) {
        let file = Glibc.open(path.cPath, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0,
            status.st_size % 8 == 0,
            let memory = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, file, 0), memory != MAP_FAILED
        else { return nil }
        base = UnsafeRawPointer(memory)
        size = Int(status.st_size)
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: base), size) }

    subscript(_ word: Int) -> UInt64 { UInt64(littleEndian: base.load(fromByteOffset: 8 * word, as: UInt64.self)) }

    func bytes(_ words: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + 8 * words.lowerBound, count: 8 * words.count)
    }

    func tokens(_ word: Int, _ count: Int) -> PieceTokens {
        PieceTokens((base + 8 * word).assumingMemoryBound(to: Token.self), count: count, owner: self)
    }
}
