import Representation
import Score

/// What a training learns from and what it is validated on.
package struct TrainingData {
    package private(set) var training = Corpus()
    package private(set) var validation = Corpus()
    package private(set) var skipped: [SkippedFile] = []
    /// Of all pieces by content, in order: a checkpoint goes on with the same music only, wherever it lies.
    package private(set) var fingerprint: UInt64 = 0
    /// A line a data set.
    package private(set) var summary: [String] = []

    /// - Parameter output: output folder of the command, in which no music is looked for.
    /// - Throws: `TrainingError` if there is nothing to learn from; `FileError` for lists and the cache.
    package init<R: Representation>(
        _ type: R.Type, _ recipe: Recipe, cache: TokenCache, output: String? = nil
    ) throws {
        guard !recipe.dataSets.isEmpty else { throw TrainingError.noDataSet }
        let output = output.flatMap { FolderIdentity($0) }
        // A set that is not there is told before the others are read.
        let listed = try recipe.dataSets.map { set in
            var unmatched: [String] = []
            let entries = try set.entries(
                suffixes: R.fileSuffixes, output: output, unmatched: &unmatched, skipped: &skipped)
            return (set: set, entries: entries, unmatched: unmatched)
        }
        var hash = ContentHash()
        for (set, entries, unmatched) in listed {
            try add(set, try Self.split(R.self, set, entries, cache, &skipped), recipe.validationPieces, &hash)
            if let first = unmatched.first {
                let are = unmatched.count == 1 ? "is" : "are"
                summary.append(
                    "\(set.name): \(unmatched.count) of the names in \(set.exclude) \(are) not there, such as \(first)")
            }
        }
        fingerprint = hash.value
        if training.pieces.isEmpty {
            let isTest = listed.allSatisfy { $0.entries.allSatisfy { $0.split == .test } }
            throw TrainingError.noPiece(
                first: isTest
                    ? "the lists have pieces of the split test only, of which none is learnt; data.NAME.split = \"train\" takes them"
                    : skipped.first { !$0.isFolder }?.reason ?? "all of it validates")
        }
    }

    private typealias Piece = (piece: TokenCache.Piece, split: DataSet.Split)

    private static func split<R: Representation>(
        _ type: R.Type, _ set: DataSet, _ entries: [DataSet.Entry], _ cache: TokenCache,
        _ skipped: inout [SkippedFile]
    ) throws -> [Piece] {
        let splits = Dictionary(entries.map { ($0.path, $0.split) }) { first, _ in first }
        let found = try cache.pieces(R.self, set.name, entries.map(\.path))
        skipped += found.skipped
        var pieces: [Piece] = []
        for piece in found.pieces {
            if piece.notes < 2 {
                skipped.append(
                    .init(path: piece.path, reason: "\(piece.name): it has one note, and nothing follows it"))
            } else {
                pieces.append((piece, splits[piece.path]! ?? DataSet.split(hash: piece.identity)))
            }
        }
        // Of few files none, or all, may be drawn to validate.
        let ownSplit = entries.contains { $0.split == nil }
        let order = pieces.indices.sorted { pieces[$0].piece.identity < pieces[$1].piece.identity }
        if ownSplit, let last = order.last {
            if order.count > 1 && !pieces.contains(where: { $0.split == .validation }) {
                pieces[order[0]].split = .validation
            }
            if !pieces.contains(where: { $0.split == .train }) { pieces[last].split = .train }
        }
        return pieces
    }

    private mutating func add(
        _ set: DataSet, _ pieces: [Piece], _ validationPieces: Int, _ hash: inout ContentHash
    ) throws {
        var tokens = 0
        for (piece, split) in pieces where split == .train {
            training.append(name: piece.name, piece.tokens, weight: set.weight)
            tokens += piece.tokens.count
            hash.add(piece.hash)
        }
        // A set that only reminds, of a small weight, must not judge what is learnt from another.
        let share = Int((Double(validationPieces) * min(1, set.weight)).rounded())
        let held = spread(pieces.filter { $0.split == .validation }, share)
        for (piece, _) in held {
            validation.append(name: piece.name, piece.tokens, weight: 1)
            hash.add(piece.hash)
        }
        let count = pieces.count { $0.split == .train }
        summary.append(
            "\(set.name): \(counted(count, "piece")) to learn, \(counted(tokens, "token")); \(held.count) to validate with"
        )
    }
}
