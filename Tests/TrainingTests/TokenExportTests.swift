import Foundation
import Representation
import Score
import TestSupport
import Testing
import Training

/// What interop/pytorch reads: the pieces, splits and weights of `continuo train`.
@Suite struct TokenExportTests {
    private struct Index: Decodable {
        struct Piece: Decodable {
            let name: String
            let split: String
            let weight: Double
            let tokens: Int
            let notes: Int
        }

        let representation: String
        let notes: [String: String]
        let pieces: [Piece]
    }

    @Test func piecesSplitsAndWeightsAreThoseOfTheTraining() throws {
        let folder = try TemporaryFolder()
        try writeMaestro(folder.path)
        var options = Training.Options(output: folder.path + "/tokens")
        options.data = [folder.path]
        options.cache = folder.path + "/cache"
        let recipe = try folder.write(tinyRecipe, "tiny.toml")
        let told = try TokenExport.write(recipePath: recipe, options)
        #expect(told.summary.contains { $0.contains("lost.midi") })
        let index = try JSONDecoder().decode(
            Index.self, from: Data(contentsOf: URL(fileURLWithPath: options.output + "/tokens.json")))
        #expect(index.representation == "performance")
        #expect(index.notes["licence"]?.contains("CC BY-NC-SA 4.0") == true)
        #expect(index.pieces.map(\.split) == ["train", "train", "train", "validation"])
        #expect(index.pieces.map(\.notes) == [20, 21, 22, 23] && index.pieces.allSatisfy { $0.weight == 1 })

        // A word a token after the header's five (TokenFile).
        let words = try Data(contentsOf: URL(fileURLWithPath: options.output + "/pieces.tokens")).withUnsafeBytes {
            Array($0.bindMemory(to: SIMD4<Int16>.self))
        }
        var at = 5
        for piece in index.pieces {
            let file = folder.path + "/" + piece.name.split(separator: "/").last!
            #expect(Array(words[at..<at + piece.tokens]) == Performance.encode(try MIDIFile(path: file).playedEvents()))
            at += piece.tokens
        }
        #expect(words.count == at + 3 * index.pieces.count)
    }
}
