import Files
import FoundationEssentials
import Glibc
import Representation
import Score

/// What a recipe's training would read, as tokens in a folder: for the trainer in interop/pytorch.
public struct TokenExport: Encodable {
    struct Piece: Encodable {
        let name: String
        let split: String
        let weight: Double
        let tokens: Int
        let notes: Int
    }

    struct Field: Encodable {
        let name: String
        let classes: Int
    }

    let representation: String
    let fields: [Field]
    /// What a model trained on it must say, as in its file.
    let notes: [String: String]
    let pieces: [Piece]
    /// For people.
    public private(set) var summary: [String] = []

    private enum CodingKeys: CodingKey { case representation, fields, notes, pieces }

    /// Writes `tokens.json` (this value) and `pieces.tokens` (`TokenFile`; the pieces in the same order), through the
    /// token cache. Of `options` output, data, settings, cache and threads are read.
    /// - Throws: `TrainingError`, `FileError`.
    public static func write(recipePath: String, _ options: Training.Options) throws -> TokenExport {
        var recipe = try Training.recipe(recipePath, options, nil)
        // Of the tokens, not of what a training would begin from.
        recipe.base = Recipe.Base()
        let representation = try recipe.spoken
        try makeFolders(options.output)
        return try write(representation, recipe, options)
    }

    private static func write<R: Representation>(
        _ type: R.Type, _ recipe: Recipe, _ options: Training.Options
    ) throws -> TokenExport {
        let start = seconds()
        let processors = ProcessInfo.processInfo.activeProcessorCount
        let workers = Workers(options.threads > 0 ? options.threads : processors)
        let data = try TrainingData(
            R.self, recipe, cache: TokenCache(options.cache, workers: workers, watch: options.watch),
            output: options.output)
        let pieces =
            data.training.pieces.map { (piece: $0, split: "train") }
            + data.validation.pieces.map { (piece: $0, split: "validation") }
        var writer = try TokenFile.Writer.begin(options.output + "/pieces.tokens", key: data.fingerprint)
        let listed = try pieces.map { piece, split in
            let notes = R.notesBegun(by: piece.tokens)
            try writer.add(TokenFile.Piece(tokens: piece.tokens, notes: notes))
            return Piece(
                name: piece.name.split(separator: "/").suffix(2).joined(separator: "/"), split: split,
                weight: piece.weight, tokens: piece.tokens.count, notes: notes)
        }
        try writer.finish()
        var export = TokenExport(
            representation: R.name, fields: R.fields.map { Field(name: $0.name, classes: $0.classes) },
            notes: recipe.notes, pieces: listed)
        try writeAtomically(Array(JSONEncoder().encode(export)), to: options.output + "/tokens.json")
        export.summary =
            data.skipped.map(\.description) + data.summary
            + [
                "\(counted(listed.count, "piece")) in \(fixed(seconds() - start, 1)) s, \(counted(workers.count, "thread"))"
            ]
        return export
    }
}
