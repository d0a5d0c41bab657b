import Representation

/// What a training learns from and what it is validated on.
package struct TrainingData {
    package private(set) var training = Corpus()
    package private(set) var validation = Corpus()
    package private(set) var skipped: [SkippedFile] = []
    /// Of all pieces by content, in order: a checkpoint goes on with the same music only, wherever it lies.
    package private(set) var fingerprint: UInt64 = 0
    /// A line a data set.
    package private(set) var summary: [String] = []

    /// - Throws: `TrainingError` if there is nothing to learn from; `FileError` for lists and the cache.
    package init<R: TrainableRepresentation>(_ type: R.Type, _ recipe: Recipe, cache: TokenCache) throws {
        guard !recipe.dataSets.isEmpty else { throw TrainingError.noDataSet }
        var hash = ContentHash()
        for set in recipe.dataSets {
            var unmatched: [String] = []
            try add(set, try Self.split(R.self, set, cache, &skipped, &unmatched), recipe.validationPieces, &hash)
            if let first = unmatched.first {
                summary.append(
                    "\(set.name): \(unmatched.count) of the names in \(set.exclude) are not there, such as \(first)")
            }
        }
        fingerprint = hash.value
        if training.pieces.isEmpty {
            throw TrainingError.noPiece(first: skipped.first?.reason ?? "all of it validates")
        }
    }

    private typealias Piece = (piece: TokenCache.Piece, split: DataSet.Split)

    private static func split<R: TrainableRepresentation>(
        _ type: R.Type, _ set: DataSet, _ cache: TokenCache, _ skipped: inout [SkippedFile],
        _ unmatched: inout [String]
    ) throws -> [Piece] {
        let entries = try set.entries(unmatched: &unmatched)
        let splits = Dictionary(entries.map { ($0.path, $0.split) }) { first, _ in first }
        let found = try cache.pieces(R.self, set.name, entries.map(\.path))
        skipped += found.skipped
        var pieces: [Piece] = []
        for piece in found.pieces {
            if piece.notes < 2 {
                skipped.append(
                    .init(path: piece.path, reason: "\(piece.path): it has one note, and nothing follows it"))
            } else {
                pieces.append((piece, splits[piece.path]! ?? DataSet.split(hash: piece.hash)))
            }
        }
        // Of few files none, or all, may be drawn to validate.
        let ownSplit = entries.contains { $0.split == nil }
        let order = pieces.indices.sorted { pieces[$0].piece.hash < pieces[$1].piece.hash }
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
            training.append(name: piece.path, piece.tokens, weight: set.weight)
            tokens += piece.tokens.count
            hash.add(piece.hash)
        }
        // A set that only reminds, of a small weight, must not judge what is learnt from another.
        let share = Int((Double(validationPieces) * min(1, set.weight)).rounded())
        let held = spread(pieces.filter { $0.split == .validation }, share)
        for (piece, _) in held {
            validation.append(name: piece.path, piece.tokens, weight: 1)
            hash.add(piece.hash)
        }
        let count = pieces.count { $0.split == .train }
        summary.append(
            "\(set.name): \(count) \(count == 1 ? "piece" : "pieces") to learn, \(tokens) tokens; \(held.count) to validate with"
        )
    }
}
